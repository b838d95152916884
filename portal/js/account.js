// SPDX-License-Identifier: Apache-2.0
// The page "My account": language and time, addresses, passphrase, second
// factor, passkeys, recovery codes, sessions.

import {ownAddresses} from "./addresses.js";
import {call} from "./api.js";
import {recoveryCodes} from "./codes.js";
import {dialog} from "./dialog.js";
import {el, fill, refill, tell} from "./dom.js";
import {factorSecret, passkeyAdder, passkeyName} from "./factor.js";
import {field, form, oneTimeCode, passphrase} from "./form.js";
import {hasPasskeys} from "./passkey.js";
import {days, practice} from "./practice.js";
import {explain} from "./refusal.js";
import {adopt} from "./session.js";
import {device, full} from "./time.js";
import {nameOf, t} from "./words.js";

function section(title, ...content) {
	return el("section", null, el("h2", null, title), content);
}

function button(text, onclick, kind) {
	return el("button", {type: "button", class: kind, onclick}, text);
}

/*
 * A dialog with a form; resolves with what `onsubmit` gives, or null. Whatever
 * keeps passphrases for the person finds their login name in it.
 */
function ask({title, text, me, rows, submit, onsubmit, about, kind, read}) {
	const login = el("input", {hidden: true, autocomplete: "username",
		value: me.login});

	return dialog({title, text, read, content: (close) => form({
		rows: [login, ...rows], submit, about, kind,
		async onsubmit(values) {
			close(await onsubmit(values) ?? true);
		},
		more: button(t("cancel"), () => close(), "quiet"),
	})});
}

function ownPassphrase() {
	return passphrase({name: "passphrase", label: t("account.passphrase.own"),
		autocomplete: "current-password"});
}

function showCodes(codes) {
	return dialog({title: t("codes.title"), firm: true, read: true,
		content: (close) => recoveryCodes(codes, () => close(true))});
}

/* ---- language and time ----------------------------------------------- */

function zones(current) {
	const all = Intl.supportedValuesOf?.("timeZone") ?? [];

	return [...new Set([current, device(), ...all])].sort()
		.map((zone) => [zone, zone.replaceAll("_", " ")]);
}

async function place(view) {
	const {me} = view;
	const offered = await Promise.all(practice().languages.map(async (tag) =>
		[tag, await nameOf(tag)]));

	return section(t("account.place"), form({
		rows: [
			field({name: "language", label: t("language.label"),
				control: "select", options: offered, value: me.language}),
			field({name: "time_zone", label: t("account.zone"),
				control: "select", options: zones(me.time_zone),
				value: me.time_zone}),
		],
		submit: t("save"),
		async onsubmit(values) {
			view.me = await call("PUT", "/v1/me", values);
			if (values.language !== me.language ||
			    values.time_zone !== me.time_zone)
				view.restart();
			else
				tell(t("saved"));
		},
	}));
}

function responseTime(view) {
	const usual = practice().response_days;
	const own = view.me.response_days;

	async function set(response_days) {
		view.me = await call("PUT", "/v1/me", {response_days});
		await redraw(view);
		tell(t("saved"));
	}
	return section(t("account.response"),
		el("p", null, t("account.response.text")),
		el("p", null, own ? t("account.response.own", {days: days(own)}) :
			t("account.response.usual", {days: days(usual)})),
		form({
			rows: ["from", "to"].map((name) => field({
				name, label: t(`account.response.${name}`),
				type: "number", min: name === "to" ? 1 : 0, max: 60,
				required: true, value: (own ?? usual)[name]})),
			submit: t("save"),
			onsubmit: ({from, to}) => set({
				from: Math.min(Number(from), Number(to)),
				to: Math.max(Number(from), Number(to))}),
			more: own ? button(t("account.response.reset"),
				() => set(null).catch((p) => tell(explain(p))),
				"quiet") : null,
		}));
}

/* ---- signing in ------------------------------------------------------ */

async function changePassphrase(view) {
	const {passphrase_min: alone, passphrase_min_with_factor: both} =
		practice().sign_in;

	if (await ask({
		title: t("account.passphrase.change"), me: view.me,
		text: t("account.passphrase.text"),
		rows: [
			ownPassphrase(),
			passphrase({name: "new", label: t("passphrase.new"),
				hint: t("passphrase.hint",
					{n: view.me.second_factor ? both : alone}),
				autocomplete: "new-password"}),
		],
		submit: t("account.passphrase.change"), about: "own",
		async onsubmit(values) {
			await adopt(await call("PUT", "/v1/me/passphrase",
				{old: values.passphrase, new: values.new}));
		},
	}))
		await reload(view, t("account.passphrase.done"));
}

async function setUpFactor(view) {
	const secret = await factorSecret();

	if (await ask({
		title: t("factor.setup"), me: view.me, read: true,
		rows: [secret, oneTimeCode(t("factor.code")), ownPassphrase()],
		submit: t("factor.finish"), about: "own",
		async onsubmit({code, passphrase: secretWord}) {
			await adopt(await call("PUT", "/v1/me/totp", {
				code: code.replace(/\D/g, ""), passphrase: secretWord}));
		},
	}))
		await reload(view, t("account.factor.done"));
}

async function removeFactor(view) {
	if (await ask({
		title: t("account.factor.off"), me: view.me,
		text: view.passkeys.items.length ? null :
			t("account.factor.offtext"),
		rows: [oneTimeCode(t("factor.code")), ownPassphrase()],
		submit: t("account.factor.off"), kind: "danger", about: "own",
		async onsubmit({code, passphrase: secretWord}) {
			await adopt(await call("POST", "/v1/me/totp/removal", {
				code: code.replace(/\D/g, ""), passphrase: secretWord}));
		},
	}))
		await reload(view, t("account.factor.gone"));
}

async function addPasskey(view) {
	const add = passkeyAdder();

	if (await ask({
		title: t("passkey.add"), me: view.me, text: t("passkey.why"),
		rows: [passkeyName(), ownPassphrase()],
		submit: t("passkey.make"), about: "passkey",
		async onsubmit(values) {
			await adopt(await add(values));
		},
	}))
		await reload(view, t("passkey.added"));
}

async function removePasskey(view, {id, label}) {
	if (await ask({
		title: t("passkey.remove.title", {label}), me: view.me,
		text: view.me.totp || view.passkeys.items.length > 1 ? null :
			t("account.factor.offtext"),
		rows: [ownPassphrase()],
		submit: t("passkey.remove"), kind: "danger", about: "passkey",
		async onsubmit(values) {
			await adopt(await call("POST", `/v1/me/passkeys/${id}/removal`,
				values));
		},
	}))
		await reload(view, t("passkey.removed"));
}

async function newCodes(view) {
	const codes = await ask({
		title: t("account.codes.new"), me: view.me,
		text: t("account.codes.text"),
		rows: [ownPassphrase()],
		submit: t("account.codes.new"), about: "own",
		onsubmit: async (values) => (await call("POST",
			"/v1/me/recovery-codes", values)).recovery_codes,
	});

	if (codes) {
		await showCodes(codes);
		await reload(view);
	}
}

function passkey(view, one) {
	const {me, passkeys: {items}} = view;
	const last = !me.totp && items.length === 1;

	return el("li", null,
		el("div", null,
			el("strong", null, el("bdi", null, one.label)),
			el("p", {class: "hint"}, t("passkey.since",
				{created: full(one.created_at)}))),
		last && me.second_factor_required ? null : button([
			t("passkey.remove"),
			el("span", {class: "hidden"}, ` ${one.label}`)],
		() => removePasskey(view, one), "small"));
}

function passkeys(view) {
	const {items, create} = view.passkeys;

	return [
		el("dt", null, t("passkey.list")),
		el("dd", null,
			items.length ? el("ul", {class: "rows"},
				items.map((one) => passkey(view, one))) :
				el("p", null, t("passkey.none")),
			create && hasPasskeys() ?
				button(t("passkey.add"), () => addPasskey(view)) : null),
	];
}

/* An app that shows codes, which may go while something else is left. */
function app(view) {
	const {me, passkeys: {items}} = view;
	const spare = !me.second_factor_required || items.length;

	return [
		el("dt", null, t("account.factor.app")),
		el("dd", null,
			button(t(me.totp ? "account.factor.again" :
				"account.factor.set"), () => setUpFactor(view)
				.catch((p) => tell(explain(p)))), " ",
			me.totp && spare ? button(t("account.factor.off"),
				() => removeFactor(view)) : null),
	];
}

function signingIn(view) {
	const {me} = view;

	return section(t("account.signin"),
		el("dl", {class: "facts"},
			el("dt", null, t("signin.login")),
			el("dd", null, el("bdi", null, me.login ?? t("account.nologin"))),
			el("dt", null, t("signin.passphrase")),
			el("dd", null, button(t("account.passphrase.change"),
				() => changePassphrase(view))),
			el("dt", null, t("account.factor")),
			el("dd", null,
				el("p", null, t(me.second_factor ? "account.factor.on" :
					"account.factor.isoff"), " ",
				me.second_factor_required ? t("account.factor.must") : null)),
			app(view),
			passkeys(view),
			el("dt", null, t("account.codes")),
			el("dd", null,
				el("p", null, t("account.codes.left",
					{n: me.recovery_codes})),
				button(t("account.codes.new"), () => newCodes(view)))));
}

/* ---- sessions -------------------------------------------------------- */

async function endSession(view, path) {
	try {
		await call("DELETE", path);
		await reload(view, t("account.session.ended"));
	} catch (p) {
		tell(explain(p));
	}
}

function session(view, {id, label, via, created_at: created, used_at: used,
	current}) {
	const name = label || via || t("account.session.unnamed");

	return el("li", null,
		el("div", null,
			el("strong", null, el("bdi", null, name)), " ",
			current ? el("span", {class: "mark"},
				t("account.session.this")) : null,
			el("p", {class: "hint"}, t("account.session.times",
				{created: full(created), used: full(used)}))),
		current ? null : button([t("menu.signout"),
			el("span", {class: "hidden"}, ` ${name}`)],
		() => endSession(view, `/v1/sessions/${id}`), "small"));
}

function sessions(view) {
	const {items} = view.sessions;

	return section(t("account.sessions"),
		el("p", null, t("account.sessions.text")),
		el("ul", {class: "rows"}, items.map((one) => session(view, one))),
		items.length > 1 ? button(t("account.sessions.all"),
			() => endSession(view, "/v1/sessions")) : null);
}

/* ---- the page -------------------------------------------------------- */

async function redraw(view) {
	const {me} = view;

	refill(view.node, el("h1", {tabindex: -1}, t("account.title")),
		await place(view),
		me.role === "provider" ? responseTime(view) : null,
		ownAddresses(me.addresses, (said) => reload(view, said)),
		signingIn(view), sessions(view));
}

async function reload(view, said) {
	[view.me, view.sessions, view.passkeys] = await Promise.all(
		["/v1/me", "/v1/sessions", "/v1/me/passkeys"].map((path) =>
			call("GET", path)));
	await redraw(view);
	if (said)
		tell(said);
}

function openAt(view, name) {
	const heading = view.node.querySelector(`.${name} h2`);

	heading.scrollIntoView({block: "start"});
	heading.focus({preventScroll: true});
}

/**
 * The page; `restart` begins the whole portal anew, in another language. It
 * opens at the class of a section, `at`, if one is given.
 */
export function account(restart, at) {
	const view = {restart, me: null, sessions: null, passkeys: null,
		node: el("div", {class: "page"},
			el("h1", {tabindex: -1}, t("account.title")),
			el("p", {class: "quiet"}, t("loading")))};

	reload(view).then(() => at && openAt(view, at), (p) => fill(view.node,
		el("h1", {tabindex: -1}, t("account.title")),
		el("p", {class: "notice warning"}, explain(p, "load"))));
	return {node: view.node};
}
