// SPDX-License-Identifier: Apache-2.0
// The chat window: one conversation, from top to bottom.

import {call} from "./api.js";
import {takeFiles} from "./attach.js";
import {row} from "./bubble.js";
import {composer} from "./composer.js";
import {hasHistory, know, refresh} from "./contacts.js";
import {el, say, sync, tell} from "./dom.js";
import {face} from "./face.js";
import {expectations, practice, withNumbers} from "./practice.js";
import {explain, notNotified, whyClosed} from "./refusal.js";
import {person} from "./session.js";
import * as threads from "./thread.js";
import {date} from "./time.js";
import {rich, t} from "./words.js";
import * as writing from "./writing.js";

const QUIET = 300; /* until a screen reader has seen what is not new */

/* Why the other was not notified, where the portal tells them so. */
const TOLD = ["no-address", "stopped", "complaint"];

/* What stands above the conversation. */
function notices(contact) {
	const {name, may_write: open} = contact;
	const failed = contact.thread?.not_notified;

	return [
		failed ? el("p", {class: "notice warning"}, rich("notnotified.notice", {
			name, since: date(failed.since), why: notNotified(failed)}), " ",
		t(TOLD.includes(failed.reason) ? "notnotified.told" :
			"notnotified.call")) : null,
		open ? null : el("p", {class: "notice"},
			whyClosed(contact), " ",
			person().role === "client" && practice().practice.phone ?
				rich("closed.phone", {phone: el("span", null,
					withNumbers(practice().practice.phone))}) : null),
	];
}

function empty(view) {
	const {contact} = view;

	return el("div", {class: "empty"},
		el("p", {class: "big"}, t("chat.empty")),
		contact.may_write && !view.composing ?
			el("button", {type: "button", class: "primary",
				onclick: () => view.onCompose(contact)},
			t("compose.button")) : null,
		view.composing && person().role === "client" ?
			expectations(contact) : null);
}

/* Read is what was on screen, in a page that somebody looks at. */
async function markRead(view) {
	const {contact, held} = view;
	const seq = held ? threads.lastSeq(held) : 0;

	if (!view.atEnd || document.visibilityState !== "visible" ||
	    !document.hasFocus() || document.querySelector("dialog[open]") ||
	    !contact.thread?.unread || seq <= view.readTo)
		return;
	view.readTo = seq;
	try {
		know(contact.thread.id, await call("PUT",
			`/v1/threads/${contact.thread.id}/read`, {up_to: seq}));
	} catch {
		view.readTo = 0;
	}
}

function draw(view) {
	const {contact, held, desk, log, list} = view;
	const entries = held ? threads.inOrder(held) : [];
	const some = entries.length > 0 || desk.unsent.length > 0;
	const low = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
	const loading = hasHistory(contact) && !held?.loaded;

	drawHead(view);
	say(view.notices, JSON.stringify([contact.name, contact.may_write,
		contact.why_not, contact.thread?.not_notified]),
	() => notices(contact));
	view.more.hidden = !held?.older;
	sync(list, threads.lines(entries, desk.unsent, view.fresh)
		.map((line) => row(view, line)));
	list.hidden = !some;
	drawMiddle(view, some, loading);
	view.jump.hidden = view.atEnd || !contact.thread?.unread;
	view.composer.update(contact);
	view.composer.node.hidden = contact.may_write ?
		!(some || view.composing || loading) :
		!desk.text && !desk.files.length;
	if (low || desk.unsent.length > view.unsent)
		toEnd(view);
	view.unsent = desk.unsent.length;
	markRead(view);
}

/* What stands in the place of messages. */
function drawMiddle(view, some, loading) {
	const {middle, contact, composing, problem} = view;

	if (problem && !view.held?.loaded)
		say(middle, explain(problem, "load"), () => [
			el("p", {class: "notice warning"}, explain(problem, "load")),
			el("button", {type: "button", onclick: () => open(view)},
				t("send.again"))]);
	else if (loading)
		say(middle, "loading", () =>
			el("p", {class: "quiet"}, t("loading")));
	else if (some)
		say(middle, "", () => []);
	else
		say(middle, `empty ${contact.may_write} ${composing}`,
			() => empty(view));
}

function toEnd({log}) {
	log.scrollTop = log.scrollHeight;
}

/* Fetch what is new; the first page is not read out. */
async function fetchNew(view) {
	const {contact, desk} = view;

	if (!contact.thread)
		return;
	const first = !view.held?.loaded;

	view.held = threads.thread(contact.thread.id);
	const was = threads.lastSeq(view.held);

	if (first)
		draw(view);
	await settled(desk);
	await threads.newest(view.held);
	if (view.gone)
		return;
	if ((view.begun || !first) && sentElsewhere(view, was))
		writing.openDraft(desk).catch(() => {});
	if (first || was === 0)
		view.fresh = threads.firstUnread(threads.inOrder(view.held),
			contact.thread.unread, person().id);
	draw(view);
	if (first)
		start(view);
}

/* In another tab, where the draft has become a message. */
function sentElsewhere({held, aliases}, was) {
	return threads.inOrder(held).some((entry) => entry.seq > was &&
		entry.author?.id === person().id && !aliases.has(entry.id));
}

/* A message whose answer is on its way would be seen twice. */
async function settled(desk) {
	if (desk.unsent.some(({state}) => state === "sending"))
		await Promise.race([desk.working,
			new Promise((done) => setTimeout(done, 2000))]);
}

/* Where the eye should fall when a conversation is opened. */
function start(view) {
	const fresh = view.list.querySelector(".fresh");

	toEnd(view);
	if (fresh)
		fresh.scrollIntoView({block: "start"});
	if (fresh && view.log.scrollTop > 0)
		view.log.scrollTop -= 48;
	speakUp(view);
}

function hush(view) {
	clearTimeout(view.speaking);
	view.log.setAttribute("aria-live", "off");
}

/* What is new from now on is read out; not what was put in just before. */
function speakUp(view) {
	clearTimeout(view.speaking);
	view.speaking = setTimeout(() =>
		view.log.setAttribute("aria-live", "polite"), QUIET);
}

async function showEarlier(view) {
	const {log, held} = view;
	const below = log.scrollHeight - log.scrollTop;

	hush(view);
	try {
		await threads.earlier(held);
		draw(view);
		log.scrollTop = log.scrollHeight - below;
	} finally {
		speakUp(view);
	}
	if (view.more.hidden)
		log.focus({preventScroll: true});
}

/* Fetch what there is; what cannot be fetched is said, to be tried again. */
async function bring(view) {
	view.stale = document.visibilityState === "hidden";
	if (view.stale || view.gone)
		return;
	try {
		view.problem = null;
		await fetchNew(view);
	} catch (p) {
		if (!p.slug)
			throw p;
		view.problem = p;
		draw(view);
	}
}

async function open(view) {
	bring(view);
	await writing.openDraft(view.desk).catch(() => {});
	view.composing ||= Boolean(view.desk.text || view.desk.files.length);
	draw(view);
}

/* Whether the newest entry that is known of is here. */
function upToDate({contact, held}) {
	return held?.loaded &&
		threads.inOrder(held).at(-1)?.at === contact.thread?.last_at;
}

/* What may change of the head; the heading stays, as it may have the focus. */
function drawHead({contact, head, node, log}) {
	const {name, credentials, picture, current} = contact;

	node.setAttribute("aria-label", t("chat.label", {name}));
	log.setAttribute("aria-label", t("chat.log", {name}));
	say(head.face, JSON.stringify([name, picture]), () => face(contact));
	say(head.name, name, () => name);
	say(head.about, JSON.stringify([credentials, current]), () => [
		el("bdi", null, credentials), current ? null :
			[" ", el("span", {class: "tag"}, t("card.past"))]]);
}

function head({head: {face: picture, name, about}}, onBack) {
	return el("header", {class: "chat-head"},
		onBack ? el("button", {type: "button", class: "back quiet",
			onclick: onBack}, el("span", {"aria-hidden": "true"}, "‹"), " ",
		t("chat.back")) : null,
		picture,
		el("div", {class: "names"},
			el("h2", {tabindex: -1}, name), about));
}

/**
 * The chat window of a contact. `onBack` is asked for on a small screen,
 * `onCompose` by the button of an empty one; `composing` shows the text field
 * of one that has no history. Gives {node, update(contact), stir(surely),
 * compose(), leave()}.
 */
export function chat({contact, onBack, onCompose, composing}) {
	const view = {
		contact, onCompose, composing,
		desk: writing.desk(contact),
		held: null, fresh: null, aliases: new Map(),
		atEnd: false, readTo: 0, unsent: 0, stale: false, problem: null,
		gone: false,
		begun: !contact.thread, /* looked at before there was anything */
		list: el("ol", {class: "lines"}),
		middle: el("div", {class: "middle"}),
		head: {face: el("div"), name: el("bdi"), about: el("p")},
		notices: el("div", {class: "notices"}),
	};
	const end = el("div", {class: "end"});

	view.composer = composer(view.desk, contact);
	view.more = el("button", {type: "button", class: "small more", hidden: true,
		onclick: () => showEarlier(view).catch((p) => tell(explain(p)))},
	t("chat.earlier"));
	view.jump = el("button", {type: "button", class: "small jump", hidden: true,
		onclick: () => toEnd(view)}, t("chat.newest"));
	view.log = el("div", {class: "log", role: "log", tabindex: 0,
		"aria-live": contact.thread ? "off" : "polite"},
	view.more, view.list, view.middle, end);
	view.node = el("section", {class: "chat"}, head(view, onBack),
		view.notices, view.log, view.jump, view.composer.node);
	view.unhand = takeFiles(view.node, () => view.contact.may_write,
		(files) => {
			view.composing = true;
			view.composer.attach(files);
		});
	watch(view, end);
	draw(view);
	open(view);
	return {
		node: view.node,
		update(known) {
			view.contact = known;
			writing.desk(known);
			draw(view);
			if (known.thread && !view.held)
				bring(view);
		},
		stir(surely) {
			if (surely || !upToDate(view) || threads.mayChange(view.held))
				bring(view);
		},
		compose() {
			view.composing = true;
			draw(view);
			view.composer.focus();
		},
		leave() {
			view.gone = true;
			view.stops.forEach((stop) => stop());
		},
	};
}

/* All that makes the window change, until leave(). */
function watch(view, end) {
	const look = () => {
		if (view.stale)
			bring(view);
		markRead(view);
	};
	const resized = new ResizeObserver(() => view.atEnd && toEnd(view));
	const observer = new IntersectionObserver((seen) => {
		view.atEnd = seen.at(-1).isIntersecting;
		view.jump.hidden ||= view.atEnd;
		look();
	});

	observer.observe(end);
	resized.observe(view.log);
	addEventListener("focus", look);
	document.addEventListener("focusin", look);
	document.addEventListener("visibilitychange", look);
	view.stops = [
		() => observer.disconnect(),
		() => resized.disconnect(),
		() => removeEventListener("focus", look),
		() => document.removeEventListener("focusin", look),
		() => document.removeEventListener("visibilitychange", look),
		view.composer.leave, view.unhand,
		writing.written.on((desk) => desk === view.desk && draw(view)),
		writing.delivered.on((desk, message, entry) =>
			desk === view.desk && delivered(view, message, entry)),
	];
}

function delivered(view, message, entry) {
	const me = person();

	view.aliases.set(entry.id, `key ${message.key}`);
	view.held ??= threads.thread(view.desk.thread);
	threads.merge(view.held, [{attachments: message.files, ...entry,
		body: message.body,
		author: {id: me.id, name: me.name, role: me.role}}]);
	view.held.loaded ||= !hasHistory(view.contact);
	toEnd(view);
	(view.contact.thread ? Promise.resolve() : refresh()).then(() =>
		threads.mayChange(view.held) && bring(view), () => {});
}
