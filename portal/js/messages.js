// SPDX-License-Identifier: Apache-2.0
// The page "Messages": the people on the left, the conversation beside them.

import {card} from "./card.js";
import {chat} from "./chat.js";
import {selectProvider} from "./compose.js";
import {byId, changed, contacts, hasHistory, stirred} from "./contacts.js";
import {announce, el, say, sync} from "./dom.js";
import {person} from "./session.js";
import {t} from "./words.js";

/* For finding a name without its accents. */
function plain(text) {
	return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function matches(contact, wanted) {
	const text = plain(`${contact.name} ${contact.external_id ?? ""}`);

	return plain(wanted).split(/\s+/).every((word) => text.includes(word));
}

function search(view) {
	return el("input", {
		type: "search", class: "search", autocomplete: "off",
		"aria-label": t("caseload.search"), placeholder: t("caseload.search"),
		oninput(event) {
			view.wanted = event.target.value;
			drawList(view);
			announce(t("caseload.found", {n: view.list.children.length}));
		},
	});
}

function drawList(view) {
	const found = contacts().filter((c) => matches(c, view.wanted));

	sync(view.list, found.map((contact) =>
		card(contact, contact.id === view.selected, view.onSelect)));
	view.none.hidden = found.length > 0;
}

/* What stands in the place of a conversation that is not chosen yet. */
function placeholder(view) {
	const all = contacts();

	if (!all.length)
		return el("p", {class: "big"}, t("messages.nobody"));
	if (person().role === "client" && !all.some(hasHistory))
		return [el("p", {class: "big"}, t("chat.empty")),
			composeButton(view)];
	return el("p", {class: "quiet"}, t("messages.choose"));
}

function composeButton(view) {
	return el("button", {type: "button", class: "primary",
		onclick: () => compose(view, byId(view.selected))},
	t("compose.button"));
}

/* A client chooses a provider first; a provider has chosen already. */
async function compose(view, preset) {
	const chosen = person().role === "client" ?
		await selectProvider(contacts(), preset) : preset;

	if (!chosen)
		return;
	if (chosen.id !== view.selected)
		view.onSelect(chosen.id);
	view.chat.compose();
}

function drawChat(view) {
	view.chat?.leave();
	view.chat = null;
	const contact = byId(view.selected);

	view.node.dataset.shows = contact ? "chat" : "list";
	if (!contact) {
		const all = contacts();

		say(view.place, `${all.length} ${all.some(hasHistory)}`, () =>
			el("div", {class: "placeholder"}, placeholder(view)));
		return;
	}
	view.chat = chat({contact, onCompose: (preset) => compose(view, preset),
		onBack: view.single ? null : view.onBack});
	say(view.place, contact.id, () => view.chat.node);
}

function update(view) {
	const contact = byId(view.selected);

	view.single = person().role === "client" && contacts().length === 1;
	view.node.classList.toggle("single", view.single);
	if (view.single && !contact) {
		view.selected = contacts()[0].id;
		drawChat(view);
	} else if (!contact !== !view.chat || !contact) {
		drawChat(view);
	} else {
		view.chat.update(contact);
	}
	drawList(view);
}

/**
 * The page. `selected` is the contact shown, `onSelect` and `onBack` change
 * where one is. Gives {node, select(id), leave()}.
 */
export function messages({selected, onSelect, onBack}) {
	const provider = person().role === "provider";
	const view = {
		selected, onSelect, onBack, wanted: "", chat: null, single: false,
		list: el("ul", {class: "cards"}),
		none: el("p", {class: "quiet", hidden: true}, t("caseload.none")),
		place: el("div", {class: "place"}),
	};

	view.node = el("div", {class: "messages"},
		el("h1", {tabindex: -1}, t("messages.title")),
		el("div", {class: "people"},
			provider ? search(view) : composeButton(view),
			el("nav", {"aria-label": t("messages.list")},
				view.list, view.none)),
		view.place);
	const stops = [
		changed.on(() => update(view)),
		stirred.on((id, surely) => {
			if (id === null || byId(view.selected)?.thread?.id === id)
				view.chat?.stir(surely);
		}),
	];

	update(view);
	return {
		node: view.node,
		select(id) {
			const was = view.selected;

			if (id === was || view.single)
				return;
			view.selected = id;
			drawChat(view);
			drawList(view);
			(view.place.querySelector("h2") ??
				view.list.querySelector(`[data-key="${was}"] button`))
				?.focus();
		},
		leave() {
			view.chat?.leave();
			stops.forEach((stop) => stop());
		},
	};
}
