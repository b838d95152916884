// SPDX-License-Identifier: Apache-2.0
// The people this person writes with, kept in step with the server.

import {call} from "./api.js";
import {bell} from "./dom.js";
import {heard} from "./live.js";
import {person} from "./session.js";

const MINUTE = 60000;
const now = {items: [], busy: new Set(), again: new Set()};

/** Rings when something in the list has changed. */
export const changed = bell();
/**
 * Rings (thread id, surely) when a thread may have something that is not
 * fetched yet, or (null, false) when any may.
 */
export const stirred = bell();

export function contacts() {
	return now.items;
}

export function byId(id) {
	return now.items.find((contact) => contact.id === id);
}

export function byThread(id) {
	return now.items.find((contact) => contact.thread?.id === id);
}

/** How many entries this person has not read. */
export function unread() {
	return now.items.reduce((sum, {thread}) => sum + (thread?.unread ?? 0), 0);
}

/** Whether a conversation has anything in it. */
export function hasHistory(contact) {
	return Boolean(contact.thread?.entries);
}

/* Sorted for whoever has to answer: what waits longest is first. */
function byWaiting(a, b) {
	const since = (c) => c.thread?.waiting_since ?? "9";
	const last = (c) => c.thread?.last_at ?? "";

	return since(a).localeCompare(since(b)) ||
		Boolean(b.thread?.unread) - Boolean(a.thread?.unread) ||
		b.current - a.current ||
		last(b).localeCompare(last(a)) ||
		a.name.localeCompare(b.name);
}

/* Sorted for whoever looks something up: current ones, newest first. */
function byLast(a, b) {
	const last = (c) => c.thread?.last_at ?? "";

	return b.current - a.current || last(b).localeCompare(last(a)) ||
		a.name.localeCompare(b.name);
}

function take(items) {
	now.items = items.sort(
		person().role === "provider" ? byWaiting : byLast);
	changed.ring();
}

/** Fetch all of them. */
export async function refresh() {
	take((await call("GET", "/v1/contacts")).items);
}

/** Something is known of a thread: take it over. */
export function know(id, what) {
	const contact = byThread(id);

	if (!contact)
		return;
	Object.assign(contact.thread, what);
	take(now.items);
}

/* One look at a time for each thread; what comes meanwhile asks for another. */
async function look(id) {
	if (now.busy.has(id)) {
		now.again.add(id);
		return;
	}
	now.busy.add(id);
	try {
		if (byThread(id)) {
			know(id, await call("GET", `/v1/threads/${id}`));
			stirred.ring(id, false);
		} else {
			await refresh();
		}
	} catch (p) {
		if (p.status === 404)
			await refresh();
	} finally {
		now.busy.delete(id);
	}
	if (now.again.delete(id))
		look(id);
}

/** Fetch the list and follow what the server says from now on. */
export async function start() {
	heard.on((kind, data) => {
		if (kind === "thread") {
			const was = byThread(data.thread)?.thread.unread ?? 0;

			know(data.thread, {unread: data.unread});
			if (data.unread > was)
				stirred.ring(data.thread, true);
			look(data.thread);
		} else {
			refresh().then(() => stirred.ring(null, false), () => {});
		}
	});
	await refresh();
	setInterval(changed.ring, MINUTE); /* "today" and "for 3 days" grow old */
}
