// SPDX-License-Identifier: Apache-2.0
// Choosing files for a message, and the list of those that were chosen.

import {el, fill, newId, say, sync} from "./dom.js";
import {allowed, choosable, kind, limits, most, size, typeOf, whyNot} from
	"./files.js";
import {explain} from "./refusal.js";
import {again, mayRetry} from "./upload.js";
import {rich, t} from "./words.js";
import * as writing from "./writing.js";

const NAMED = 5; /* of those that are refused for one reason */
const ON_WAY = ["queued", "sending", "checking", "waiting"];

/* ---- dropped and pasted ------------------------------------------------ */

function hasFiles({dataTransfer}) {
	return dataTransfer?.types.includes("Files");
}

/* A text that was copied from a document brings a picture of itself along. */
function isText({types}) {
	return types.includes("text/plain") &&
		(types.includes("text/html") || types.includes("text/rtf"));
}

/* Pictures without a file are all called the same. */
function named(file) {
	return file.name && file.name !== "image.png" ? file :
		new File([file], `${t("files.picture")}.png`, {type: file.type});
}

/**
 * Whatever is dropped on a node or pasted into it goes to `take`, while
 * `open()`. Gives a function that ends it.
 */
export function takeFiles(node, open, take) {
	const zone = el("div", {class: "drop", hidden: true},
		el("p", {class: "big"}, t("files.drop")),
		el("p", null, allowed() ? limits() : null));

	/* A file that misses would open in the place of this page. */
	function drag(event) {
		const inside = node.contains(event.target) && open();

		if (!hasFiles(event))
			return;
		event.preventDefault();
		event.dataTransfer.dropEffect = inside ? "copy" : "none";
		zone.hidden = !inside || event.type === "drop";
		if (inside && event.type === "drop")
			take([...event.dataTransfer.files]);
	}
	function leave(event) {
		if (!event.relatedTarget)
			zone.hidden = true;
	}

	if (!allowed())
		return () => {};
	node.append(zone);
	node.addEventListener("paste", (event) => {
		const {files} = event.clipboardData;

		if (!files.length || isText(event.clipboardData) || !open())
			return;
		event.preventDefault();
		take([...files].map(named));
	});
	addEventListener("dragover", drag);
	addEventListener("drop", drag);
	addEventListener("dragleave", leave);
	return () => {
		removeEventListener("dragover", drag);
		removeEventListener("drop", drag);
		removeEventListener("dragleave", leave);
	};
}

/* ---- refusals --------------------------------------------------------- */

/* A name that is not in the list yet: "picture 2.png". */
function unique(name, taken) {
	let other = name;

	for (let n = 2; taken.includes(other); n++)
		other = name.replace(/(\.[^.]*)?$/, (end) => ` ${n}${end}`);
	return other;
}

/* {good, bad}: what is taken, and a Map of why to names for the rest. */
function sift(files, desk) {
	const good = [];
	const bad = new Map();

	for (const blob of files) {
		const full = desk.files.length + good.length >= most();
		const why = whyNot(blob) ??
			(full ? t("files.many", {n: most()}) : null);

		if (why)
			bad.set(why, [...bad.get(why) ?? [], blob.name]);
		else
			good.push({blob, type: typeOf(blob.name), name: unique(blob.name,
				[...desk.files, ...good].map(({name}) => name))});
	}
	return {good, bad};
}

function refusal([why, names]) {
	const more = names.length - NAMED;

	return el("p", {class: "error"}, names.slice(0, NAMED).map((name, i) =>
		[i ? ", " : "", el("bdi", null, name)]),
	more > 0 ? ` ${t("files.more", {n: more})}` : "", ": ", why);
}

/* ---- the list --------------------------------------------------------- */

function stateOf(file) {
	const {state, sent, size: all, problem} = file;

	if (state === "sending")
		return t("files.sending", {n: Math.floor(100 * sent / all)});
	if (state === "failed")
		return explain(problem, "file");
	return state === "waiting" ?
		t("send.waiting", {why: explain(problem, "file")}) :
		t(`files.${state}`);
}

/* For one file, whose name it bears for whoever hears it alone. */
function button(name, onclick) {
	return el("button", {type: "button", class: "small", onclick},
		el("span", null), el("span", {class: "hidden"}, ` ${name}`));
}

function caption(node, text) {
	say(node.firstElementChild, text, () => text);
}

function row(view, file) {
	const {name} = file;

	return {
		key: file.key,
		make: () => el("li", {class: "chosen"},
			el("p", {class: "what"}, el("bdi", {class: "name"}, name), " ",
				el("bdi", {class: "kind"},
					`${kind(file)}, ${size(file.size)}`)),
			el("progress", {max: file.size,
				"aria-label": t("files.progress", {name})}),
			el("p", {class: "state"}),
			button(name, ({currentTarget}) => {
				again(file);
				currentTarget.nextElementSibling.focus();
			}),
			button(name, () => remove(view, file))),
		update(node) {
			const [, bar, state, retry, off] = node.children;
			const failed = file.state === "failed";
			const away = ON_WAY.includes(file.state);

			bar.value = file.sent;
			bar.hidden = !away;
			state.classList.toggle("failed", failed);
			say(state, stateOf(file), () => stateOf(file));
			retry.hidden = !mayRetry(file);
			caption(retry, t("send.again"));
			caption(off, t(away ? "cancel" : "files.remove"));
		},
	};
}

/* The focus goes to what stands in its place then. */
function remove(view, file) {
	const at = view.desk.files.indexOf(file);

	writing.detach(view.desk, file);
	fill(view.refused);
	fill(view.heard, t("files.removed", {name: file.name}));
	const {children} = view.list;

	(children[Math.min(at, children.length - 1)]?.lastElementChild ??
		view.button).focus();
}

/* Heard is how it ends, not how far it is. */
function tell(view, file) {
	if (view.told.get(file) === file.state)
		return;
	view.told.set(file, file.state);
	if (["ready", "failed"].includes(file.state))
		fill(view.heard, t("files.told",
			{name: file.name, state: stateOf(file)}));
}

function draw(view) {
	const {files} = view.desk;

	sync(view.list, files.map((file) => row(view, file)));
	view.node.hidden = !files.length && !view.refused.hasChildNodes();
	view.list.hidden = view.lost.hidden = !files.length;
	files.forEach((file) => tell(view, file));
}

/**
 * What a composer needs to attach files at a desk: {button, limits, node (the
 * list), add(files), draw(), inTheWay()}, or null where none may be sent.
 * inTheWay() says whether a file keeps the message from being sent, and why.
 */
export function attaching(desk) {
	if (!allowed())
		return null;
	const id = newId();
	const input = el("input", {type: "file", hidden: true, multiple: true,
		accept: choosable(), onchange() {
			const files = [...input.files];

			input.value = "";
			add(files);
		}});
	const view = {
		desk, told: new WeakMap(),
		list: el("ul", {"aria-label": t("files.list")}),
		refused: el("div", {role: "alert"}),
		lost: el("p", {class: "hint"}, t("files.lost")),
		heard: el("p", {class: "hidden", role: "status"}),
		button: el("button", {type: "button", class: "attach",
			"aria-describedby": id, onclick: () => input.click()},
		el("span", {class: "icon clip", "aria-hidden": "true"}),
		el("span", {class: "words"}, t("files.button"))),
	};

	view.node = el("div", {class: "files"}, view.refused, view.list, view.lost);

	function add(files) {
		const {good, bad} = sift(files, desk);

		fill(view.refused, [...bad].map(refusal));
		if (good.length)
			fill(view.heard, t("files.chosen", {n: good.length}));
		writing.attach(desk, good);
	}
	function inTheWay() {
		const at = desk.files.findIndex(({state}) => state === "failed");
		const over = desk.files.length > most();

		if (at < 0 && !over) {
			fill(view.refused);
			return false;
		}
		fill(view.refused, el("p", {class: "error"}, over ?
			t("files.many", {n: most()}) :
			rich("files.stuck", {name: desk.files[at].name})));
		draw(view);
		view.list.children[Math.max(at, 0)].lastElementChild.focus();
		return true;
	}
	return {
		button: [input, view.button], node: [view.node, view.heard],
		limits: el("p", {class: "hint may", id}, limits()),
		add, inTheWay, draw: () => draw(view),
	};
}
