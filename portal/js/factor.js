// SPDX-License-Identifier: Apache-2.0
// Setting up the second factor: a secret for an authenticator app, or a
// passkey.

import {call} from "./api.js";
import {el, newId} from "./dom.js";
import {field, form, oneTimeCode} from "./form.js";
import {step} from "./gate.js";
import {canMakePasskey, makePasskey} from "./passkey.js";
import {t} from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; /* modules of white around a QR code */

function svg(tag, attributes, ...children) {
	const node = document.createElementNS(SVG, tag);

	for (const [name, value] of Object.entries(attributes))
		node.setAttribute(name, value);
	node.append(...children);
	return node;
}

/* A QR code from its rows of modules ("1" is dark). */
function qrCode(rows, label) {
	const size = rows.length + 2 * QUIET;
	const dark = rows.flatMap((modules, y) => [...modules].map((module, x) =>
		module === "1" ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ""));

	return svg("svg", {class: "qr", viewBox: `0 0 ${size} ${size}`,
		role: "img", "aria-label": label, "shape-rendering": "crispEdges"},
	svg("rect", {width: size, height: size, fill: "#fff"}),
	svg("path", {d: dark.join(""), fill: "#000"}));
}

/** The secret, as picture and as text, and the steps around it. */
export async function factorSecret() {
	const {secret, qr} = await call("GET", "/v1/me/totp", undefined,
		{anyone: true});
	const id = newId();

	return el("ol", {class: "steps"},
		el("li", null, t("factor.app")),
		el("li", null, t("factor.scan"),
			qrCode(qr, t("factor.qr")),
			el("p", {id}, t("factor.bytext")),
			el("p", {class: "secret", "aria-labelledby": id},
				el("code", null, secret.match(/.{1,4}/g).join(" ")))),
		el("li", null, t("factor.type")));
}

/** For catch(): null if the session has ended before the step was done. */
export function overIsNull(p) {
	if (p.slug !== "unauthenticated")
		throw p;
	return null;
}

/** What somebody calls a passkey. */
export function passkeyName() {
	return field({name: "label", label: t("passkey.name"),
		hint: t("passkey.name.hint"), autocomplete: "off", maxlength: 24,
		required: true});
}

/**
 * What to call with a passkey's name, and with the passphrase if it is asked
 * for, to add it. One that was made is kept until it was taken, so that
 * nobody makes two because of a typing error.
 */
export function passkeyAdder() {
	let made = null;

	return async ({label, passphrase}) => {
		const options = {anyone: !passphrase};

		made ??= await makePasskey(options);
		return call("POST", "/v1/me/passkeys",
			{label, passphrase, ...made}, options).catch((p) => {
			if (p.slug === "factor-refused")
				made = null;
			throw p;
		});
	};
}

function instead(text, onclick) {
	return el("button", {type: "button", class: "link", onclick}, text);
}

function setUpPasskey(place) {
	const add = passkeyAdder();

	return new Promise((done) => step(place, t("passkey.add"),
		el("p", null, t("passkey.why")),
		form({
			rows: [passkeyName()], submit: t("passkey.make"),
			about: "passkey",
			async onsubmit(values) {
				done(await add(values).catch(overIsNull));
			},
			more: instead(t("factor.byapp"), () =>
				done(setUpFactor(place))),
		})));
}

/** Set it up before the session is open; resolves with the open session. */
export async function setUpFactor(place) {
	const [secret, choice] = await Promise.all(
		[factorSecret(), canMakePasskey()]).catch(overIsNull) ?? [];

	return secret ? new Promise((done) => step(place, t("factor.setup"),
		el("p", null, t("factor.why")),
		secret,
		form({
			rows: [oneTimeCode(t("factor.code"))],
			submit: t("factor.finish"),
			async onsubmit({code}) {
				done(await call("PUT", "/v1/me/totp",
					{code: code.replace(/\D/g, "")}, {anyone: true})
					.catch(overIsNull));
			},
			more: choice ? instead(t("factor.bypasskey"),
				() => done(setUpPasskey(place))) : null,
		}))) : null;
}
