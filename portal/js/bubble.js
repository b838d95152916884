// SPDX-License-Identifier: Apache-2.0
// What a conversation is made of on the screen: days, bubbles, quiet lines.

import {attachments} from "./attachment.js";
import {el, say} from "./dom.js";
import {explain} from "./refusal.js";
import {person} from "./session.js";
import {clock, day, dayKey, full} from "./time.js";
import {mayRetry} from "./upload.js";
import {known, rich, t} from "./words.js";
import * as writing from "./writing.js";

/* A bubble, without what changes: its files and the line under it. */
function bubble({mine, provider, name, body, at}) {
	return el("li", {
		class: `message${mine ? " mine" : ""}${provider ? " provider" : ""}`,
	},
	el("div", {class: "bubble"},
		el("span", {class: "hidden"},
			t(mine ? "chat.you" : "chat.who", {name})),
		body === undefined ?
			el("em", {class: "erased"}, t("chat.erased")) :
			body ? el("div", {class: "body", dir: "auto"}, body) : null,
		el("div", {class: "with"})),
	el("p", {class: "under"},
		el("time", {datetime: at, title: full(at)}, clock(at)),
		el("span", {class: "state"})));
}

/* Drawn anew when a file has been checked. */
function files(node, list) {
	if (list?.length)
		say(node.querySelector(".with"), JSON.stringify(list.map(
			({id, name, state}) => [id, name, state])),
		() => attachments(list));
}

function event(entry, open) {
	const side = person().role === "provider" ? "provider" : "client";
	const key = known(`event.${entry.event}.${side}`,
		open ? "" : `event.${entry.event}.closed`,
		`event.${entry.event}`, "event.other");

	return el("li", {class: "event"}, t(key), " ",
		el("time", {datetime: entry.at, title: full(entry.at)},
			clock(entry.at)));
}

function edit(desk, message) {
	return el("button", {type: "button", class: "small quiet",
		onclick: () => writing.takeBack(desk, message)},
	t(message.files.length ? "send.change" : "send.edit"));
}

function whyFailed({problem, broken, files}) {
	return broken ? el("span", null, el("bdi", null, broken.name), ": ",
		explain(problem, "file")) :
		explain(problem, files.length ? "files" : "send");
}

function sum(list, what) {
	return list.reduce((all, one) => all + one[what], 0);
}

/* What stands under a message that is not delivered. */
function unsentState(desk, message) {
	if (message.state === "failed")
		return el("span", {class: "state failed"},
			el("span", null, rich("send.failed",
				{why: el("span", null, whyFailed(message))})), " ",
			!message.broken || mayRetry(message.broken) ? el("button", {type: "button",
				class: "small",
				onclick: () => writing.again(desk, message)},
			t("send.again")) : null,
			edit(desk, message));
	if (message.state === "loading")
		return el("span", {class: "state loading"},
			el("span", null, t("send.loading")), " ",
			el("progress", {max: sum(message.files, "size"),
				"aria-label": t("send.progress")}),
			edit(desk, message));
	if (message.state === "waiting")
		return el("span", {class: "state"}, t("send.waiting",
			{why: explain(message.problem, "send")}));
	return el("span", {class: "state"}, t("send.sending"));
}

function unsentRow(view, message) {
	const me = person();

	return {
		key: `key ${message.key}`,
		make: () => bubble({mine: true, provider: me.role === "provider",
			name: me.name, body: message.body, at: message.at}),
		update(node) {
			const said = `${message.state} ${message.tries}`;

			if (node.dataset.state !== said) {
				node.dataset.state = said;
				node.querySelector(".state")
					.replaceWith(unsentState(view.desk, message));
			}
			files(node, message.files.map(({name, type, size}) =>
				({name, type, size})));
			if (message.state === "loading")
				node.querySelector("progress").value =
					sum(message.files, "sent");
		},
	};
}

function entryRow(view, entry) {
	const mine = entry.author?.id === person().id;
	const erased = entry.kind === "message" && entry.body === undefined;

	const open = view.contact.may_write;

	if (entry.kind === "event")
		return {key: open ? entry.id : `${entry.id} closed`,
			make: () => event(entry, open)};
	return {
		key: erased ? `${entry.id} erased` :
			view.aliases.get(entry.id) ?? entry.id,
		make: () => bubble({mine, body: entry.body, at: entry.at,
			provider: entry.author?.role === "provider",
			name: entry.author?.name ?? ""}),
		update(node) {
			files(node, entry.attachments);
			if (!view.aliases.has(entry.id) ||
			    node.dataset.state === "delivered")
				return;
			node.dataset.state = "delivered";
			node.querySelector(".state").replaceWith(
				el("span", {class: "state"}, t("send.delivered")));
		},
	};
}

/**
 * The row for sync() of one of thread.js' lines. Of the view it uses `desk`, to
 * try again at, `contact`, and `aliases`: entry id to the key of the row that
 * the message had before it was delivered, so that its bubble stays where it is.
 */
export function row(view, line) {
	if (line.day)
		return {
			key: `day ${dayKey(line.day)} ${day(line.day)}`,
			make: () => el("li", {class: "day"},
				el("h3", null, day(line.day))),
		};
	if (line.fresh)
		return {key: "fresh", make: () => el("li", {class: "fresh"},
			el("span", null, t("chat.fresh")))};
	if (line.unsent)
		return unsentRow(view, line.unsent);
	return entryRow(view, line.entry);
}
