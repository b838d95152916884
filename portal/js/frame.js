// SPDX-License-Identifier: Apache-2.0
// The frame around the pages of somebody who is signed in: the menu, where
// one is, and what is said about the connection.

import {reach} from "./addresses.js";
import {changed, unread} from "./contacts.js";
import {announce, el, fill, say} from "./dom.js";
import {line} from "./live.js";
import {crisisLine, menu, practice} from "./practice.js";
import {person} from "./session.js";
import {t} from "./words.js";

const now = {page: null, shown: null, pages: null, told: 0, telling: null};

function titleText() {
	const count = unread();

	return (count ? `(${count}) ` : "") +
		[now.pages[now.page].title(), practice().practice.name]
			.filter(Boolean).join(" - ");
}

function drawUnread() {
	document.title = titleText();
	for (const place of document.querySelectorAll(".unread-mark"))
		say(place, String(unread() > 0), () => unread() ?
			[" ", el("span", {class: "mark"}, t("menu.unread"))] : []);
}

/* Said a moment later, if nobody has read it on the screen by then. */
function tellUnread() {
	clearTimeout(now.telling);
	now.telling = setTimeout(() => {
		if (unread() > now.told)
			announce(t("menu.announce", {n: unread()}));
		now.told = unread();
	}, 2500);
}

function entry(page) {
	const {path, title, marked} = now.pages[page];

	return el("li", null, el("a", {href: path, "data-page": page,
		onclick(event) {
			if (event.ctrlKey || event.metaKey || event.shiftKey)
				return;
			event.preventDefault();
			openMenu(false);
			go(page);
		}}, title(), marked ? el("span", {class: "unread-mark"}) : null));
}

function openMenu(open) {
	const button = document.querySelector(".menu-button");

	button.setAttribute("aria-expanded", String(open));
	document.querySelector(".side").classList.toggle("open", open);
}

function side(onSignOut) {
	const {role, name} = person();
	const own = ownPages().filter((page) => page !== "account");

	return el("div", {class: "side", id: "side", onkeydown(key) {
		if (key.key === "Escape") {
			openMenu(false);
			document.querySelector(".menu-button").focus();
		}
	}},
	el("nav", {"aria-label": t("menu.label")}, el("ul", null,
		menu(role).map(({label, url}) =>
			el("li", null, el("a", {href: url}, label))),
		own.map(entry))),
	el("section", {class: "me", "aria-label": t("menu.you")},
		el("p", null, t("menu.signedin"), " ",
			el("strong", null, el("bdi", null, name))),
		el("ul", null, entry("account"),
			el("li", null, el("button", {type: "button", class: "link",
				onclick: onSignOut}, t("menu.signout"))))));
}

function connection() {
	const place = el("div", {class: "connection", role: "status"});

	line.on((up) => {
		fill(place, up ? null : [el("p", null, t("live.lost")), crisisLine()]);
		if (up)
			announce(t("live.back"));
	});
	return place;
}

/** Go to a page, and remember it in the browser's history. */
export function go(page, state = {}) {
	history.pushState({page, ...state}, "", now.pages[page].path);
	show(page, state);
}

/* One page follows the other, or the same one shows something else. */
function show(page, state, quiet) {
	if (page === now.page && now.shown.change) {
		now.shown.change(state);
		return;
	}
	announce("");
	now.shown?.leave?.();
	now.page = page;
	now.shown = now.pages[page].open(state);
	const place = document.getElementById("main");

	fill(place, now.shown.node);
	place.className = `${page}-page`;
	document.querySelector(".reach")?.toggleAttribute("hidden",
		page === "account");
	drawUnread();
	for (const link of document.querySelectorAll("[data-page]")) {
		if (link.dataset.page === page)
			link.setAttribute("aria-current", "page");
		else
			link.removeAttribute("aria-current");
	}
	if (quiet)
		return;
	place.querySelector("h1")?.focus({preventScroll: true});
}

/* The pages that are for this role. */
function ownPages() {
	return Object.keys(now.pages).filter((page) =>
		now.pages[page].roles.includes(person().role));
}

/* The page that history or address speak of, or the first. */
function where(state) {
	const own = ownPages();

	return own.find((page) => page === state?.page) ??
		own.find((page) => now.pages[page].path === location.pathname) ??
		own[0];
}

/**
 * Draw the frame. `pages`: name to {path, title(), roles, marked, open(state)},
 * open giving {node, change?(state), leave?()}. The first page for a role is
 * where it begins, or `first`, with `state`; `quiet` leaves the focus alone.
 */
export function frame({pages, first, state, onSignOut, quiet}) {
	now.pages = pages;
	fill(document.getElementById("app"),
		el("a", {class: "skip", href: "#main", onclick(event) {
			event.preventDefault();
			document.getElementById("main").focus();
		}}, t("skip")),
		el("div", {class: "frame"},
			el("header", {class: "top"},
				el("button", {type: "button", class: "menu-button quiet",
					"aria-expanded": "false", "aria-controls": "side",
					onclick: (event) => openMenu(event.currentTarget
						.getAttribute("aria-expanded") === "false")},
				el("span", {"aria-hidden": "true"}, "☰"), " ",
				t("menu.button"), el("span", {class: "unread-mark"})),
				el("p", {class: "practice"}, practice().practice.name)),
			side(onSignOut),
			el("div", {class: "stage", onpointerdown: () => openMenu(false)},
				connection(),
				ownPages().includes("messages") ?
					reach(() => go("account", {at: "addresses"})) : null,
				el("main", {id: "main", tabindex: -1}))),
		el("div", {id: "status", role: "status"}));
	now.told = unread();
	changed.on(drawUnread);
	changed.on(tellUnread);
	addEventListener("popstate", (event) =>
		show(where(event.state), event.state ?? {}));
	const was = history.state ?? {};
	const page = first ?? where(was);

	history.replaceState({...was, page, ...state}, "", pages[page].path);
	show(page, {...was, ...state}, quiet);
}
