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

/* The number of the oldest entry with a file that is being checked. */
function oldestPending(held) {
	return Math.min(...[...held.entries.values()]
		.filter(({attachments}) =>
			attachments?.some(({state}) => state === "pending"))
		.map(({seq}) => seq));
}

/** Whether an entry may change: a file of it is being checked. */
export function isPending(held) {
	return oldestPending(held) < Infinity;
}

/**
 * Fetch what is new, page by page until something known is met, and nothing
 * beyond may have changed.
 */
export async function newest(held) {
	const oldest = oldestPending(held);
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
