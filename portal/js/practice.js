// SPDX-License-Identifier: Apache-2.0
// The practice's own words and limits, and what they look like on a page.

import {el} from "./dom.js";
import {language, rich, t} from "./words.js";

/* What holds until the practice's settings are known. */
const settings = {
	practice: {name: "", phone: "", emergency: "", language: "en"},
	emergency: {},
	languages: ["en", "es"],
	menu: [],
	appointments: null,
	response_days: {from: 1, to: 3},
	limits: {message_bytes: 32768},
	sign_in: {passphrase_min: 15, passphrase_min_with_factor: 8},
};

/**
 * Fetch the settings, or what the web server keeps of them for the time that
 * nobody answers. Whether the practice's server answered.
 */
export async function load() {
	for (const path of ["/v1/settings", "/practice.json"]) {
		const answer = await fetch(path, {cache: "no-store"}).catch(() => null);
		const said = answer?.ok ? await answer.json().catch(() => null) : null;

		if (said?.practice) {
			Object.assign(settings, said);
			return path === "/v1/settings";
		}
	}
	return false;
}

export function practice() {
	return settings;
}

const NUMBER = /\+?(?:\(\d{2,5}\) ?)?\d{2,}(?:[ .\u2011-]\(?\d{2,}\)?)*/g;

/** A text whose telephone numbers are links: a list of children for el(). */
export function withNumbers(text) {
	const out = [];
	let from = 0;

	for (const found of text.matchAll(NUMBER)) {
		const number = found[0];
		const digits = number.replace(/[^\d+]/g, "");

		if (digits.length < 3)
			continue;
		out.push(text.slice(from, found.index),
			el("a", {href: `tel:${digits}`}, el("bdi", null, number)));
		from = found.index + number.length;
	}
	out.push(text.slice(from));
	return out;
}

/** The practice's emergency words in the language of the page. */
export function emergency() {
	return settings.emergency[language()] ||
		(settings.practice.language === language() &&
			settings.practice.emergency) ||
		t("emergency.default");
}

function phone() {
	return settings.practice.phone;
}

/** The crisis line and the practice's phone. */
export function crisis() {
	return el("aside", {class: "crisis", "aria-label": t("crisis.label")},
		el("p", null, el("strong", null, t("crisis.not"))),
		el("p", null, rich("crisis.danger",
			{words: el("span", null, withNumbers(emergency()))})),
		phone() ? el("p", null, rich("crisis.phone",
			{phone: el("span", null, withNumbers(phone()))})) : null);
}

/** The same in a line, for a page that has other things to show. */
export function crisisLine() {
	return el("p", null,
		rich("crisis.short", {words: el("span", null,
			withNumbers(emergency()))}), " ",
		phone() ? rich("crisis.shortphone",
			{phone: el("span", null, withNumbers(phone()))}) : null);
}

/** "1-3 days" */
export function days({from, to}) {
	return from === to ? t("days.one", {n: to}) :
		from === 0 ? t("days.within", {n: to}) :
			t("days.range", {from, to, n: to});
}

/** What a client should know before the first word to a provider. */
export function expectations(contact) {
	const when = contact.response_days ?? settings.response_days;

	return el("ul", {class: "expectations"},
		el("li", null, rich("expect.time",
			{name: contact.name, days: el("strong", null, days(when))})),
		el("li", null, rich("expect.emergency",
			{words: el("span", null, withNumbers(emergency()))})),
		el("li", null, settings.appointments ? rich("expect.appointments", {
			link: el("a", {href: webAddress(settings.appointments)},
				t("expect.link"))}) :
			t("expect.noappointments")));
}

/** An address from the configuration, if it is one that a page may open. */
function webAddress(url) {
	return /^(https?:\/\/|\/(?!\/))/i.test(url) ? url : null;
}

/** The entries of the menu for this role in this language. */
export function menu(role) {
	return settings.menu.filter((entry) => entry.roles.includes(role) &&
		(!entry.language || entry.language === language()) &&
		webAddress(entry.url));
}
