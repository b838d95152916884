// SPDX-License-Identifier: Apache-2.0
// The text field under the chat window.

import {attaching} from "./attach.js";
import {el, fill, newId} from "./dom.js";
import {emergency, practice, withNumbers} from "./practice.js";
import {person} from "./session.js";
import {rich, t} from "./words.js";
import * as writing from "./writing.js";

const NEAR = 0.9; /* of the limit, from where on it is shown */

function bytes(text) {
	return new TextEncoder().encode(text).length;
}

/* How much is left, when that begins to matter. */
function room(text) {
	const most = practice().limits.message_bytes;
	const left = most - bytes(text);

	if (left < 0)
		return t("composer.over", {n: -left});
	return left < most * (1 - NEAR) ? t("composer.left", {n: left}) : "";
}

function draftState(desk) {
	return {
		saved: t("composer.saved"),
		failed: t("composer.unsaved"),
		refused: t("composer.unsaved"),
	}[desk.draft] ?? "";
}

/**
 * The form in which one writes to a contact: {node, update(contact),
 * attach(files), focus(), leave()}.
 */
export function composer(desk, contact) {
	const ids = {limit: newId(), hint: newId()};
	const limit = el("p", {class: "limit", id: ids.limit, role: "status"});
	const state = el("span", {class: "draft-state"});
	const files = attaching(desk);
	const text = el("textarea", {
		rows: 3, dir: "auto", autocomplete: "off",
		placeholder: t("composer.placeholder"),
		"aria-describedby": `${ids.hint} ${ids.limit}`,
		oninput: () => writing.type(desk, text.value),
		onkeydown(key) {
			if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) {
				key.preventDefault();
				submit();
			}
		},
	});
	const node = el("form", {class: "composer", onsubmit(event) {
		event.preventDefault();
		submit();
	}},
	limit, files?.node, text,
	el("div", {class: "row"},
		el("div", {class: "hints"},
			el("p", {class: "hint", id: ids.hint},
				person().role === "client" ?
					el("span", null, rich("composer.emergency", {words:
						el("span", null, withNumbers(emergency()))})) : null,
				el("span", {class: "keys"}, t("composer.keys")), " ", state),
			files?.limits),
		files?.button,
		el("button", {type: "submit", class: "primary"}, t("send.button"))));

	function submit() {
		if (files?.inTheWay())
			return;
		if (bytes(text.value) <= practice().limits.message_bytes)
			writing.send(desk);
		text.focus();
	}
	function draw() {
		if (text.value !== desk.text)
			text.value = desk.text;
		fill(limit, room(desk.text));
		limit.classList.toggle("over",
			bytes(desk.text) > practice().limits.message_bytes);
		fill(state, draftState(desk));
		files?.draw();
	}
	function update({name}) {
		text.setAttribute("aria-label", t("composer.label", {name}));
	}
	const stop = writing.written.on((d) => d === desk && draw());

	update(contact);
	draw();
	return {node, update, leave: stop, focus: () => text.focus(),
		attach: (chosen) => files?.add(chosen)};
}
