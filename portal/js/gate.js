// SPDX-License-Identifier: Apache-2.0
// What is seen while nobody is signed in: one thing to do, and where to turn
// to if that does not work.

import {el, fill} from "./dom.js";
import {crisis, practice} from "./practice.js";
import {language, nameOf, t} from "./words.js";

/* Choose a language: a select that calls `onchange(tag)`. */
function languagePicker(onchange) {
	const tags = practice().languages;

	if (tags.length < 2)
		return null;
	const options = tags.map((tag) => el("option",
		{value: tag, selected: tag === language(), lang: tag}, tag));

	for (const option of options)
		nameOf(option.value).then((name) => fill(option, name));
	return el("select", {class: "language", "aria-label": t("language.label"),
		onchange: (event) => onchange(event.target.value)}, options);
}

/** Draw the frame; gives the place for its content. */
export function gate(onLanguage) {
	const place = el("main", {id: "main", class: "card-page", tabindex: -1});

	fill(document.getElementById("app"), el("div", {class: "gate"},
		el("header", null,
			el("p", {class: "practice"}, practice().practice.name),
			languagePicker(onLanguage)),
		place,
		el("footer", null, crisis()),
		el("div", {id: "status", role: "status"})));
	return place;
}

/** From here on a change of language would lose what has been done. */
export function keepLanguage() {
	document.querySelector(".gate .language")?.remove();
}

/** Show a step at that place, a page's or a dialog's; focus its heading. */
export function step(place, title, ...content) {
	const page = place.tagName === "MAIN";
	const heading = el(page ? "h1" : "h3", {tabindex: -1}, title);

	fill(place, heading, content);
	if (page)
		document.title = [title, practice().practice.name]
			.filter(Boolean).join(" - ");
	(place.querySelector("[autofocus]") ?? heading).focus();
}
