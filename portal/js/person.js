// SPDX-License-Identifier: Apache-2.0
// One person, for staff: details, addresses, account, and who works with whom.

import {standing, troubled} from "./addresses.js";
import {call} from "./api.js";
import {choices, confirm, dialog} from "./dialog.js";
import {el, fill, newId, refill, tell} from "./dom.js";
import {face} from "./face.js";
import {form} from "./form.js";
import {accountState, addressRow, detailRows, find, searchField,
	splitAddresses} from "./people.js";
import {shrink} from "./picture.js";
import {explain} from "./refusal.js";
import {date, full} from "./time.js";
import {rich, t} from "./words.js";

function section(title, ...content) {
	return el("section", null, el("h2", null, title), content);
}

function path(kind, ...ids) {
	return `/v1/${kind}/${ids.map(encodeURIComponent).join("/")}`;
}

/* Do it, show the person as they are now, say what was done. */
async function act(view, work, said) {
	try {
		await work();
		await reload(view);
		tell(said);
	} catch (p) {
		if (!p.slug)
			throw p;
		tell(explain(p, "people"));
	}
}

/* ---- details --------------------------------------------------------- */

async function details(view) {
	const {one} = view;

	if (one.role === "staff")
		return null;
	return section(t("person.details"), form({
		rows: await detailRows(one),
		submit: t("save"), about: "people",
		async onsubmit(values) {
			await call("PUT", path("participants", one.external_id),
				{role: one.role, ...values});
			await reload(view);
			tell(t("saved"));
		},
	}));
}

function addresses(view) {
	const {one} = view;
	const works = ({id}) => act(view, () => call("POST",
		`${path("participants", one.external_id)}/addresses/${id}/restart`,
		{}), t("saved"));

	if (one.role === "staff")
		return null;
	return section(t("people.addresses"),
		el("p", null, t("person.addresstext")),
		one.addresses.length ? el("ul", {class: "rows"},
			one.addresses.map((address) => el("li", null,
				standing(address),
				troubled(address) ? el("button", {type: "button",
					class: "small", onclick: () => works(address)},
				t("person.works"), el("span", {class: "hidden"},
					` ${address.address}`)) : null))) : null,
		form({
			rows: [addressRow(one.addresses.map(({address}) => address))],
			submit: t("save"), about: "people",
			async onsubmit(values) {
				await call("PUT", path("participants", one.external_id), {
					role: one.role, name: one.name,
					addresses: splitAddresses(values.addresses)});
				await reload(view);
				tell(t("saved"));
			},
		}));
}

/* ---- the picture ----------------------------------------------------- */

async function setPicture(view, file) {
	const image = file ? await shrink(file) : null;

	if (file && !image)
		tell(t("person.picture.none"));
	else
		await act(view, () => call("PUT",
			`${path("participants", view.one.external_id)}/picture`, {image}),
		t("saved"));
}

function picture(view) {
	const {one} = view;
	const id = newId();

	if (one.role === "staff")
		return null;
	return section(t("person.picture"),
		el("p", null, t("person.picture.text")),
		el("div", {class: "picture"}, face(one),
			el("input", {type: "file", id, class: "hidden",
				accept: "image/*",
				onchange: ({target}) => setPicture(view, target.files[0])}),
			el("label", {for: id, class: "button"},
				t("person.picture.choose")),
			one.picture ? el("button", {type: "button",
				onclick: () => setPicture(view, null)},
			t("person.picture.remove")) : null));
}

/* ---- the account ----------------------------------------------------- */

/* The code is shown once, big enough to be read out. */
function showCode({name}, {code, expires_at: until}) {
	return dialog({title: t("person.code.title"), firm: true, read: true,
		content: (close) => [
			el("p", null, rich("person.code.give", {name})),
			el("p", {class: "big-code"}, code),
			el("ul", null,
				el("li", null, t("person.code.how")),
				el("li", null, t("person.code.mail")),
				el("li", null, t("person.code.until", {date: date(until)})),
				el("li", null, t("person.code.once"))),
			el("div", {class: "buttons"},
				el("button", {type: "button", onclick: () => print()},
					t("codes.print")),
				el("button", {type: "button", class: "primary",
					onclick: () => close(true)}, t("person.code.done"))),
		]});
}

async function enrol(view, reset) {
	const {one} = view;

	if (reset && !await confirm({
		title: rich("person.reset.title", {name: one.name}),
		text: [t("person.reset.text"), t("person.reset.told")],
		yes: t("person.reset"),
	}))
		return;
	try {
		const made = await call("POST",
			`${path("participants", one.external_id)}/enrolment`, {reset});

		await showCode(one, made);
		await reload(view);
	} catch (p) {
		tell(explain(p, "people"));
	}
}

async function activate(view, active) {
	const {one} = view;

	if (!active && !await confirm({
		title: rich("person.disable.title", {name: one.name}),
		text: t("person.disable.text"), yes: t("person.disable")}))
		return;
	await act(view, () => call("PUT", path("participants", one.external_id),
		{role: one.role, name: one.name, active}), t("saved"));
}

function account(view) {
	const {one} = view;
	const used = one.account === "active";
	const button = (text, onclick) => el("button", {type: "button", onclick},
		text);

	return section(t("person.account"),
		el("dl", {class: "facts"},
			el("dt", null, t("person.state")),
			el("dd", null, accountState(one)),
			el("dt", null, t("signin.login")),
			el("dd", null, el("bdi", null, one.login ?? t("person.nologin"))),
			el("dt", null, t("account.factor")),
			el("dd", null, t(one.second_factor ? "account.factor.on" :
				"account.factor.isoff")),
			one.enrolment ? [
				el("dt", null, t("person.enrolment")),
				el("dd", null, t("person.enrolment.open", {
					date: full(one.enrolment.expires_at),
					n: one.enrolment.tries_left}), " ",
				t(`person.mail.${one.enrolment.mail}`))] : null),
		el("p", {class: "buttons"},
			!one.active || one.role === "staff" ? null : used ?
				button(t("person.reset"), () => enrol(view, true)) :
				button(t("person.enrol"), () => enrol(view, false)),
			one.role === "staff" ? null : one.active ?
				button(t("person.disable"), () => activate(view, false)) :
				button(t("person.enable"), () => activate(view, true))));
}

/* ---- who works with whom --------------------------------------------- */

function relationPath({one}, other) {
	return one.role === "client" ?
		path("relations", one.external_id, other) :
		path("relations", other, one.external_id);
}

async function endRelation(view, other) {
	if (await confirm({
		title: rich("person.end.title", {name: other.name}),
		text: t("person.end.text"), yes: t("person.end")}))
		await act(view, () => call("PUT",
			relationPath(view, other.external_id), {active: false}),
		t("saved"));
}

function relation(view, other) {
	const {since, until, writable} = other;
	const set = (what) => () => act(view, () => call("PUT",
		relationPath(view, other.external_id), what), t("saved"));
	const button = (text, onclick) => el("button",
		{type: "button", class: "small", onclick}, text,
		el("span", {class: "hidden"}, ` ${other.name}`));

	return el("li", null,
		el("div", null,
			el("strong", {dir: "auto"}, other.name), " ",
			el("span", {class: "tag"},
				t(until ? "person.past" : "person.current")),
			el("p", {class: "hint"}, until ?
				t("person.from", {since: date(since), until: date(until)}) :
				t("person.since", {since: date(since)}), " ",
			writable ? null : t("person.closed"))),
		el("div", {class: "buttons"},
			button(t(writable ? "person.close" : "person.open"),
				set({active: !until, writable: !writable})),
			until ? button(t("person.again"), set({active: true})) :
				button(t("person.end"), () => endRelation(view, other))));
}

/* Resolves with the person chosen, or null. */
function choose(view, role) {
	return dialog({title: t(`person.add.${role}`), kind: "compose",
		content(close) {
			const list = el("ul", {class: "cards"});
			const said = el("p", {role: "status", class: "quiet"});
			const known = new Set(view.one.relations
				.map((other) => other.external_id));

			async function search(text) {
				const {items} = await find(text);
				const found = items.filter((other) => other.role === role &&
					other.active && !known.has(other.external_id));

				fill(list, found.map((other) => el("li", null,
					el("button", {type: "button", class: "card",
						onclick: () => close(other)},
					el("span", {class: "names"},
						el("strong", {dir: "auto"}, other.name), " ",
						el("bdi", null, other.external_id))))));
				fill(said, found.length ? null : t("caseload.none"));
			}
			search("");
			return [searchField(t("caseload.search"), search), said, list,
				choices(close)];
		}});
}

async function addRelation(view, role) {
	const other = await choose(view, role);

	if (other)
		await act(view, () => call("PUT",
			relationPath(view, other.external_id), {active: true}),
		t("person.added", {name: other.name}));
}

function relations(view) {
	const {one} = view;
	const role = one.role === "client" ? "provider" : "client";

	if (one.role === "staff")
		return null;
	return section(t(`person.relations.${role}`),
		one.relations.length ? el("ul", {class: "rows"},
			one.relations.map((other) => relation(view, other))) :
			el("p", {class: "quiet"}, t("person.nobody")),
		el("button", {type: "button", onclick: () => addRelation(view, role)},
			t(`person.add.${role}`)));
}

/* ---- the page -------------------------------------------------------- */

async function reload(view) {
	const one = await call("GET", path("participants", view.id));

	view.one = one;
	refill(view.place,
		el("h1", {tabindex: -1}, el("bdi", null, one.name)),
		el("p", {class: "about"}, el("span", null, t(`role.${one.role}`)),
			el("bdi", null, one.external_id),
			el("span", {class: "tag"}, accountState(one))),
		account(view), relations(view), addresses(view), picture(view),
		await details(view));
}

/** The page of one person. `onBack` leads to all of them. */
export function person({id, onBack}) {
	const view = {id, one: null, place: el("div",
		null, el("p", {class: "quiet"}, t("loading")))};

	reload(view).then(() => view.place.querySelector("h1").focus(),
		(p) => fill(view.place, el("h1", {tabindex: -1}, t("people.title")),
			el("p", {class: "notice warning"}, explain(p, "load"))));
	return {node: el("div", {class: "page"},
		el("button", {type: "button", class: "quiet back", onclick: onBack},
			el("span", {"aria-hidden": "true"}, "‹"), " ", t("people.back")),
		view.place)};
}
