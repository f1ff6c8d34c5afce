// What the server handed to the page: its language, its lines and its limits; and values written as people read them.

const handed = JSON.parse(document.getElementById("handed").textContent);

/** `text`: characters in one message, `files`: files in one message, `bytes`: the largest file. */
export const limits = handed.limits;

/** A line of the catalogue with its `{places}` filled. */
export function say(name, places = {}) {
  return handed.lines[name].replace(/\{(\w+)\}/g, (whole, place) => (place in places ? String(places[place]) : whole));
}

const clock = new Intl.DateTimeFormat(handed.tag, { hour: "numeric", minute: "2-digit" });
const date = new Intl.DateTimeFormat(handed.tag, { dateStyle: "long", timeStyle: "short" });
const share = new Intl.NumberFormat(handed.tag, { style: "percent", maximumFractionDigits: 0 });
const number = new Intl.NumberFormat(handed.tag, { maximumFractionDigits: 1 });

/** Seconds since the epoch → the time of day. */
export const timeOf = (at) => clock.format(at * 1000);

/** 0 to 1 → "63%". */
export const percent = (fraction) => share.format(fraction);

export const decimal = (value) => number.format(value);

/** Seconds since the epoch → "Today, 14:03", or the date. */
export function momentOf(at, now = new Date()) {
  const then = new Date(at * 1000);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (then.toDateString() === now.toDateString()) return say("entry.today", { time: timeOf(at) });
  if (then.toDateString() === yesterday.toDateString()) return say("entry.yesterday", { time: timeOf(at) });
  return date.format(then);
}

/** Bytes → "3.2 MB". */
export function sizeOf(bytes) {
  const mega = bytes / 1024 ** 2;
  return mega >= 0.1 ? `${decimal(mega)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
