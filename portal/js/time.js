// SPDX-License-Identifier: Apache-2.0
// Days and times in the person's language and time zone.

import {language, t} from "./words.js";

const DAY = 86400000;
const HOUR = 3600000;
const made = new Map();
let zone = device();

/** The time zone of this device. */
export function device() {
	return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Use this zone; one that the browser does not know becomes the device's. */
export function useZone(name) {
	try {
		Intl.DateTimeFormat("en", {timeZone: name});
		zone = name;
	} catch {
		zone = device();
	}
	made.clear();
}

function format(at, options) {
	const key = language() + JSON.stringify(options);

	if (!made.has(key))
		made.set(key, new Intl.DateTimeFormat(language(),
			{timeZone: zone, ...options}));
	return made.get(key).format(new Date(at));
}

/** One key per day, to tell days apart. */
export function dayKey(at) {
	const key = `key ${zone}`;

	if (!made.has(key))
		made.set(key, new Intl.DateTimeFormat("en-CA", {timeZone: zone}));
	return made.get(key).format(new Date(at));
}

function daysAgo(at) {
	return Math.round(
		(Date.parse(dayKey(Date.now())) - Date.parse(dayKey(at))) / DAY);
}

function relative(days) {
	const text = new Intl.RelativeTimeFormat(language(), {numeric: "auto"})
		.format(-days, "day");

	return text.charAt(0).toLocaleUpperCase(language()) + text.slice(1);
}

/** "Today", "Yesterday", "Tuesday, November 24", with the year if another. */
export function day(at) {
	const days = daysAgo(at);

	if (days === 0 || days === 1)
		return relative(days);
	return format(at, {weekday: "long", day: "numeric", month: "long",
		year: days > 180 ? "numeric" : undefined});
}

export function clock(at) {
	return format(at, {hour: "numeric", minute: "2-digit"});
}

/** For a list: the time today, then the day. */
export function brief(at) {
	const days = daysAgo(at);

	if (days === 0)
		return clock(at);
	if (days === 1)
		return relative(1);
	if (days > 1 && days < 7)
		return format(at, {weekday: "long"});
	return days > 180 ? date(at) :
		format(at, {day: "numeric", month: "short"});
}

export function date(at) {
	return format(at, {dateStyle: "medium"});
}

export function full(at) {
	return format(at, {dateStyle: "medium", timeStyle: "short"});
}

/** How long something has been waiting, in words. */
export function waiting(since) {
	const ms = Date.now() - Date.parse(since);

	if (ms >= DAY)
		return t("waiting.days", {n: Math.floor(ms / DAY)});
	if (ms >= HOUR)
		return t("waiting.hours", {n: Math.floor(ms / HOUR)});
	return t("waiting.now");
}
