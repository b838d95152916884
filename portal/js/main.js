// SPDX-License-Identifier: Apache-2.0
// Where the page begins: who is there, and what is shown to them.

import {account} from "./account.js";
import {call, passing} from "./api.js";
import * as contacts from "./contacts.js";
import {confirm, dialog} from "./dialog.js";
import {el, pause, tell} from "./dom.js";
import {enrol} from "./enrol.js";
import {frame, go} from "./frame.js";
import {gate} from "./gate.js";
import * as idle from "./idle.js";
import * as live from "./live.js";
import {messages} from "./messages.js";
import {outage} from "./outage.js";
import {people} from "./people.js";
import {person} from "./person.js";
import * as practice from "./practice.js";
import * as session from "./session.js";
import {complete, signIn} from "./signin.js";
import {useZone} from "./time.js";
import {choose, speak, t} from "./words.js";
import * as writing from "./writing.js";

const WRITERS = ["client", "provider"];

const pages = {
	people: {
		path: "/people", title: () => t("people.title"), roles: ["staff"],
		open({person: id}) {
			return id ? person({id, onBack: () => go("people")}) :
				people({onOpen: (one) => go("people", {person: one})});
		},
	},
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
	account: {
		path: "/account", title: () => t("account.title"),
		roles: [...WRITERS, "staff"],
		open: ({at}) => account(restart, at),
	},
};

/* What the link of a mail opens, to whoever may: {token, kind, thread?}. */
async function linked() {
	const token = /^\/t\/([^/]+)$/.exec(location.pathname)?.[1];

	if (!token)
		return {};
	try {
		return {token, ...await call("GET",
			`/v1/links/${encodeURIComponent(token)}`, undefined,
			{anyone: true})};
	} catch (p) {
		if (passing(p))
			throw p;
		return {token}; /* so mangled that it cannot even be asked about */
	}
}

/* Somebody is signed in: their language, their time, their page. */
async function enter({token, thread}, quiet) {
	const me = session.person();
	const writer = WRITERS.includes(me.role);

	await speak(choose([me.language], practice.practice().languages));
	useZone(me.time_zone);
	if (writer)
		await contacts.start();
	session.whenEnded(askAgain);
	frame({pages, onSignOut: signOut, quiet,
		first: writer && token ? "messages" : undefined,
		state: token ? {contact: contacts.byThread(thread)?.id} : {}});
	live.start();
	writing.start();
	idle.start(signOut);
}

/* Text is kept, files are not. */
async function mayLeave() {
	return !writing.holdsFiles() || confirm({title: t("files.leave.title"),
		text: t("files.leave.text"), yes: t("files.leave.yes")});
}

async function signOut() {
	if (!await mayLeave())
		return;
	await writing.flush();
	await session.signOut().catch(() => tell(t("signout.failed")));
}

async function restart() {
	if (!await mayLeave())
		return;
	await writing.flush();
	session.startOver();
}

/* Sign in again over the page, which keeps all that was being done. */
function askAgain() {
	return dialog({
		title: t("again.title"), kind: "again", firm: true,
		content(close) {
			const place = el("div");

			/* Perhaps in another tab. */
			const look = async () => {
				const found = await session.load().catch(() => null);

				if (found?.state === "open")
					finish();
			};
			const finish = () => {
				removeEventListener("focus", look);
				close();
			};

			addEventListener("focus", look);
			signIn(place, {notice: t("again.text")}).then(finish);
			return [place, practice.crisis()];
		},
	});
}

/* One way or another somebody comes to an open session. */
async function ask(place, link) {
	const begun = link.kind === "enrol" ? await enrol(place, link.token) :
		await session.load();

	if (!begun || !await complete(place, begun))
		await signIn(place);
}

/* Resolves when somebody is signed in, in whatever language they chose. */
function welcome(link) {
	return new Promise((done, fail) => {
		function draw() {
			ask(gate(async (tag) => {
				await speak(tag);
				draw();
			}), link).then(done, fail);
		}
		draw();
	});
}

async function begin() {
	const found = await session.load();
	const link = await linked();

	if (found?.state === "open" && link.kind !== "enrol") {
		await enter(link, true);
	} else {
		await welcome(link);
		await enter(await linked());
	}
}

async function start() {
	const answered = await practice.load();
	const {practice: {language}, languages} = practice.practice();

	await speak(choose([...navigator.languages, language], languages));
	if (!answered) {
		await outage();
		return;
	}
	await begin().catch((p) => {
		if (!p.slug)
			throw p;
		return outage();
	});
}

/* Even the words may be out of reach; index.html says so meanwhile. */
async function startAtLast() {
	for (;;) {
		try {
			return await start();
		} catch (problem) {
			if (document.getElementById("last-resort") === null)
				throw problem;
			await pause(5000);
		}
	}
}

addEventListener("pageshow", (event) => event.persisted && location.reload());
startAtLast();
