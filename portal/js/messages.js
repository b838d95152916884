// SPDX-License-Identifier: Apache-2.0
// The page "Messages": the people on the left, the conversation beside them.

import {card} from "./card.js";
import {chat} from "./chat.js";
import {selectProvider} from "./compose.js";
import {byId, changed, contacts, hasHistory, stirred} from "./contacts.js";
import {announce, el, fill, say, sync} from "./dom.js";
import {person} from "./session.js";
import {t} from "./words.js";
import {stuck} from "./writing.js";

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
function drawPlaceholder(view) {
	const all = contacts();
	const none = person().role === "client" && all.length > 0 &&
		!all.some(hasHistory);
	const text = none ? t("chat.empty") :
		all.length ? t("messages.choose") : t("messages.nobody");

	view.node.dataset.shows = none ? "none" : "list";
	say(view.place, text, () => el("div", {class: "placeholder"},
		el("p", {class: "big"}, text), none ? composeButton(view) : null));
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

	if (!contact) {
		drawPlaceholder(view);
		return;
	}
	view.node.dataset.shows = "chat";
	view.chat = chat({contact, onCompose: (preset) => compose(view, preset),
		onBack: view.single ? null : view.onBack});
	fill(view.place, view.chat.node);
	delete view.place.dataset.says;
}

function update(view) {
	const single = person().role === "client" && contacts().length === 1;
	const other = single !== view.single;

	view.single = single;
	view.node.classList.toggle("single", single);
	if (single)
		view.selected = contacts()[0].id;
	const contact = byId(view.selected);

	if (contact && view.chat && !other)
		view.chat.update(contact);
	else
		drawChat(view);
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
		stuck.on(() => drawList(view)),
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
