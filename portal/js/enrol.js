// SPDX-License-Identifier: Apache-2.0
// Enrolment: the link of the mail and the code that the practice has handed
// over set the login name and the passphrase; recovery codes are given.

import {call} from "./api.js";
import {recoveryCodes} from "./codes.js";
import {el} from "./dom.js";
import {field, form, paperCode, passphrase, tidyCode} from "./form.js";
import {keepLanguage, step} from "./gate.js";
import {practice, withNumbers} from "./practice.js";
import {become} from "./session.js";
import {rich, t} from "./words.js";

/* Resolves with the code and what the server says of its person. */
function askCode(place, link) {
	const {phone} = practice().practice;

	return new Promise((done) => step(place, t("enrol.title"),
		el("p", null, t("enrol.text")),
		form({
			rows: [paperCode(t("enrol.code"), t("enrol.hint"))],
			submit: t("enrol.submit"),
			async onsubmit({code: typed}) {
				const code = tidyCode(typed);

				done({code, who: await call("POST", "/v1/enrolments",
					{link, code}, {anyone: true})});
			},
		}),
		el("section", null, el("h2", null, t("enrol.nocode")),
			el("p", null, t("enrol.ask"), " ", phone ?
				rich("recover.phone", {phone: el("strong", null,
					withNumbers(phone))}) : null))));
}

/* A name that is given is shown, for whoever keeps passphrases. */
function loginField({login}) {
	return field({name: "login", label: t("signin.login"),
		hint: t(login ? "enrol.given" : "enrol.loginhint"),
		autocomplete: "username", autocapitalize: "none", spellcheck: "false",
		maxlength: 64, required: true, value: login, readonly: Boolean(login)});
}

/* Resolves with {recovery_codes, session}. */
function choosePassphrase(place, link, {code, who}) {
	return new Promise((done) => step(place,
		t("enrol.welcome", {name: who.name}),
		el("p", null, t("enrol.choose")),
		form({
			rows: [
				loginField(who),
				passphrase({name: "passphrase", label: t("passphrase.new"),
					hint: t("passphrase.hint", {n: who.passphrase_min}),
					autocomplete: "new-password"}),
			],
			submit: t("enrol.set"),
			about: "enrol",
			async onsubmit({login, passphrase: secret}) {
				const what = {link, code, passphrase: secret};

				if (!who.login)
					what.login = login;
				done(await call("POST", "/v1/enrolments", what,
					{anyone: true}));
			},
		})));
}

/** Enrol at this place; resolves with a session (not always an open one). */
export async function enrol(place, link) {
	const asked = await askCode(place, link);

	keepLanguage();
	const made = await choosePassphrase(place, link, asked);

	become(made.session);
	await new Promise((done) => step(place, t("codes.title"),
		recoveryCodes(made.recovery_codes, done)));
	return made.session;
}
