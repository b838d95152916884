// SPDX-License-Identifier: Apache-2.0
// What one person writes to one contact: the draft, and what is on its way.
//
// All of it goes through one worker per contact, one request at a time, so
// that a draft never overtakes the message it has become. Nothing is kept in
// the browser: what is not delivered is part of the draft on the server.

import {call, passing} from "./api.js";
import {bell} from "./dom.js";
import {isLeaving, reopened} from "./session.js";
import {line} from "./live.js";

const TYPING = 1000; /* a draft is saved so long after the last key */
const TRIES = 5; /* before a person has to say "try again" */
const all = new Map();

/** Rings (desk) when text, draft or what is on its way has changed. */
export const written = bell();
/** Rings when a message has got stuck, or is no longer. */
export const stuck = bell();
/** Rings (desk, message, entry) when a message is delivered. */
export const delivered = bell();

/**
 * The desk at which one writes to a contact:
 *   text, key     what is being written, and what it will be sent under
 *   tried         the key of a text that came back, perhaps though it arrived
 *   draft         "" | "dirty" | "saving" | "saved" | "failed" (will be tried
 *                 again) | "refused"
 *   unsent        [{key, path, payload, body, at, state, problem, due}], state
 *                 being "queued", "sending", "waiting" (for `due`) or "failed"
 */
export function desk(contact) {
	if (!all.has(contact.id))
		all.set(contact.id, {
			contact: contact.id, thread: null, text: "",
			key: crypto.randomUUID(), tried: null, draft: "", unsent: [],
			working: null, due: 0, tries: 0, timer: null,
		});
	const d = all.get(contact.id);

	d.thread ??= contact.thread?.id;
	return d;
}

function place(d) {
	return d.thread ? `/v1/threads/${d.thread}` : `/v1/contacts/${d.contact}`;
}

/* What the server is to keep: all that has not been delivered. */
function toKeep(d) {
	const parts = d.unsent.map((message) => message.body);

	if (d.text.trim())
		parts.push(clean(d.text));
	return {
		body: parts.join("\n\n"),
		key: parts.length === 1 && d.unsent.length ? d.unsent[0].key : d.key,
	};
}

/** Whether something for a contact waits for "Try again". */
export function isStuck(id) {
	return Boolean(all.get(id)?.unsent.some(({state}) => state === "failed"));
}

/** Fetch the draft, unless there is something newer here. */
export async function openDraft(d) {
	if (!["", "saved"].includes(d.draft) || d.unsent.length)
		return;
	const was = d.text;
	const {body, key} = await call("GET", `${place(d)}/draft`);

	if (d.text !== was || d.unsent.length)
		return;
	d.text = body;
	d.key = d.tried = key || crypto.randomUUID();
	d.draft = body ? "saved" : "";
	written.ring(d);
}

/** The text is now this one: another wording wants another key. */
export function type(d, text) {
	if (d.key === d.tried && text !== d.text)
		d.key = crypto.randomUUID();
	d.text = text;
	d.draft = "dirty";
	d.tries = 0;
	later(d, TYPING);
	written.ring(d);
}

function later(d, ms) {
	d.due = Date.now() + ms;
	wake(d, ms);
}

function wake(d, ms) {
	clearTimeout(d.timer);
	d.timer = setTimeout(() => work(d), ms);
}

/** Send what is written. */
export function send(d) {
	const body = clean(d.text);

	if (!body.trim())
		return;
	d.unsent.push({key: d.key, body, at: new Date().toISOString(),
		state: "queued", tries: 0, due: 0});
	d.text = "";
	d.key = crypto.randomUUID();
	d.draft = "";
	written.ring(d);
	work(d);
}

/* The server takes no control characters but these, and no broken UTF-16. */
function clean(text) {
	const lines = text.replace(/\r\n?|[\v\f\u0085]/g, "\n")
		.replace(/(?![\n\t])\p{Cc}/gu, "");

	return lines.toWellFormed?.() ?? lines;
}

/** "Try again." */
export function again(d, message) {
	Object.assign(message, {state: "queued", tries: 0, due: 0});
	written.ring(d);
	stuck.ring();
	work(d);
}

/** Put a message that cannot be delivered back into the text field. */
export function takeBack(d, message) {
	const rest = d.text;

	d.unsent.splice(d.unsent.indexOf(message), 1);
	d.text = message.body;
	d.key = d.tried = message.key; /* unchanged, it arrives only once */
	stuck.ring();
	type(d, [message.body, rest].filter(Boolean).join("\n\n"));
}

function work(d) {
	d.working ??= steps(d).finally(() => {
		d.working = null;
	});
	return d.working;
}

async function steps(d) {
	for (;;) {
		const message = d.unsent.find(({state}) => state !== "failed");
		const draft = ["dirty", "failed"].includes(d.draft);
		const next = Math.min(message ? message.due : Infinity,
			draft ? d.due : Infinity);

		if (next > Date.now()) {
			if (next < Infinity)
				wake(d, next - Date.now());
			return;
		}
		if (message?.due === next)
			await deliver(d, message);
		else
			await save(d);
	}
}

async function save(d) {
	d.draft = "saving";
	try {
		await call("PUT", `${place(d)}/draft`, toKeep(d));
		d.tries = 0;
		if (d.draft === "saving")
			d.draft = d.text || d.unsent.length ? "saved" : "";
	} catch (p) {
		if (d.draft === "saving")
			d.draft = passing(p) ? "failed" : "refused";
		d.due = Date.now() + backoff(d.tries++);
	}
	written.ring(d);
}

function backoff(tries) {
	return Math.min(30000, 1000 * 2 ** tries);
}

/* The path is chosen once: a retry is the very same request. */
async function deliver(d, message) {
	message.path ??= d.thread ? `/v1/threads/${d.thread}/entries` :
		"/v1/threads";
	message.payload ??= d.thread ? {body: message.body, draft: true} :
		{to: d.contact, body: message.body, draft: true};
	message.state = "sending";
	written.ring(d);
	try {
		arrived(d, message, await call("POST", message.path,
			message.payload, {key: message.key}));
	} catch (p) {
		refused(d, message, p);
	}
	written.ring(d);
}

/* With the message the server has dropped the draft: write the rest anew. */
function arrived(d, message, {thread, entry}) {
	d.thread ??= thread.id;
	d.unsent.splice(d.unsent.indexOf(message), 1);
	if (d.text || d.unsent.length)
		Object.assign(d, {draft: "dirty", due: Date.now()});
	delivered.ring(d, message, entry);
}

function refused(d, message, p) {
	message.problem = p;
	message.tries++;
	if (p.slug === "idempotency-key-reused") {
		/* An earlier wording has arrived under this key; this is another. */
		message.key = crypto.randomUUID();
		message.state = "queued";
	} else if (passing(p) && message.tries < TRIES) {
		message.state = "waiting";
		message.due = Date.now() + (p.wait * 1000 || backoff(message.tries));
	} else {
		message.state = "failed";
		stuck.ring();
		Object.assign(d, {draft: "dirty", due: Date.now()});
	}
}

/* Whether something would be lost with the page; leave() saves the rest. */
function isDirty(d) {
	return d.unsent.length > 0 || ["failed", "refused"].includes(d.draft);
}

/** Save what is not saved yet; resolves when that has been tried. */
export async function flush() {
	for (const d of all.values()) {
		if (d.unsent.length)
			d.draft = "dirty";
		d.due = 0;
		await work(d);
	}
}

/* The page may be gone in a moment: no time to wait for the worker. */
function leave() {
	for (const d of all.values()) {
		if ((d.unsent.length || ["dirty", "saving", "failed"]
			.includes(d.draft)) && !isLeaving())
			call("PUT", `${place(d)}/draft`, toKeep(d),
				{keepalive: true, anyone: true}).catch(() => {});
	}
}

/* The connection stands again: what waits for it goes out. */
function hurry() {
	for (const d of all.values()) {
		for (const message of d.unsent) {
			if (message.state === "failed" && passing(message.problem))
				Object.assign(message, {state: "queued", tries: 0});
			message.due = 0;
		}
		stuck.ring();
		d.due = Math.min(d.due, Date.now());
		work(d);
	}
}

/** Mind the page's end and the connection. */
export function start() {
	line.on((up) => up && hurry());
	reopened.on(hurry);
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "hidden")
			leave();
	});
	addEventListener("pagehide", leave);
	addEventListener("beforeunload", (event) => {
		if (!isLeaving() && [...all.values()].some(isDirty))
			event.preventDefault();
	});
}
