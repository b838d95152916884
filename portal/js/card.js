// SPDX-License-Identifier: Apache-2.0
// The card of a contact in the list on the left.

import {el, say} from "./dom.js";
import {face} from "./face.js";
import {notNotified} from "./refusal.js";
import {person} from "./session.js";
import {brief, date, full, waiting} from "./time.js";
import {t} from "./words.js";
import {isStuck} from "./writing.js";

function marks({id, thread, current}) {
	return [
		thread?.unread ? el("span", {class: "mark"},
			t("card.unread", {n: thread.unread})) : null,
		isStuck(id) ? el("span", {class: "tag warning"}, t("card.stuck")) :
			null,
		current ? null : el("span", {class: "tag"}, t("card.past")),
		thread?.waiting_since ? el("span", {class: "tag waits",
			title: full(thread.waiting_since)},
		waiting(thread.waiting_since)) : null,
		thread?.not_notified ? el("span", {class: "tag warning"},
			t("card.notnotified", {since: date(thread.not_notified.since),
				why: notNotified(thread.not_notified)})) :
			null,
	];
}

function inside(contact) {
	const {thread} = contact;
	const provider = person().role === "provider";

	return [
		face(contact),
		el("span", {class: "names"},
			el("strong", {dir: "auto"}, contact.name),
			el("span", {class: "credentials"}, el("bdi", null,
				provider ? contact.external_id : contact.credentials))),
		el("span", {class: "last"}, thread?.last_at ?
			el("time", {datetime: thread.last_at}, brief(thread.last_at)) :
			t("card.nothing")),
		el("span", {class: "marks"}, marks(contact)),
	];
}

/** The row of a card for sync(). */
export function card(contact, selected, onclick) {
	const {last_at: last, waiting_since: since} = contact.thread ?? {};
	const said = JSON.stringify([contact, last && brief(last),
		since && waiting(since), isStuck(contact.id)]);

	return {
		key: contact.id,
		make: () => el("li", null, el("button", {type: "button", class: "card",
			onclick: () => onclick(contact.id)})),
		update(node) {
			const button = node.firstElementChild;

			if (selected)
				button.setAttribute("aria-current", "true");
			else
				button.removeAttribute("aria-current");
			say(button, said, () => inside(contact));
		},
	};
}
