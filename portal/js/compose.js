// SPDX-License-Identifier: Apache-2.0
// "Compose message": whom to write to, and what to know before the first word.

import {choices, dialog} from "./dialog.js";
import {el, fill, newId} from "./dom.js";
import {face} from "./face.js";
import {expectations} from "./practice.js";
import {whyClosed} from "./refusal.js";
import {t} from "./words.js";

function option(contact, chosen, onchange) {
	const reason = newId();
	const open = contact.may_write;

	return el("label", {class: `option${open ? "" : " closed"}`},
		el("input", {type: "radio", name: "contact", value: contact.id,
			checked: chosen, disabled: !open, onchange,
			"aria-describedby": open ? null : reason}),
		face(contact),
		el("span", {class: "names"},
			el("strong", {dir: "auto"}, contact.name), " ",
			el("span", null, el("bdi", null, contact.credentials)),
			contact.current ? null :
				[" ", el("span", {class: "tag"}, t("card.past"))],
			open ? null : el("span", {class: "why", id: reason},
				whyClosed(contact))));
}

/** Ask whom to write to. Resolves with a contact, or null. */
export function selectProvider(contacts, preset) {
	const open = contacts.filter((contact) => contact.may_write);
	let chosen = open.includes(preset) ? preset :
		open.length === 1 ? open[0] : null;

	return dialog({
		title: t("compose.title"), kind: "compose",
		content(close) {
			const about = el("div", {"aria-live": "polite"});
			const error = el("p", {class: "error", role: "alert"});
			const choose = (contact) => {
				chosen = contact;
				fill(error);
				fill(about, expectations(contact));
			};

			if (chosen)
				choose(chosen);
			return el("form", {onsubmit(event) {
				event.preventDefault();
				if (chosen)
					close(chosen);
				else
					fill(error, t("compose.choose"));
			}},
			el("fieldset", null, el("legend", null, t("compose.select")),
				contacts.map((contact) => option(contact, contact === chosen,
					() => choose(contact)))),
			about, error,
			choices(close, el("button", {type: "submit", class: "primary"},
				t("compose.next"))));
		},
	});
}
