// What the page asks of its server. Every failure is a `Refused` whose message is a sentence for the person.

import { say } from "./texts.js";

const PATIENCE = 30_000;

/** A request that was not followed; `status` is 0 where no answer came. */
export class Refused extends Error {
  constructor(sentence, status = 0) {
    super(sentence);
    this.status = status;
  }

  /** Whether the same request may well succeed later. */
  get passing() {
    return this.status === 0 || this.status >= 500;
  }
}

/** 32 hexadecimal digits that nobody has used: the name of a message or a press, so that it counts once. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The newest messages, or those before the message `before`: `{entries, cursor, earlier}`. */
export function history(before = null) {
  return ask(before === null ? "api/history" : `api/history?before=${encodeURIComponent(before)}`);
}

/** Say something. The same `id` sent again adds nothing. → `{id}` of the entry. */
export function sendMessage(id, text, files = [], replyTo = null) {
  return post("api/messages", { id, text, files, reply_to: replyTo });
}

/** Press a button of a message. */
export function press(id, message, action) {
  return post("api/presses", { id, message, action });
}

/** Take an uploaded file back. It goes by itself after a while: a failure matters to nobody. */
export function discard(ref) {
  fetch(`api/files/${ref}`, { method: "DELETE", keepalive: true }).catch(() => {});
}

/**
 * Send a file's bytes. → `{done, abort}`: `done` resolves to `{ref, name, kind, size, picture}`, and never settles
 * after `abort()`. `onProgress` hears fractions from 0 to 1.
 */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status === 201 && answer !== null) resolve(answer);
      else reject(new Refused(answer?.error ?? say("problem.upload"), request.status));
    });
    request.addEventListener("error", () => reject(new Refused(say("problem.upload"))));
  });
  request.open("POST", `api/files?name=${encodeURIComponent(file.name)}`);
  request.responseType = "json";
  request.send(file);
  return { done, abort: () => request.abort() };
}

function post(address, body) {
  return ask(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function ask(address, options = {}) {
  let answer, body;
  try {
    answer = await fetch(address, { ...options, signal: AbortSignal.timeout(PATIENCE) });
    body = await answer.json();
  } catch {
    throw new Refused(say("problem.away"), answer?.ok === false ? answer.status : 0);
  }
  if (!answer.ok) throw new Refused(body?.error ?? say("problem.away"), answer.status);
  return body;
}
