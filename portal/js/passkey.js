// SPDX-License-Identifier: Apache-2.0
// Passkeys: what this browser makes and uses them with (WebAuthn), in the form
// the server has it in.

import {call} from "./api.js";

/* base64url, without padding. */
function bytes(text) {
	return Uint8Array.from(atob(text.replaceAll("-", "+")
		.replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

function text(buffer) {
	return btoa(String.fromCharCode(...new Uint8Array(buffer)))
		.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function ids(list) {
	return list.map(({type, id}) => ({type, id: bytes(id)}));
}

/* What a person did not do, or this device cannot, is a refusal, too. */
async function ask(asked) {
	try {
		return await asked;
	} catch (e) {
		if (!(e instanceof DOMException))
			throw e;
		throw Object.assign(new Error(e.name), {slug:
			e.name === "InvalidStateError" ? "passkey-known" :
				"passkey-none"});
	}
}

/** Whether this browser has any to do with. */
export function hasPasskeys() {
	return Boolean(globalThis.AuthenticatorAttestationResponse?.prototype
		.getAuthenticatorData);
}

/** Whether one can be made for somebody who is to set up a first factor. */
export async function canMakePasskey() {
	return hasPasskeys() && (await call("GET", "/v1/me/passkeys", undefined,
		{anyone: true})).create !== null;
}

/** Make one; what the server is told of it. `options` as for call(). */
export async function makePasskey(options) {
	const {create} = await call("GET", "/v1/me/passkeys", undefined, options);
	const {response} = await ask(navigator.credentials.create({publicKey: {
		...create,
		challenge: bytes(create.challenge),
		user: {...create.user, id: bytes(create.user.id)},
		excludeCredentials: ids(create.excludeCredentials),
	}}));

	return {client_data: text(response.clientDataJSON),
		authenticator_data: text(response.getAuthenticatorData())};
}

/** Use one as the second step, as the server asks for it. */
export async function usePasskey() {
	const {passkey} = await call("GET", "/v1/sessions/current/factor",
		undefined, {anyone: true});
	const {rawId, response} = await ask(navigator.credentials.get({publicKey: {
		...passkey,
		challenge: bytes(passkey.challenge),
		allowCredentials: ids(passkey.allowCredentials),
	}}));

	return {passkey: text(rawId), client_data: text(response.clientDataJSON),
		authenticator_data: text(response.authenticatorData),
		signature: text(response.signature)};
}
