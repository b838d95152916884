// SPDX-License-Identifier: Apache-2.0
// The page "People", for staff: find somebody, or add somebody.

import {call} from "./api.js";
import {dialog} from "./dialog.js";
import {announce, el, fill} from "./dom.js";
import {field, form} from "./form.js";
import {practice} from "./practice.js";
import {explain} from "./refusal.js";
import {person} from "./session.js";
import {nameOf, t} from "./words.js";

const TYPING = 250;
const PAGE = 50;

/** A page of the people who match. */
export function find(wanted, cursor) {
	const query = new URLSearchParams({limit: PAGE});

	if (wanted)
		return call("POST", "/v1/participants/search",
			{q: wanted, limit: PAGE, cursor});
	if (cursor)
		query.set("cursor", cursor);
	return call("GET", `/v1/participants?${query}`);
}

/** What an account's state is called. */
export function accountState({account, active}) {
	return t(active ? `people.account.${account}` : "people.inactive");
}

/** A search field that calls `onsearch(text)` a moment after the last key. */
export function searchField(label, onsearch) {
	let timer = null;

	return el("input", {
		type: "search", class: "search", autocomplete: "off",
		"aria-label": label, placeholder: label,
		oninput(event) {
			clearTimeout(timer);
			timer = setTimeout(onsearch, TYPING, event.target.value.trim());
		},
	});
}

function personRow(one, onOpen) {
	return el("li", null, el("button", {type: "button", class: "card",
		onclick: () => onOpen(one.external_id)},
	el("span", {class: "names"},
		el("strong", {dir: "auto"}, one.name), " ",
		el("span", {class: "credentials"}, el("bdi", null, one.credentials))),
	el("span", {class: "about"},
		el("span", null, t(`role.${one.role}`)),
		el("bdi", null, one.external_id),
		el("span", {class: "tag"}, accountState(one)))));
}

/** The rows of a person's details. */
export async function detailRows(known) {
	const languages = await Promise.all(practice().languages.map(async (tag) =>
		[tag, await nameOf(tag)]));
	const zones = [...new Set([known.time_zone ?? person().time_zone,
		...Intl.supportedValuesOf?.("timeZone") ?? []])];

	return [
		field({name: "name", label: t("people.name"), maxlength: 200,
			required: true, autocomplete: "off", value: known.name}),
		field({name: "credentials", label: t("people.credentials"),
			hint: t("people.credentialshint"), maxlength: 200,
			autocomplete: "off", value: known.credentials}),
		field({name: "language", label: t("language.label"),
			control: "select", options: languages,
			value: known.language ?? practice().practice.language}),
		field({name: "time_zone", label: t("account.zone"), control: "select",
			options: zones.map((zone) => [zone, zone.replaceAll("_", " ")]),
			value: known.time_zone ?? person().time_zone}),
	];
}

/** The row of a person's addresses, one a line. */
export function addressRow(addresses) {
	const row = field({name: "addresses", control: "textarea", rows: 2,
		label: t("people.addresses"), hint: t("people.addresshint"),
		autocomplete: "off", spellcheck: "false"});

	row.control.value = addresses.join("\n");
	return row;
}

/** The addresses of that row. */
export function splitAddresses(text) {
	return text.split(/[\s,;]+/).filter(Boolean);
}

/* Resolves with the external id of the person added, or null. */
async function addPerson() {
	const rows = await detailRows({});

	return dialog({title: t("people.add"), content: (close) => form({
		rows: [
			field({name: "role", label: t("people.role"), control: "select",
				options: [["client", t("role.client")],
					["provider", t("role.provider")]], value: "client"}),
			field({name: "external_id", label: t("people.number"),
				hint: t("people.numberhint"), maxlength: 128, required: true,
				autocomplete: "off"}),
			...rows, addressRow([]),
		],
		submit: t("people.add"), about: "people",
		async onsubmit({external_id: id, addresses, ...details}) {
			const path = `/v1/participants/${encodeURIComponent(id)}`;

			if (await call("GET", path).catch(absent))
				throw Object.assign(new Error("conflict"),
					{slug: "conflict", field: "external_id"});
			await call("PUT", path, {...details,
				addresses: splitAddresses(addresses)});
			close(id);
		},
		more: el("button", {type: "button", class: "quiet",
			onclick: () => close()}, t("cancel")),
	})});
}

function absent(p) {
	if (p.status !== 404)
		throw p;
	return null;
}

/** The page. `onOpen(external id)` shows a person. */
export function people({onOpen}) {
	const list = el("ul", {class: "cards"});
	const more = el("button", {type: "button", hidden: true}, t("people.more"));
	const said = el("p", {class: "quiet"});
	let wanted = "";

	async function show(cursor) {
		const asked = wanted;

		try {
			const {items, next} = await find(asked, cursor);

			if (asked !== wanted)
				return;
			if (!cursor)
				fill(list);
			list.append(...items.map((one) => personRow(one, onOpen)));
			more.hidden = !next;
			more.onclick = () => show(next);
			fill(said, list.children.length ? null : t("caseload.none"));
			if (asked)
				announce(t("caseload.found", {n: list.children.length}));
		} catch (p) {
			fill(said, explain(p, "load"));
		}
	}
	show();
	return {node: el("div", {class: "page"},
		el("h1", {tabindex: -1}, t("people.title")),
		el("div", {class: "bar"},
			searchField(t("caseload.search"), (text) => {
				wanted = text;
				show();
			}),
			el("button", {type: "button", class: "primary",
				async onclick() {
					const id = await addPerson();

					if (id)
						onOpen(id);
				}}, t("people.add"))),
		said, list, more)};
}
