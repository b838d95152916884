// SPDX-License-Identifier: Apache-2.0
// What is known of the threads' entries: pages fetched, and merged by number.

import {call} from "./api.js";
import {dayKey} from "./time.js";

const PAGE = 50;
const known = new Map();

/** A thread: {id, entries: Map of seq to entry, older: cursor or null}. */
export function thread(id) {
	if (!known.has(id))
		known.set(id, {id, entries: new Map(), older: null, loaded: false});
	return known.get(id);
}

function page(id, cursor) {
	const query = new URLSearchParams({limit: PAGE});

	if (cursor)
		query.set("cursor", cursor);
	return call("GET", `/v1/threads/${id}/entries?${query}`);
}

/** Add entries; one with a number that is known takes its place. */
export function merge(held, items) {
	for (const entry of items)
		held.entries.set(entry.seq, entry);
}

/* Files that are being checked, and those that were sent just now. */
const OPEN = ["pending", "ready"];

/* The number of the oldest entry that may change, as a file of it does. */
function oldestOpen(held) {
	return Math.min(...[...held.entries.values()]
		.filter(({attachments}) =>
			attachments?.some(({state}) => OPEN.includes(state)))
		.map(({seq}) => seq));
}

/** Whether there is something new to be known of an entry that is here. */
export function mayChange(held) {
	return oldestOpen(held) < Infinity;
}

/**
 * Fetch what is new, page by page until something known is met, and nothing
 * beyond may have changed.
 */
export async function newest(held) {
	const oldest = oldestOpen(held);
	let cursor = null;

	for (;;) {
		const {items, next} = await page(held.id, cursor);
		const met = items.some((entry) => held.entries.has(entry.seq)) &&
			items.some((entry) => entry.seq <= oldest);

		merge(held, items);
		if (!held.loaded) {
			held.loaded = true;
			held.older = next;
			return;
		}
		if (met || !next)
			return;
		cursor = next;
	}
}

/** Fetch the page before the oldest. */
export async function earlier(held) {
	const {items, next} = await page(held.id, held.older);

	merge(held, items);
	held.older = next;
}

/** The entries, oldest first. */
export function inOrder(held) {
	return [...held.entries.values()].sort((a, b) => a.seq - b.seq);
}

/** The number of the newest entry, or 0. */
export function lastSeq(held) {
	return Math.max(0, ...held.entries.keys());
}

/**
 * The number of the first entry that `me` has not read, of whom `unread` are
 * left, or null.
 */
export function firstUnread(entries, unread, me) {
	const theirs = entries.filter((entry) => entry.author?.id !== me);

	if (!unread || !theirs.length)
		return null;
	return (theirs.at(-unread) ?? theirs[0]).seq;
}

/**
 * What a chat shows, from top to bottom: {day: at}, {fresh: true} before the
 * first unread entry, {entry}, and {unsent} for what is not delivered.
 */
export function lines(entries, unsent, fresh) {
	const out = [];
	let before = null;

	function dated(at, ...line) {
		if (dayKey(at) !== before)
			out.push({day: at});
		before = dayKey(at);
		out.push(...line);
	}
	for (const entry of entries) {
		if (entry.seq === fresh)
			dated(entry.at, {fresh: true}, {entry});
		else
			dated(entry.at, {entry});
	}
	for (const message of unsent)
		dated(message.at, {unsent: message});
	return out;
}
