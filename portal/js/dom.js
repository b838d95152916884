// SPDX-License-Identifier: Apache-2.0
// The one place where elements are made. Text is always text.

function content(children) {
	return children.flat(Infinity).filter((child) =>
		child !== null && child !== undefined && child !== false);
}

/**
 * Make an element. Of `props`, `on...` are listeners and the rest attributes;
 * null, undefined and false are left out, true is an empty attribute.
 * Children are nodes, texts, and arrays of them.
 */
export function el(tag, props, ...children) {
	const node = document.createElement(tag);

	for (const [name, value] of Object.entries(props ?? {})) {
		if (value === null || value === undefined || value === false)
			continue;
		if (name.startsWith("on"))
			node.addEventListener(name.slice(2), value);
		else
			node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...content(children));
	return node;
}

/** Put other children into a node. */
export function fill(node, ...children) {
	node.replaceChildren(...content(children));
	return node;
}

/**
 * Fill a node with what `make` gives, unless it says `key` already: what has
 * not changed keeps its focus and is not read out again.
 */
export function say(node, key, make) {
	if (node.dataset.says === key)
		return;
	node.dataset.says = key;
	fill(node, make());
}

/**
 * Make the children of `parent` those of `rows`, in their order. A row is
 * {key, make(), update?(node)}. What is there already is kept: a screen reader
 * does not hear it again, and the focus stays.
 */
export function sync(parent, rows) {
	const there = new Map();
	const keys = new Set(rows.map((row) => row.key));
	const focus = document.activeElement;

	for (const node of [...parent.children]) {
		if (keys.has(node.dataset.key))
			there.set(node.dataset.key, node);
		else
			node.remove();
	}
	let at = parent.firstElementChild;
	for (const row of rows) {
		let node = there.get(row.key);

		if (!node) {
			node = row.make();
			node.dataset.key = row.key;
		}
		row.update?.(node);
		if (node === at)
			at = at.nextElementSibling;
		else
			parent.insertBefore(node, at);
	}
	if (focus !== document.activeElement && focus.isConnected)
		focus.focus({preventScroll: true});
}

function controls(place) {
	return [...place.querySelectorAll(
		"a, button, input, select, textarea, [tabindex]")];
}

function called(node) {
	return `${node.tagName} ${node.name || node.textContent}`;
}

/**
 * Put other children into a place that may have the focus. It stays on what is
 * called the same, or else on what stands where it was, or on the heading.
 */
export function refill(place, ...children) {
	const before = controls(place);
	const at = before.indexOf(document.activeElement);

	fill(place, ...children);
	if (at < 0)
		return;
	const same = (node) => called(node) === called(before[at]);
	const after = controls(place);

	(after.filter(same)[before.slice(0, at).filter(same).length] ??
		after[at] ?? place.querySelector("h1"))
		?.focus({preventScroll: true});
}

/** A list of listeners: `on` adds one and returns how to remove it. */
export function bell() {
	const listeners = new Set();

	return {
		on(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		ring(...what) {
			for (const listener of [...listeners])
				listener(...what);
		},
	};
}

let ids = 0;

/** An id for what another element points at. */
export function newId() {
	return `e${++ids}`;
}

/** Say something to a screen reader, politely. */
export function announce(text) {
	const region = document.getElementById("status");

	region?.classList.remove("seen");
	if (region)
		fill(region, el("p", null, text));
}

let shown = null;

/** Say it to everybody, for a while. */
export function tell(text) {
	const region = document.getElementById("status");

	announce(text);
	region?.classList.add("seen");
	clearTimeout(shown);
	shown = setTimeout(() => region?.classList.remove("seen"), 8000);
}

export function pause(ms) {
	return new Promise((done) => setTimeout(done, ms));
}
