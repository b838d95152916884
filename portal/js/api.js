// SPDX-License-Identifier: Apache-2.0
// Requests to the practice's server, and what it refuses.

import {pause} from "./dom.js";

const SECOND = 1000;
const PATIENCE = 3; /* tries of a read that the server is too busy for */
const LONGEST = 10; /* seconds that a read waits for another try */
const STALL = 60; /* seconds in which some of a file's bytes must go out */

const ENDED = ["unauthenticated", "second-factor-due"];

/* What session.js hangs in. */
const guard = {
	csrf: () => null,
	ended: null, /* resolves when somebody has signed in again */
	renew: null, /* fetches the token that the server wants */
	sent: () => {}, /* a request has counted as activity */
};

export function protect(hooks) {
	Object.assign(guard, hooks);
}

/**
 * What went wrong, to be thrown: `status` (0: no answer), `slug` of the
 * problem's type, `detail`, `field`, `reason`, `wait` (seconds, of
 * Retry-After).
 */
export function problem(status, slug, more) {
	return Object.assign(new Error(slug), {status, slug, ...more});
}

/** Whether the same request may well succeed a little later. */
export function passing(p) {
	return [0, 429, 502, 503, 504].includes(p.status);
}

async function refusal(answer) {
	const said = await answer.json().catch(() => ({}));
	const slug = String(said.type ?? "").replace("urn:postern:error:", "");

	return problem(answer.status, slug || "unavailable", {
		detail: said.detail,
		field: said.field,
		reason: said.reason,
		tries: said.tries_left,
		wait: Number(answer.headers.get("Retry-After")) || 0,
	});
}

/* As fetch() with a file's bytes, but telling how many have gone out. */
function transfer(method, path, headers, {bytes, onprogress, signal}) {
	return new Promise((done, fail) => {
		const request = new XMLHttpRequest();
		let stalled = null;

		function live(sent) {
			clearTimeout(stalled);
			stalled = setTimeout(() => request.abort(), STALL * SECOND);
			onprogress(sent);
		}
		request.open(method, path);
		for (const [name, value] of Object.entries(headers))
			request.setRequestHeader(name, value);
		request.upload.onprogress = ({loaded}) => live(loaded);
		request.onload = () => done(new Response(
			request.status === 204 ? null : request.responseText,
			{status: request.status, headers: {"Retry-After":
				request.getResponseHeader("Retry-After") ?? ""}}));
		request.onerror = request.onabort = fail;
		request.onloadend = () => clearTimeout(stalled);
		signal.addEventListener("abort", () => request.abort());
		if (signal.aborted) {
			fail();
			return;
		}
		live(0);
		request.send(bytes);
	});
}

function send(method, path, headers, body, {keepalive, file}) {
	return file ? transfer(method, path, headers, file) : fetch(path, {
		method, headers,
		body: body === undefined ? undefined : JSON.stringify(body),
		cache: "no-store",
		redirect: "error",
		keepalive,
		signal: AbortSignal.timeout(30 * SECOND),
	});
}

async function once(method, path, body, options) {
	const headers = {Accept: "application/json"};
	let answer;

	if (method !== "GET") {
		headers["Content-Type"] = options.file?.type ?? "application/json";
		if (guard.csrf())
			headers["X-CSRF-Token"] = guard.csrf();
	}
	if (options.file?.range)
		headers["Content-Range"] = options.file.range;
	if (options.key)
		headers["Idempotency-Key"] = options.key;
	try {
		answer = await send(method, path, headers, body, options);
		if (!answer.ok)
			throw await refusal(answer);
		return answer.status === 204 ? null : await answer.json();
	} catch (p) {
		throw p.slug ? p : problem(0, "offline");
	} finally {
		if (answer && answer.status !== 401 && !options.anyone)
			guard.sent();
	}
}

/**
 * Ask the server; gives its JSON, throws a problem(). If the session has
 * ended, it waits until it is open again, and asks once more.
 * Options: key (Idempotency-Key), keepalive (may outlive the page), anyone
 * (makes sense without a session: a 401 is an answer), file (in place of a
 * JSON body: {bytes, type, range, onprogress(bytes sent), signal}).
 */
export async function call(method, path, body, options = {}) {
	let renewed = false;

	for (let tries = 1; ; tries++) {
		try {
			return await once(method, path, body, options);
		} catch (p) {
			if (ENDED.includes(p.slug) && !options.anyone)
				await guard.ended();
			else if (p.slug === "csrf" && !renewed)
				renewed = (await guard.renew(), true);
			else if (method === "GET" && tries < PATIENCE &&
			    p.wait > 0 && p.wait <= LONGEST)
				await pause(p.wait * SECOND);
			else
				throw p;
		}
	}
}
