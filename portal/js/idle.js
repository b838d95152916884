// SPDX-License-Identifier: Apache-2.0
// The end of a session that nobody uses: a warning that can be answered.

import {dialog} from "./dialog.js";
import {el, fill} from "./dom.js";
import * as session from "./session.js";
import {t} from "./words.js";

const INPUT = ["keydown", "pointerdown", "input", "wheel", "touchmove"];
const WARNING = 120; /* seconds before the end */
const ASK = 10000; /* another tab may have been active */

const now = {close: null, telling: false, asked: 0};

function warningTime() {
	return Math.min(WARNING, session.idleSeconds() / 2);
}

/* Any input says "still here", once a minute if nothing else has. */
async function active() {
	const since = session.idleSeconds() - session.secondsLeft();

	if (now.telling || now.close || since < Math.min(60, warningTime() / 2))
		return;
	now.telling = true;
	await session.stay().catch(() => {});
	now.telling = false;
}

function clock(seconds) {
	const left = Math.max(0, Math.round(seconds));

	return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/* Seen every second, heard now and then. */
function countdown() {
	const left = Math.round(session.secondsLeft());

	fill(now.place, t("idle.left", {time: clock(left)}));
	if ([60, 30, 10].includes(left))
		fill(now.heard, t("idle.left", {time: clock(left)}));
}

async function warn(signOut) {
	now.place = el("p", {class: "big"});
	now.heard = el("p", {class: "hidden", role: "status"});
	countdown();
	const answer = await dialog({title: t("idle.title"),
		text: t("idle.text"), alert: true,
		content(close) {
			now.close = close;
			return [
				now.place, now.heard,
				el("div", {class: "buttons"},
					el("button", {type: "button", class: "quiet",
						onclick: () => close("out")}, t("idle.out")),
					el("button", {type: "button", class: "primary",
						autofocus: true, onclick: () => close("stay")},
					t("idle.stay"))),
			];
		}});

	now.close = null;
	if (answer === "out")
		signOut();
	else if (answer !== "over")
		session.stay().catch(() => {});
}

/* At the end the page is covered, whether the server can be asked or not. */
async function tick(signOut) {
	const left = session.secondsLeft();

	if (left <= 0) {
		now.close?.("over");
		session.ended();
	} else if (left > warningTime()) {
		now.close?.("over");
	} else if (Date.now() - now.asked > ASK) {
		now.asked = Date.now();
		await session.load().catch(() => {});
	} else if (now.close) {
		countdown();
	} else if (!session.isAsking()) {
		warn(signOut);
	}
}

/** Watch over the session; `signOut` ends it at once. */
export function start(signOut) {
	for (const kind of INPUT)
		addEventListener(kind, active, {capture: true, passive: true});
	setInterval(tick, 1000, signOut);
}
