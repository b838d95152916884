// SPDX-License-Identifier: Apache-2.0
// Dialogs: modal, named by their heading, the focus returned when they close.

import {el, fill, newId} from "./dom.js";
import {t} from "./words.js";

/**
 * Show a dialog. `content(close)` gives its children; close(value) ends it.
 * Resolves with that value, or null if it was dismissed. One that is `firm`
 * cannot be dismissed; `kind` is a class.
 */
export function dialog({title, content, kind, firm, alert}) {
	const id = newId();
	const node = el("dialog", {
		class: kind, "aria-labelledby": id,
		role: alert ? "alertdialog" : null, closedby: firm ? "none" : null,
	});
	let result = null;
	let finished = false;

	function close(value) {
		result = value ?? null;
		finished = true;
		node.close();
	}
	fill(node,
		el("h2", {id, tabindex: -1}, title),
		content(close));
	document.body.append(node);
	return new Promise((done) => {
		node.addEventListener("cancel", (event) =>
			firm && event.preventDefault());
		node.addEventListener("close", () => {
			if (firm && !finished) {
				node.showModal();
				return;
			}
			node.remove();
			done(result);
		});
		node.showModal();
	});
}

/** A row of buttons: Cancel, and the one that goes on. */
export function choices(close, ...buttons) {
	return el("div", {class: "buttons"},
		el("button", {type: "button", class: "quiet", onclick: () => close()},
			t("cancel")),
		buttons);
}

/** Ask before something that cannot be undone. Whether the answer was yes. */
export async function confirm({title, text, yes}) {
	return await dialog({title, alert: true, content: (close) => [
		[text].flat().map((line) => el("p", null, line)),
		choices(close, el("button", {type: "button", class: "danger",
			onclick: () => close(true)}, yes)),
	]}) === true;
}
