// SPDX-License-Identifier: Apache-2.0
// Recovery codes, shown once.

import {el, fill} from "./dom.js";
import {t} from "./words.js";

/** The codes and what to do with them; `done` is called once they are kept. */
export function recoveryCodes(codes, done) {
	const error = el("p", {class: "error", role: "alert"});
	const kept = el("input", {type: "checkbox", name: "kept"});

	return el("form", {onsubmit(event) {
		event.preventDefault();
		if (kept.checked) {
			done();
		} else {
			fill(error, t("codes.tick"));
			kept.focus();
		}
	}},
	el("p", null, t("codes.what")),
	el("p", null, el("strong", null, t("codes.once"))),
	el("ol", {class: "codes"}, codes.map((code) =>
		el("li", null, el("code", null, code)))),
	el("button", {type: "button", onclick: () => print()}, t("codes.print")),
	el("label", {class: "check"}, kept, t("codes.kept")),
	error,
	el("div", {class: "buttons"},
		el("button", {type: "submit", class: "primary"}, t("codes.done"))));
}
