// SPDX-License-Identifier: Apache-2.0
// What is seen when the practice's server does not answer at all.

import {el, pause, tell} from "./dom.js";
import {gate, step} from "./gate.js";
import {load} from "./practice.js";
import {speak, t} from "./words.js";

const LONGEST = 30000;

/** Say so, try again by itself and by a button; begins anew when it answers. */
export async function outage() {
	async function again() {
		const answered = await load();

		if (answered)
			location.reload();
		return answered;
	}
	function draw() {
		const place = gate(async (tag) => {
			await speak(tag);
			draw();
		});

		step(place, t("outage.title"),
			el("p", null, t(navigator.onLine ? "outage.text" :
				"outage.offline")),
			el("p", null, t("outage.kept")),
			el("div", {class: "buttons"}, el("button",
				{type: "button", class: "primary", async onclick() {
					if (!await again())
						tell(t("refused.unavailable"));
				}},
				t("send.again"))));
	}
	draw();
	addEventListener("online", again);
	for (let wait = 5000; ; wait = Math.min(wait * 2, LONGEST)) {
		await pause(wait);
		await again();
	}
}
