// SPDX-License-Identifier: Apache-2.0
// A person's picture, or their initials.

import {el, fill} from "./dom.js";

/* The first letters of the first and the last part of a name, without what is
   shortened, like Dr. and Jr. */
function initials(name) {
	const all = name.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}’'-]*\.?/gu) ?? ["?"];
	const whole = all.filter((part) => !/..\.$/u.test(part));
	const parts = whole.length ? whole : all;
	const picked = parts.length > 1 ? [parts[0], parts.at(-1)] : [parts[0]];

	return picked.map((part) => Array.from(part)[0].toLocaleUpperCase())
		.join("");
}

/** A round picture of a contact. It says nothing that the name does not. */
export function face({name, picture}) {
	const place = el("span", {class: "face", "aria-hidden": "true"});
	const letters = () => fill(place, initials(name));

	if (!picture?.startsWith("/") || picture.startsWith("//"))
		return letters();
	return fill(place, el("img", {src: picture, alt: "", width: 44, height: 44,
		loading: "lazy", onerror: letters}));
}
