// SPDX-License-Identifier: Apache-2.0
// What the server says by itself: one stream of events, and whether it stands.

import {bell, pause} from "./dom.js";
import {ended, isLeaving, load, reopened} from "./session.js";

const GRACE = 3000; /* a shorter break is not worth a word */
const LONGEST = 30000;

/** Rings ("thread" | "contacts" | "resync", data). */
export const heard = bell();
/** Rings (true) when the connection stands again, (false) when it is lost. */
export const line = bell();

const now = {
	source: null,
	up: true, /* what was last said on `line` */
	numbered: false, /* the stream can tell the server where it was */
	missed: true, /* what came without a stream: all must be fetched again */
	replaced: false, /* by a stream of another tab */
	wait: 1000,
	timers: {},
};

function say(up) {
	clearTimeout(now.timers.grace);
	now.timers.grace = null;
	if (now.up !== up) {
		now.up = up;
		line.ring(up);
	}
}

function opened() {
	const missed = now.missed;

	now.missed = false;
	now.wait = 1000;
	say(true);
	if (missed)
		heard.ring("resync", {});
}

/* A stream that is cut comes back by itself; one that is refused does not. */
function failed() {
	now.missed ||= !now.numbered;
	if (now.up)
		now.timers.grace ??= setTimeout(() => say(false), GRACE);
	if (now.source.readyState !== EventSource.CLOSED)
		return;
	now.missed = true;
	now.timers.again = setTimeout(askAndConnect,
		now.wait * (0.5 + Math.random() / 2));
	now.wait = Math.min(now.wait * 2, LONGEST);
}

/* The refusal does not say why; the session does. */
async function askAndConnect() {
	const session = await load().catch(() => ({state: "open"}));

	if (session?.state === "open")
		connect();
	else
		ended(); /* rings `reopened` */
}

/*
 * The session ended, or was followed by another one (whose answer may still be
 * on its way), or has streams in too many tabs: then this one waits until it
 * is looked at again.
 */
async function session({state}) {
	now.source.close();
	now.missed = true;
	if (state === "replaced") {
		now.replaced = true;
		return;
	}
	await pause(1000);
	if (!isLeaving())
		ended();
}

function seen() {
	if (now.replaced && document.visibilityState === "visible")
		connect();
}

function hear(kind, event) {
	const data = JSON.parse(event.data);

	now.numbered = Boolean(event.lastEventId);
	if (kind === "session")
		session(data);
	else
		heard.ring(kind, data);
}

/* Open the stream, or open it anew. */
function connect() {
	clearTimeout(now.timers.again);
	now.source?.close();
	now.numbered = false;
	now.replaced = false;
	now.source = new EventSource("/v1/events");
	now.source.onopen = opened;
	now.source.onerror = failed;
	for (const kind of ["thread", "contacts", "resync", "session"])
		now.source.addEventListener(kind, (event) => hear(kind, event));
}

/** Begin to listen; what was fetched before is fetched again. */
export function start() {
	connect();
	reopened.on(() => {
		now.missed = true;
		connect();
	});
	addEventListener("online", () => {
		now.missed = true;
		connect();
	});
	addEventListener("offline", () => say(false));
	addEventListener("focus", seen);
	document.addEventListener("visibilitychange", seen);
	addEventListener("pagehide", () => now.source.close());
}
