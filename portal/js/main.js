// SPDX-License-Identifier: Apache-2.0
// Where the page begins: who is there, and what is shown to them.

import {call} from "./api.js";
import * as contacts from "./contacts.js";
import {dialog} from "./dialog.js";
import {announce, el} from "./dom.js";
import {frame, go} from "./frame.js";
import {gate} from "./gate.js";
import * as live from "./live.js";
import {messages} from "./messages.js";
import * as practice from "./practice.js";
import * as session from "./session.js";
import {complete, signIn} from "./signin.js";
import {useZone} from "./time.js";
import {choose, speak, t} from "./words.js";
import * as writing from "./writing.js";

const WRITERS = ["client", "provider"];

const pages = {
	messages: {
		path: "/messages", title: () => t("messages.title"), roles: WRITERS,
		marked: true,
		open({contact}) {
			const page = messages({selected: contact,
				onSelect: (id) => go("messages", {contact: id}),
				onBack: () => go("messages")});

			return {...page, change: (state) => page.select(state.contact)};
		},
	},
};

/* The link of a mail says what to open, to whoever may. */
function linkToken() {
	return /^\/t\/([^/]+)$/.exec(location.pathname)?.[1] ?? null;
}

async function followLink(token) {
	const where = token ? await call("GET",
		`/v1/links/${encodeURIComponent(token)}`) : null;

	return where?.kind === "thread" ?
		contacts.byThread(where.thread)?.id : undefined;
}

/* Somebody is signed in: their language, their time, their page. */
async function enter() {
	const me = session.person();

	await speak(choose([me.language], practice.practice().languages));
	useZone(me.time_zone);
	session.whenEnded(askAgain);
	live.start();
	writing.start();
	if (WRITERS.includes(me.role))
		await contacts.start();
	const token = linkToken();

	frame({pages, first: token ? "messages" : undefined,
		state: token ? {contact: await followLink(token)} : {},
		onSignOut: signOut});
}

async function signOut() {
	await writing.flush();
	await session.signOut().catch(() => announce(t("signout.failed")));
}

/* Sign in again over the page, which keeps all that was being done. */
function askAgain() {
	return dialog({
		title: t("again.title"), kind: "again", firm: true,
		content(close) {
			const place = el("div");

			signIn(place, {notice: t("again.text")}).then(async (open) => {
				await session.adopt(open);
				close();
			});
			return [place, practice.crisis()];
		},
	});
}

async function arrive() {
	const open = await session.load();
	const place = () => gate(async (tag) => {
		await speak(tag);
		arrive();
	});

	if (open?.state === "open")
		return enter();
	const done = open ? await complete(place(), open) : null;

	await session.adopt(done ?? await signIn(place()));
	return enter();
}

async function start() {
	await practice.load();
	await speak(choose([...navigator.languages,
		practice.practice().practice.language],
	practice.practice().languages));
	await arrive();
}

addEventListener("pageshow", (event) => event.persisted && location.reload());
start();
