// SPDX-License-Identifier: Apache-2.0
// Whose page this is, and for how long.

import {call, protect} from "./api.js";
import {bell} from "./dom.js";

const SECOND = 1000;
const now = {
	session: null,
	deadline: 0,
	leaving: false,
	asking: null, /* the promise of ended(), while it waits */
	askAgain: null,
};

/** Rings when a session was opened in this page again. */
export const reopened = bell();

/** Who is signed in, or null: {id, role, name, language, time_zone}. */
export function person() {
	return now.session?.participant ?? null;
}

/** Seconds until the session ends, as far as this page knows. */
export function secondsLeft() {
	return now.session ? (now.deadline - Date.now()) / SECOND : Infinity;
}

/** Seconds without activity after which the session ends. */
export function idleSeconds() {
	return now.session?.idle_seconds ?? Infinity;
}

/** Begin from nothing: nothing of whoever was here before may stay. */
export function startOver() {
	now.leaving = true;
	location.reload();
	return new Promise(() => {});
}

/** Whether the page is being left on purpose. */
export function isLeaving() {
	return now.leaving;
}

/**
 * Take over the session the server has answered with. If it is somebody
 * else's (signed in in another tab), this page is not theirs: start over.
 */
export async function adopt(session) {
	const was = person();

	if (was && session.participant && session.participant.id !== was.id)
		await startOver();
	become({...session, participant: session.participant ?? was});
	return session;
}

/** Take over a session, whoever was here before. */
export function become(session) {
	now.session = session;
	now.deadline = Date.now() + session.idle_left * SECOND;
}

/** The session of the cookie, or null. */
export async function load() {
	try {
		return await adopt(await call("GET", "/v1/sessions/current",
			undefined, {anyone: true}));
	} catch (p) {
		if (p.slug !== "unauthenticated")
			throw p;
		return null;
	}
}

/** "I am still here." */
export async function stay() {
	await adopt(await call("PUT", "/v1/sessions/current", {}));
}

/** End the session on the server; the page has nothing left afterwards. */
export async function signOut() {
	now.leaving = true;
	try {
		await call("DELETE", "/v1/sessions/current", undefined,
			{anyone: true});
	} catch (p) {
		if (p.slug !== "unauthenticated") {
			now.leaving = false;
			throw p;
		}
	}
	location.replace("/");
}

/* Another tab may have signed in already; only then is a person asked. */
async function openAgain() {
	const session = await load().catch(() => null);

	if (session?.state !== "open")
		await now.askAgain();
	reopened.ring();
}

/** Resolves when the session is open again; all who wait share one dialog. */
export function ended() {
	now.asking ??= openAgain().finally(() => {
		now.asking = null;
	});
	return now.asking;
}

/** Whether somebody is being asked to sign in again. */
export function isAsking() {
	return now.asking !== null;
}

/** How a person is asked to sign in again in place. */
export function whenEnded(ask) {
	now.askAgain = ask;
}

protect({
	csrf: () => now.session?.csrf,
	ended,
	renew: async () => (await load()) ?? ended(),
	sent() {
		if (now.session)
			now.deadline = Date.now() + now.session.idle_seconds * SECOND;
	},
});
