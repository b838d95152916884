// SPDX-License-Identifier: Apache-2.0
// What the server refuses, in words.

import {known, rich, t} from "./words.js";

/* A passphrase's refusal comes with its reason in English. */
function weak(detail) {
	const least = /at least (\d+)/.exec(detail ?? "");

	return least ? t("refused.too-short", {n: Number(least[1])}) :
		t("refused.too-easy");
}

/**
 * Why a request was refused, for a person. `about` picks the words for one
 * kind of request where there are any.
 */
export function explain(p, about) {
	if (p.slug === "weak-passphrase")
		return weak(p.detail);
	if (p.slug === "code-refused")
		return p.tries ? t("refused.code-refused", {n: p.tries}) :
			t("refused.code-gone");
	if (p.slug === "file-refused")
		return t(known(`refused.file.${p.reason}`, "refused.file.unknown"));
	if (p.slug === "too-many-requests" && about === "file" && p.wait > 60)
		return t("refused.file.too-many-requests",
			{n: Math.ceil(p.wait / 60)});
	if (p.slug === "too-many-requests" && about !== "address")
		return t("refused.too-many-requests", {n: p.wait || 10});
	return t(known(`refused.${about}.${p.slug}`, `refused.${p.slug}`,
		"refused.other"));
}

/** Why one cannot write to a contact: children for el(). */
export function whyClosed({name, why_not: why}) {
	return rich(known(`closed.${why}`, "closed.writing-closed"), {name});
}

/** Why somebody was not notified by e-mail. */
export function notNotified({reason, code}) {
	return t(`notnotified.${reason}`) + (code ? ` (${code})` : "");
}
