// SPDX-License-Identifier: Apache-2.0
// Which files may be sent, and what is said of one: its name, type and size.

import {practice} from "./practice.js";
import {language, t} from "./words.js";

const KILO = 1024;
const WORD = "application/vnd.openxmlformats-officedocument" +
	".wordprocessingml.document";
const TYPES = {
	".pdf": "application/pdf",
	".jpg": "image/jpeg",
	".jpeg": "image/jpeg",
	".png": "image/png",
	".doc": "application/msword",
	".docx": WORD,
	".csv": "text/csv",
};
const CALLED = {
	"application/pdf": "PDF",
	"image/jpeg": "JPEG",
	"image/png": "PNG",
	"application/msword": "DOC",
	[WORD]: "DOCX",
	"text/csv": "CSV",
};
const NAME_MAX = 255; /* bytes of UTF-8 */
/* No part of a name, and what would turn it round on the screen. */
const UNFIT = /[\p{Cc}/\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Whether files may be sent at all. */
export function allowed() {
	return practice().limits.message_attachments > 0 && accepted().length > 0;
}

/** The extensions that are taken: [".pdf", ...]. */
export function accepted() {
	return (practice().limits.attachment_types ?? [])
		.filter((extension) => extension in TYPES);
}

/** The same for a file input: telephones offer their camera by media type. */
export function choosable() {
	return [...accepted(), ...new Set(accepted().map(typeOf))].join(",");
}

/** How many files one message may have. */
export function most() {
	return practice().limits.message_attachments ?? 0;
}

function extension(name) {
	return /\.[^.]*$/.exec(name)?.[0].toLowerCase() ?? "";
}

/** The media type that a name stands for, or undefined if it may not be sent. */
export function typeOf(name) {
	return accepted().includes(extension(name)) ?
		TYPES[extension(name)] : undefined;
}

export function isPicture({type}) {
	return type === "image/jpeg" || type === "image/png";
}

function bytes(text) {
	return new TextEncoder().encode(text).length;
}

/** A name as the server takes it: on one line, short enough, none of a path. */
export function cleanName(name) {
	const whole = (name.toWellFormed?.() ?? name).normalize("NFC")
		.replace(UNFIT, "_");
	const end = whole.slice(whole.length - extension(whole).length);
	const stem = Array.from(whole.slice(0, whole.length - end.length));

	while (stem.length && bytes(stem.join("") + end) > NAME_MAX)
		stem.pop();
	return (stem.join("") || "_") + end;
}

/** "PDF" */
export function kind({type}) {
	return CALLED[type] ?? "";
}

function amount(n, unit, digits) {
	return n.toLocaleString(language(), {style: "unit", unit,
		maximumFractionDigits: digits});
}

/** "1.2 MB", never less than it is. */
export function size(n) {
	const mega = n / KILO / KILO;

	return mega < 1 ? amount(Math.ceil(n / KILO), "kilobyte", 0) :
		amount(Math.ceil(mega * 10) / 10, "megabyte", 1);
}

/** What may be sent, in a line. */
export function limits() {
	return t("files.limits", {n: most(), types: accepted().join(" "),
		size: size(practice().limits.attachment_bytes)});
}

/** Why a file cannot be sent, as far as that is seen from here, or null. */
export function whyNot({name, size: n}) {
	if (!typeOf(name))
		return t("files.type", {types: accepted().join(" ")});
	if (n === 0)
		return t("files.empty");
	if (n > practice().limits.attachment_bytes)
		return t("files.large", {size: size(n),
			most: size(practice().limits.attachment_bytes)});
	return null;
}
