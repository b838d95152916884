// SPDX-License-Identifier: Apache-2.0
// Dialogs: modal, named by their heading, the focus returned when they close.

import {el, fill, newId} from "./dom.js";
import {t} from "./words.js";

/**
 * Show a dialog: `title`, `text` (one or several paragraphs), and what
 * `content(close)` gives; close(value) ends it. Resolves with that value, or
 * null if it was dismissed. One that is `firm` cannot be dismissed; one that
 * is to be `read` before anything is done begins at its heading; `kind` is a
 * class.
 */
export function dialog({title, text, content, kind, firm, alert, read}) {
	const ids = {title: newId(), text: newId()};
	const node = el("dialog", {
		class: kind, "aria-labelledby": ids.title,
		"aria-describedby": text ? ids.text : null,
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
		el("h2", {id: ids.title, tabindex: read ? -1 : null}, title),
		text ? el("div", {id: ids.text},
			[text].flat().map((line) => el("p", null, line))) : null,
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
	return await dialog({title, text, alert: true, content: (close) =>
		choices(close, el("button", {type: "button", class: "danger",
			onclick: () => close(true)}, yes))}) === true;
}
