// SPDX-License-Identifier: Apache-2.0
// A file in a bubble: a picture, a link, or why it is neither.

import {el} from "./dom.js";
import {isPicture, kind, size} from "./files.js";
import {rich} from "./words.js";

const WIDEST = 320;
const HIGHEST = 320;
const LATER = 2000;
const THERE = ["unchecked", "clean"];

function about(file) {
	return [kind(file), size(file.size)].filter(Boolean).join(", ");
}

function words(file) {
	return el("span", {class: "what"},
		el("bdi", {class: "name"}, file.name), " ",
		el("bdi", {class: "kind"}, about(file)));
}

function icon() {
	return el("span", {class: "icon sheet", "aria-hidden": "true"});
}

function place({id}) {
	return `/v1/attachments/${encodeURIComponent(id)}`;
}

function link(file, ...content) {
	return el("a", {class: "file", download: file.name, href: place(file)},
		content);
}

/*
 * Its place is kept until it is loaded. What cannot be shown, not a little
 * later either, is a link.
 */
function picture(file) {
	const {name, width, height} = file;
	const scale = Math.min(1, WIDEST / width, HIGHEST / height);
	const address = place(file);
	let failed = false;
	const image = el("img", {
		src: address, alt: name, loading: "lazy",
		width: Math.max(1, Math.round(width * scale)),
		height: Math.max(1, Math.round(height * scale)),
		onerror() {
			if (failed)
				node.replaceWith(link(file, icon(), words(file)));
			else
				setTimeout(() => image.setAttribute("src", address), LATER);
			failed = true;
		},
	});
	const node = link(file, image, el("span", {class: "what"},
		el("bdi", {class: "name", "aria-hidden": "true"}, name), " ",
		el("bdi", {class: "kind"}, about(file))));

	node.classList.add("preview");
	return node;
}

function item(file) {
	const {state, width, height} = file;

	if (state === "pending" || state === "infected")
		return el("span", {class: `file ${state}`}, icon(),
			el("span", {class: "what"}, rich(`file.${state}`,
				{name: el("bdi", {class: "name"}, file.name)})));
	if (!THERE.includes(state))
		return el("span", {class: "file"}, icon(), words(file));
	return isPicture(file) && width && height ? picture(file) :
		link(file, icon(), words(file));
}

/**
 * The files of a message: those of an entry, or of one that is not delivered.
 */
export function attachments(files) {
	return el("ul", {class: "attachments"},
		files.map((file) => el("li", null, item(file))));
}
