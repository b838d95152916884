// SPDX-License-Identifier: Apache-2.0
// One's own e-mail addresses: how they fare, and naming another one.

import {call} from "./api.js";
import {dialog} from "./dialog.js";
import {bell, el, fill} from "./dom.js";
import {field, form, oneTimeCode} from "./form.js";
import {full} from "./time.js";
import {known, rich, t} from "./words.js";

/** Rings with one's addresses when they are looked at again. */
export const looked = bell();

/** Whether mail goes there. */
export function inUse({state}) {
	return state === "good" || state === "doubtful";
}

/** Whether mail to an address came back, or was complained of. */
export function troubled({state}) {
	return state === "stopped" || state === "doubtful";
}

/* Since when and why mail does not reach it. */
function trouble({state, reason, since, code}) {
	return t(known(`address.${state}.${reason}`, `address.${state}`),
		{since: full(since)}) + (code ? ` (${code})` : "");
}

/** An address and how it fares, in words; more may follow. */
export function standing(one, ...more) {
	return el("div", null,
		el("strong", null, el("bdi", null, one.address)), " ",
		el("span", {class: troubled(one) ? "tag warning" : "tag"},
			t(`address.state.${one.state}`)),
		troubled(one) ? el("p", null, trouble(one)) : null, more);
}

/* What is refused so is said at the only field there is. */
const AT_FIELD = ["code-refused", "not-found", "too-many-requests"];

async function atField(name, work) {
	try {
		return await work();
	} catch (p) {
		if (AT_FIELD.includes(p.slug))
			p.field = name;
		throw p;
	}
}

/*
 * First where to, then the code from there; resolves with all addresses. One
 * that is not confirmed yet has its code already. `onAsked`: a code was sent.
 */
function correct(one, onAsked) {
	const asked = one?.state === "unconfirmed";
	const request = (address) => call("POST", "/v1/me/addresses",
		{address, replaces: asked ? null : one?.id ?? null});

	return dialog({title: t("address.change"), content(close) {
		const place = el("div");
		const button = (text, onclick) => el("button",
			{type: "button", class: "quiet", onclick}, text);
		const show = (...content) => {
			fill(place, content);
			place.querySelector("input").focus();
		};
		const askWhere = (value) => show(form({
			rows: [field({name: "address", label: t("address.new"), value,
				type: "email", autocomplete: "email", maxlength: 254,
				required: true, spellcheck: "false", dir: "ltr"})],
			submit: t("address.send"), about: "address",
			onsubmit: ({address}) => atField("address", async () => {
				askCode(await request(address));
				onAsked();
			}),
			more: button(t("cancel"), () => close()),
		}));
		const askCode = ({id, address}) => show(
			el("p", {role: "status"}, rich("address.sent", {address})),
			form({
				rows: [oneTimeCode(t("address.code"))],
				submit: t("address.confirm"), about: "address",
				onsubmit: ({code}) => atField("code", async () =>
					close((await call("POST",
						`/v1/me/addresses/${id}/confirm`, {code})).addresses)),
				more: [
					button(t("address.again"), () => askWhere(address)),
					button(t("cancel"), () => close()),
				],
			}));

		queueMicrotask(() => asked ? askCode(one) :
			askWhere(one?.address ?? ""));
		return place;
	}});
}

function row(one, change) {
	return el("li", null,
		standing(one, troubled(one) ? el("p", null, t(known(
			`address.todo.${one.state}.${one.reason}`,
			`address.todo.${one.state}`))) : null),
		el("button", {type: "button", class: "small",
			onclick: () => change(one)},
		t(one.state === "unconfirmed" ? "address.enter" : "address.change"),
		el("span", {class: "hidden"}, ` ${one.address}`)));
}

/**
 * The section of the page "My account"; `done` hears of a change, also of one
 * that was begun only.
 */
export function ownAddresses(addresses, done) {
	const none = addresses.every(({state}) => state === "unconfirmed");

	async function change(one) {
		let changed = one?.state === "unconfirmed";
		const now = await correct(one, () => {
			changed = true;
		});

		if (now)
			looked.ring(now);
		if (changed)
			done(now ? t("address.done") : null);
	}
	return el("section", {class: "addresses"},
		el("h2", {tabindex: -1}, t("address.title")),
		el("p", null, t("address.text")),
		none ? el("p", {class: "notice warning"}, t("address.none")) : null,
		addresses.length ? el("ul", {class: "rows"},
			addresses.map((one) => row(one, change))) : null,
		none ? el("button", {type: "button", onclick: () => change(null)},
			t("address.add")) : null);
}

/**
 * What those who write are told if no mail reaches them; `onCorrect` leads to
 * where that is put right.
 */
export function reach(onCorrect) {
	const place = el("div", {class: "reach", role: "status"});

	function draw(addresses) {
		const [first] = addresses.filter(({state}) => state === "stopped");

		fill(place, addresses.some(inUse) ? null : el("div",
			{class: "notice warning"},
			el("p", null, first ? rich(known(`reach.${first.reason}`,
				"reach.stopped"), {address: first.address}) :
				t("reach.none"), " ", t("reach.until")),
			el("button", {type: "button", onclick: onCorrect},
				t("reach.correct"))));
	}
	looked.on(draw);
	call("GET", "/v1/me").then((me) => draw(me.addresses), () => null);
	return place;
}
