// SPDX-License-Identifier: Apache-2.0
// The words of the interface, of one language file: key to text, or to
// {one, other, ...} chosen by `n`. {name} stands for a variable.

import {el} from "./dom.js";

const now = {tag: "en", words: {}, plural: new Intl.PluralRules("en")};
const names = new Map();

async function file(tag) {
	const answer = await fetch(`/lang/${tag}.json`);

	if (!answer.ok)
		throw new Error(`lang/${tag}.json: ${answer.status}`);
	return answer.json();
}

/** Read a language's file and speak it from now on. */
export async function speak(tag) {
	now.words = await file(tag);
	now.tag = tag;
	now.plural = new Intl.PluralRules(tag);
	names.set(tag, now.words.name);
	document.documentElement.lang = tag;
	document.documentElement.dir = now.words.dir;
}

/** The language that is spoken. */
export function language() {
	return now.tag;
}

/** What a language calls itself. */
export async function nameOf(tag) {
	if (!names.has(tag))
		names.set(tag, (await file(tag).catch(() => null))?.name ?? tag);
	return names.get(tag);
}

/** The best of `offered` for the `wanted` tags, or the first. */
export function choose(wanted, offered) {
	const base = (tag) => tag.toLowerCase().split("-")[0];

	for (const tag of wanted) {
		const found =
			offered.find((o) => o.toLowerCase() === tag.toLowerCase()) ??
			offered.find((o) => base(o) === base(tag));

		if (found)
			return found;
	}
	return offered[0];
}

/** The first of these keys that there are words for, or the last. */
export function known(...keys) {
	return keys.find((key) => key in now.words) ?? keys.at(-1);
}

function lookup(key, vars) {
	const word = now.words[key];

	if (word === undefined)
		return key;
	if (typeof word === "string")
		return word;
	return word[now.plural.select(vars?.n ?? 0)] ?? word.other;
}

function shown(value) {
	return typeof value === "number" ?
		value.toLocaleString(now.tag) : value;
}

/** A text, its variables filled in. */
export function t(key, vars) {
	return lookup(key, vars).replace(/\{(\w+)\}/g, (whole, name) =>
		shown(vars?.[name] ?? whole));
}

/**
 * The same as a list of children for el(): variables may be nodes, and texts
 * keep their direction to themselves.
 */
export function rich(key, vars) {
	return lookup(key, vars).split(/\{(\w+)\}/).map((part, i) => {
		if (i % 2 === 0)
			return part;
		const value = shown(vars[part]);

		return typeof value === "string" ? el("bdi", null, value) : value;
	});
}
