// SPDX-License-Identifier: Apache-2.0
// Forms: labelled fields, what is wrong said where it is wrong.

import {el, fill, newId, pause} from "./dom.js";
import {explain} from "./refusal.js";
import {t} from "./words.js";

/**
 * A labelled input. `control` is "input", "textarea", "select" or an element;
 * the rest are attributes of the control. Gives the row; its control is
 * `row.control`.
 */
export function field({name, label, hint, control = "input", options,
	...attributes}) {
	const ids = {field: newId(), hint: newId(), error: newId()};
	const input = el(control, {
		id: ids.field, name, "aria-describedby": hint ?
			`${ids.hint} ${ids.error}` : ids.error,
		...attributes,
	}, options?.map(([value, text]) => el("option", {value,
		selected: value === attributes.value}, text)));
	const row = el("div", {class: "field"},
		el("label", {for: ids.field}, label),
		hint ? el("p", {class: "hint", id: ids.hint}, hint) : null,
		input,
		el("p", {class: "error", id: ids.error}));

	row.control = input;
	return row;
}

/** A passphrase, with a button to see it. */
export function passphrase({name, label, hint, autocomplete}) {
	const row = field({name, label, hint, type: "password", autocomplete,
		maxlength: 1024, required: true, spellcheck: "false",
		autocapitalize: "none"});
	const show = el("button", {type: "button", class: "small quiet show",
		"aria-pressed": "false", onclick() {
			const seen = row.control.type === "text";

			row.control.type = seen ? "password" : "text";
			show.setAttribute("aria-pressed", String(!seen));
		}}, t("passphrase.show"));

	row.control.after(show);
	return row;
}

/** A six-digit code of an authenticator app. */
export function oneTimeCode(label) {
	return field({name: "code", label, inputmode: "numeric",
		autocomplete: "one-time-code", maxlength: 12, required: true,
		class: "code"});
}

/** A code that somebody has on paper. */
export function paperCode(label, hint) {
	return field({name: "code", label, hint, autocomplete: "off",
		autocapitalize: "none", spellcheck: "false", maxlength: 40,
		required: true, class: "code"});
}

/** "ABCD efgh-2345" as the server writes it: abcd-efgh-2345. */
export function tidyCode(text) {
	const bare = text.toLowerCase().replace(/[^a-z0-9]/g, "");

	return bare.match(/.{1,4}/g)?.join("-") ?? "";
}

function say(row, text) {
	const place = row.querySelector(".error");

	fill(place, text);
	if (text)
		row.control.setAttribute("aria-invalid", "true");
	else
		row.control.removeAttribute("aria-invalid");
}

/* Browsers know what is missing, but not in the language of the page. */
function missing(row) {
	const {validity} = row.control;

	return validity.valueMissing ? t("form.missing") :
		validity.valid ? "" : t("form.invalid");
}

/* What was typed: name to text. A passphrase is taken as it is. */
function values(rows) {
	return Object.fromEntries(rows.map(({control}) => [control.name,
		control.autocomplete.endsWith("password") ? control.value :
			control.value.trim()]));
}

/* Too many tries: nothing more until the time is over. */
async function sitOut(button, seconds) {
	const text = button.textContent;

	button.disabled = true;
	for (let left = seconds; left > 0; left--) {
		fill(button, t("form.wait", {n: left}));
		await pause(1000);
	}
	button.disabled = false;
	fill(button, text);
}

/**
 * A form of `rows` (fields, and other elements between them). `onsubmit`
 * gets the values; what it throws is shown, at the row of its `field` if there
 * is one. `about` picks the words for refusals, `more` follows the button.
 */
export function form({rows, submit, onsubmit, about, more, kind = "primary"}) {
	const fields = rows.filter((row) => row?.control);
	const error = el("p", {class: "error", role: "alert"});
	const button = el("button", {type: "submit", class: kind}, submit);

	async function go() {
		const wrong = fields.filter((row) => (say(row, missing(row)),
			missing(row)));

		fill(error);
		if (wrong.length) {
			wrong[0].control.focus();
			return;
		}
		if (node.getAttribute("aria-busy") === "true")
			return;
		node.setAttribute("aria-busy", "true");
		try {
			await onsubmit(values(fields));
		} catch (p) {
			if (!p.slug)
				throw p;
			refuse(p);
		} finally {
			node.setAttribute("aria-busy", "false");
		}
	}
	function refuse(p) {
		const at = fields.find(({control}) => p.slug === "weak-passphrase" ?
			control.autocomplete === "new-password" :
			control.name === p.field);

		if (at) {
			say(at, explain(p, about));
			at.control.focus();
		} else {
			fill(error, explain(p, about));
			(fields.find((row) => row.control.type === "password") ??
				fields[0])?.control.focus();
		}
		if (p.status === 429)
			sitOut(button, p.wait || 10);
	}
	const node = el("form", {novalidate: true, onsubmit(event) {
		event.preventDefault();
		go();
	}}, rows, error, el("div", {class: "buttons"}, button, more));

	return node;
}
