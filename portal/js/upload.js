// SPDX-License-Identifier: Apache-2.0
// Files on their way to the server. They go as soon as they are chosen, a few
// at a time; what breaks off is taken up again where the server has got to.

import {call, passing, problem} from "./api.js";
import {pause} from "./dom.js";

const AT_ONCE = 2;
const TRIES = 5; /* without getting on, before a person says "try again" */
const LONGEST = 60; /* seconds that are waited out without asking anybody */
const REDRAW = 200;
const SIGNS = "abcdefghijklmnopqrstuvwxyz234567";
/* The server stands somewhere else, or still has its hands full. */
const ASK = ["upload-offset", "upload-busy"];

const now = {running: 0, queue: []};

/* As the server writes ids: 16 bytes in base32, lower case. */
function newUploadId() {
	const bits = [...crypto.getRandomValues(new Uint8Array(16))]
		.map((byte) => byte.toString(2).padStart(8, "0")).join("");

	return bits.match(/.{1,5}/g)
		.map((five) => SIGNS[parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/**
 * Send a file, named `name` there, of that media type. Gives
 *   id, name, type, size, blob, and key, which stays when the id changes
 *   state    "queued" | "sending" | "checking" | "waiting" (to try again) |
 *            "ready" | "failed" (for `problem`) | "gone"
 *   sent     bytes that have gone out
 * and calls onchange(true) when the state changes, onchange(false) when only
 * `sent` does.
 */
export function upload(blob, {name, type}, onchange) {
	const file = {key: crypto.randomUUID(), blob, name, type,
		size: blob.size, onchange, told: 0};

	afresh(file);
	return file;
}

/** Send all of it, as another upload: the server has lost the one before. */
export function afresh(file) {
	Object.assign(file, {id: newUploadId(), asked: false, kept: 0});
	again(file);
}

/** Go on with one that failed. */
export function again(file) {
	Object.assign(file, {state: "queued", sent: 0, tries: 0, problem: null});
	file.onchange(true);
	now.queue.push(file);
	next();
}

/** The connection stands again: do not wait any longer. */
export function hurry(file) {
	if (file.state === "waiting")
		Object.assign(file, {tries: 0}).wake?.();
	else if (file.state === "failed" && passing(file.problem))
		again(file);
}

/** Whether it may well succeed if it is sent again. */
export function mayRetry({state, problem: p}) {
	return state === "failed" && !["file-refused", "unreadable", "too-large",
		"unsupported-media-type", "forbidden"].includes(p.slug);
}

/** Stop it, and let the server forget it. */
export function cancel(file) {
	const {asked} = file;

	now.queue = now.queue.filter((one) => one !== file);
	file.state = "gone";
	file.stop?.abort();
	file.wake?.();
	if (asked)
		forget(path(file));
}

/* What it was in the middle of has to be over first; if not, it is swept. */
async function forget(where) {
	for (let tries = 0; tries < TRIES; tries++) {
		try {
			await call("DELETE", where, undefined, {anyone: true});
			return;
		} catch (p) {
			if (p.slug !== "upload-busy")
				return;
			await pause(500 * 2 ** tries);
		}
	}
}

function path({id}) {
	return `/v1/uploads/${id}`;
}

function set(file, state, what = {}) {
	if (file.state === "gone")
		return;
	Object.assign(file, {state, ...what});
	file.onchange(true);
}

function next() {
	while (now.running < AT_ONCE && now.queue.length) {
		now.running++;
		run(now.queue.shift()).finally(() => {
			now.running--;
			next();
		});
	}
}

async function run(file) {
	file.stop = new AbortController();
	do {
		try {
			await advance(file);
		} catch (p) {
			await settle(file, p);
		}
	} while (["sending", "checking", "waiting"].includes(file.state));
}

/* One request that brings bytes, after one that asks from where. */
async function advance(file) {
	const from = file.asked ? await standing(file) : 0;

	if (["ready", "gone"].includes(file.state))
		return;
	file.asked = true;
	set(file, "sending", {sent: from});
	const {upload: there} = await call("PUT", path(file), undefined, {file: {
		bytes: from ? file.blob.slice(from) : file.blob,
		type: file.type,
		range: from ? `bytes ${from}-${file.size - 1}/${file.size}` : null,
		signal: file.stop.signal,
		onprogress: (sent) => moved(file, Math.min(from + sent, file.size)),
	}});

	if (!there.complete)
		throw problem(409, "upload-offset");
	set(file, "ready", {sent: file.size});
}

/* From where on the server needs it, unless it is ready. */
async function standing(file) {
	const there = await call("GET", path(file)).catch((p) => {
		if (p.status !== 404)
			throw p;
		return {upload: {received: 0, complete: false}};
	});
	const {received, complete} = there.upload;

	if (complete)
		set(file, "ready", {sent: file.size});
	if (received > file.kept)
		file.tries = 0;
	file.kept = received;
	return received < file.size ? received : 0;
}

/* Everything has gone out: what is left to wait for is the server's look. */
function moved(file, sent) {
	if (file.state === "gone")
		return;
	file.sent = sent;
	if (sent === file.size && file.state === "sending") {
		set(file, "checking");
	} else if (Date.now() - file.told > REDRAW) {
		file.told = Date.now();
		file.onchange(false);
	}
}

async function readable({blob}) {
	return blob.slice(0, 1).arrayBuffer().then(() => true, () => false);
}

/* What to make of a problem: another try a little later, or the end. */
async function settle(file, p) {
	if (!p.slug)
		throw p;
	if (file.state === "gone")
		return;
	/* It may be gone from the device. */
	const why = p.status === 0 && !await readable(file) ?
		problem(0, "unreadable") : p;

	file.tries++;
	if (why.slug === "unreadable" || file.tries >= TRIES ||
	    why.wait > LONGEST || !(passing(why) || ASK.includes(why.slug))) {
		set(file, "failed", {problem: why});
		return;
	}
	set(file, "waiting", {problem: why});
	await Promise.race([pause(why.wait * 1000 || 500 * 2 ** file.tries),
		new Promise((done) => (file.wake = done))]);
}
