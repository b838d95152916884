// SPDX-License-Identifier: Apache-2.0
// What one person writes to one contact: the draft, and what is on its way.
//
// All of it goes through one worker per contact, one request at a time, so
// that a draft never overtakes the message it has become. Nothing is kept in
// the browser: what is not delivered is part of the draft on the server; files
// that are not sent are lost with the page, which warns of it. A message waits
// for its files, and those after it for the message.

import {call, passing} from "./api.js";
import {bell} from "./dom.js";
import {cleanName} from "./files.js";
import {isLeaving, reopened} from "./session.js";
import {line} from "./live.js";
import * as uploads from "./upload.js";

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
 *   files         what goes with it: upload.js' files
 *   unsent        [{key, path, payload, body, files, at, state, problem,
 *                 broken, due}], state being "queued", "loading" (its files),
 *                 "sending", "waiting" (for `due`) or "failed", perhaps as a
 *                 file is `broken`
 */
export function desk(contact) {
	if (!all.has(contact.id))
		all.set(contact.id, {
			contact: contact.id, thread: null, text: "", files: [],
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
	const parts = [...d.unsent, {body: clean(d.text), key: d.key}]
		.filter(({body}) => body.trim());

	return {
		body: parts.map(({body}) => body).join("\n\n"),
		key: parts.length === 1 ? parts[0].key : d.key,
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

/* Another wording wants another key. */
function reword(d) {
	if (d.key === d.tried)
		d.key = crypto.randomUUID();
}

/** The text is now this one. */
export function type(d, text) {
	if (text !== d.text)
		reword(d);
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

/** Files of [{blob, name, type}] go with it, and go out at once. */
export function attach(d, chosen) {
	reword(d);
	d.files.push(...chosen.map(({blob, name, type: media}) => uploads.upload(
		blob, {name: cleanName(name), type: media}, (stirred) => {
			written.ring(d);
			if (stirred)
				wake(d, 0);
		})));
	written.ring(d);
}

/** This one does not go with it after all. */
export function detach(d, file) {
	reword(d);
	d.files.splice(d.files.indexOf(file), 1);
	uploads.cancel(file);
	written.ring(d);
}

/** Whether something was chosen that would be lost with the page. */
export function holdsFiles() {
	return [...all.values()].some(({files, unsent}) => files.length > 0 ||
		unsent.some((message) => message.files.length > 0));
}

/** Send what is written. */
export function send(d) {
	const body = clean(d.text);

	if (!body.trim() && !d.files.length)
		return;
	d.unsent.push({key: d.key, body: body.trim() ? body : "", files: d.files,
		at: new Date().toISOString(), state: "queued", tries: 0, due: 0,
		renewed: new Set()});
	d.files = [];
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
	message.renewed.clear();
	message.files.filter(({state}) => state === "failed")
		.forEach(uploads.again);
	Object.assign(message, {state: "queued", tries: 0, due: 0});
	written.ring(d);
	stuck.ring();
	work(d);
}

/** Put a message that is not delivered back into the text field. */
export function takeBack(d, message) {
	const rest = d.text;

	d.unsent.splice(d.unsent.indexOf(message), 1);
	d.text = message.body;
	d.files = [...message.files, ...d.files];
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
		d.unsent.forEach((one) => weigh(d, one));
		const message = d.unsent.find(({state}) => state !== "failed");
		const draft = ["dirty", "failed"].includes(d.draft);
		const next = Math.min(message && message.state !== "loading" ?
			message.due : Infinity, draft ? d.due : Infinity);

		if (next > Date.now()) {
			if (next < Infinity)
				wake(d, next - Date.now());
			return;
		}
		if (message?.due === next && message.state !== "loading")
			await deliver(d, message);
		else
			await save(d);
	}
}

/* What a message's files have come to. */
function weigh(d, message) {
	const broken = message.files.find(({state}) => state === "failed");
	const was = message.state;

	if (was === "failed")
		return;
	if (broken)
		fail(d, message, broken.problem, broken);
	else if (message.files.some(({state}) => state !== "ready"))
		message.state = "loading";
	else if (was === "loading")
		message.state = "queued";
	if (message.state !== was)
		written.ring(d);
}

function fail(d, message, p, file = null) {
	Object.assign(message, {state: "failed", problem: p, broken: file});
	stuck.ring();
	Object.assign(d, {draft: "dirty", due: Date.now()});
}

async function save(d) {
	const keep = toKeep(d);

	d.draft = "saving";
	try {
		await call("PUT", `${place(d)}/draft`, keep);
		d.tries = 0;
		if (d.draft === "saving")
			d.draft = keep.body ? "saved" : "";
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

function payload(d, {path, body, files}) {
	return {
		...path === "/v1/threads" ? {to: d.contact} : {}, body, draft: true,
		...files.length ? {attachments:
			files.map(({id, name}) => ({upload: id, name}))} : {},
	};
}

/* The path is chosen once: a retry is the very same request. */
async function deliver(d, message) {
	message.path ??= d.thread ? `/v1/threads/${d.thread}/entries` :
		"/v1/threads";
	message.payload ??= payload(d, message);
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
	} else if (p.slug === "upload-gone" && sendAgain(message, p)) {
		message.state = "queued";
	} else if (passing(p) && message.tries < TRIES) {
		message.state = "waiting";
		message.due = Date.now() + (p.wait * 1000 || backoff(message.tries));
	} else {
		fail(d, message, p);
	}
}

/* The server has forgotten a file: once, it is sent again by itself. */
function sendAgain(message, {field}) {
	const file = message.files[field?.replace("attachments/", "")];

	if (!file || message.renewed.has(file))
		return false;
	message.renewed.add(file);
	message.payload = null;
	uploads.afresh(file);
	return true;
}

/* Whether something would be lost with the page; leave() saves the rest. */
function isDirty(d) {
	return d.unsent.length > 0 || d.files.length > 0 ||
		["failed", "refused"].includes(d.draft);
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
		d.files.forEach(uploads.hurry);
		for (const message of d.unsent) {
			message.files.forEach(uploads.hurry);
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
