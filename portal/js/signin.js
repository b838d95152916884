// SPDX-License-Identifier: Apache-2.0
// Signing in: passphrase, second factor, and the ways round what was lost.

import {call} from "./api.js";
import {field, form, oneTimeCode, paperCode, passphrase, tidyCode} from
	"./form.js";
import {el} from "./dom.js";
import {overIsNull, setUpFactor} from "./factor.js";
import {step} from "./gate.js";
import {hasPasskeys, usePasskey} from "./passkey.js";
import {practice, withNumbers} from "./practice.js";
import {explain} from "./refusal.js";
import {adopt} from "./session.js";
import {rich, t} from "./words.js";

/* How this browser is called in the list of sessions. */
function label() {
	const agent = navigator.userAgent;
	const first = (names) => names.find(([mark]) => agent.includes(mark))?.[1];
	const browser = first([["Firefox/", "Firefox"], ["Edg/", "Edge"],
		["OPR/", "Opera"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]);
	const system = first([["Android", "Android"], ["iPhone", "iPhone"],
		["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "Mac"],
		["Linux", "Linux"]]);

	return [browser, system].filter(Boolean).join(" on ");
}

function link(text, onclick) {
	return el("button", {type: "button", class: "link", onclick}, text);
}

function askPassphrase(place, {login, notice}) {
	return new Promise((done) => step(place, t("signin.title"),
		notice ? el("p", {class: "notice"}, notice) : null,
		form({
			rows: [
				field({name: "login", label: t("signin.login"),
					autocomplete: "username", autocapitalize: "none",
					spellcheck: "false", maxlength: 64, required: true,
					value: login}),
				passphrase({name: "passphrase",
					label: t("signin.passphrase"),
					autocomplete: "current-password"}),
			],
			submit: t("signin.submit"),
			async onsubmit(values) {
				done(await call("POST", "/v1/sessions",
					{...values, label: label() || undefined},
					{anyone: true}));
			},
			more: link(t("signin.lost"), () => done(null)),
		})));
}

/* A recovery code sets a new passphrase; without one it takes the practice. */
function recover(place) {
	const {phone} = practice().practice;
	const least = practice().sign_in.passphrase_min;

	return new Promise((done) => step(place, t("recover.title"),
		el("p", null, t("recover.text")),
		form({
			rows: [
				field({name: "login", label: t("signin.login"),
					autocomplete: "username", autocapitalize: "none",
					spellcheck: "false", maxlength: 64, required: true}),
				paperCode(t("recover.code"), t("recover.hint")),
				passphrase({name: "passphrase", label: t("passphrase.new"),
					hint: t("passphrase.hint", {n: least}),
					autocomplete: "new-password"}),
			],
			submit: t("recover.submit"),
			async onsubmit({login, code, passphrase: secret}) {
				await call("POST", "/v1/recoveries", {login,
					code: tidyCode(code), passphrase: secret},
				{anyone: true});
				done({login, notice: t("recover.done")});
			},
			more: link(t("recover.back"), () => done({})),
		}),
		el("section", null, el("h2", null, t("recover.none")),
			el("p", null, t("recover.practice")),
			phone ? el("p", null, rich("recover.phone",
				{phone: el("strong", null, withNumbers(phone))})) : null)));
}

/* The ways to take the second step: words, fields, what the server gets. */
const STEPS = {
	passkey: {
		text: "factor.passkey", submit: "factor.use", about: "passkey",
		rows: () => [],
		given: () => usePasskey(),
	},
	app: {
		text: "factor.text", submit: "factor.submit",
		rows: () => [oneTimeCode(t("factor.code"))],
		given: ({code}) => ({code: code.replace(/\D/g, "")}),
	},
	paper: {
		text: "factor.paper", submit: "factor.submit",
		rows: () => [paperCode(t("recover.code"), t("recover.hint"))],
		given: ({code}) => ({recovery_code: tidyCode(code)}),
	},
};

/* Those of them that somebody has, the easiest first. */
async function waysOf() {
	const {totp, passkey} = await call("GET", "/v1/sessions/current/factor",
		undefined, {anyone: true});

	return [passkey && hasPasskeys() && "passkey", totp && "app", "paper"]
		.filter(Boolean);
}

/* Resolves with the session, or null to begin again. */
function takeStep(place, ways, way) {
	const {text, rows, submit, given, about} = STEPS[way];

	return new Promise((done) => step(place, t("factor.title"),
		el("p", null, t(text)),
		form({
			rows: rows(), submit: t(submit), about,
			async onsubmit(values) {
				done(await Promise.resolve(given(values))
					.then((body) => call("POST",
						"/v1/sessions/current/factor", body,
						{anyone: true}))
					.catch(overIsNull));
			},
			more: [
				ways.filter((other) => other !== way).map((other) =>
					link(t(`factor.by${other}`), () =>
						done(takeStep(place, ways, other)))),
				link(t("factor.restart"), () => done(null)),
			],
		})));
}

async function askFactor(place) {
	const ways = await waysOf().catch(overIsNull);

	return ways && takeStep(place, ways, ways[0]);
}

/**
 * All that lies between a session and an open one. Resolves with the open
 * session, or null if the session came to its end meanwhile.
 */
export async function complete(place, session) {
	await adopt(session);
	if (session.state === "second-factor") {
		const next = await askFactor(place);

		return next && complete(place, next);
	}
	if (session.state === "set-up-second-factor") {
		const next = await setUpFactor(place);

		return next && complete(place, next);
	}
	return session;
}

/** Ask at this place until somebody is signed in; resolves with the session. */
export async function signIn(place, begin = {}) {
	let state = begin;

	for (;;) {
		const session = await askPassphrase(place, state);

		if (session) {
			state = {notice: t("signin.expired")};
			const open = await complete(place, session).catch((p) => {
				if (!p.slug)
					throw p;
				state = {notice: explain(p)};
			});

			if (open)
				return open;
		} else {
			state = await recover(place);
		}
	}
}
