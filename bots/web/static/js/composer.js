// The next message while it is written: its words, its files, the clip it is about, and its way out.

import { newId, Refused, sendMessage } from "./api.js";
import { limits, say } from "./texts.js";
import { Tray } from "./tray.js";

const NEAR_LIMIT = 300;
const DRAFT = "draft";

const part = (id) => document.getElementById(id);

export class Composer {
  #text = part("text");
  #form = part("composer");
  #files = part("files");
  #tray;
  #onSent;
  #replyTo = null;
  #sending = false;
  #attempt = { id: "", content: "" };

  /** `onSent(id)` hears the id under which a message stands in the conversation. */
  constructor({ onSent }) {
    this.#onSent = onSent;
    this.#tray = new Tray({ onProblem: (sentence) => this.problem(sentence), onChange: () => this.#changed() });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => {
      this.problem("");
      this.#changed();
    });
    this.#files.addEventListener("change", () => {
      this.add([...this.#files.files]);
      this.#files.value = "";
    });
    part("add").addEventListener("click", () => this.choose());
    part("reply-end").addEventListener("click", () => this.reply(null));
    this.#text.value = remembered();
    this.#changed();
  }

  choose() {
    this.#files.click();
  }

  add(files) {
    this.problem("");
    this.#tray.add(files);
    if (files.length && matchMedia("(hover: hover)").matches) this.#text.focus();
  }

  /** Put words into the field, for the person to go on with. */
  suggest(words) {
    this.#text.value = words;
    this.#text.focus();
    this.#changed();
  }

  /** Say which clip the next message is about; null: the current one. */
  reply(entry) {
    this.#about(entry);
    this.#text.focus();
  }

  #about(entry) {
    this.#replyTo = entry?.id ?? null;
    part("reply").hidden = entry === null;
    part("reply-name").textContent = entry === null ? "" : say("composer.reply", { name: entry.video.name });
    this.#text.placeholder = say(entry === null ? "composer.placeholder" : "composer.placeholder_reply");
  }

  /** One sentence above the field, or none. */
  problem(sentence) {
    part("notice").textContent = sentence;
  }

  async send() {
    if (this.#sending) return;
    this.problem("");
    this.#setSending(true);
    try {
      if (this.#tray.uploading) {
        part("state").textContent = say("composer.waiting");
        await this.#tray.settled();
      }
      await this.#sendNow();
    } catch (refused) {
      this.problem(refused.message);
    } finally {
      part("state").textContent = "";
      this.#setSending(false);
    }
  }

  async #sendNow() {
    const text = this.#text.value.trim();
    const files = this.#tray.refs;
    if (this.#tray.refused) {
      this.#tray.showRefused();
      throw new Refused(say("composer.refused_files"));
    }
    if (text === "" && files.length === 0) throw new Refused(say("error.empty_message"));
    if (lengthOf(text) > limits.text) throw new Refused(say("error.text_too_long", { limit: limits.text }));
    const replyTo = this.#replyTo;
    const { id } = await sendMessage(this.#idFor(text, files, replyTo), text, files, replyTo);
    this.#attempt = { id: "", content: "" };
    this.#text.value = "";
    this.#tray.clear(files);
    this.#about(null);
    this.#changed();
    this.#onSent(id);
  }

  /** The same message tried again keeps its id, so that one which did arrive is not said twice; another gets another. */
  #idFor(...parts) {
    const content = JSON.stringify(parts);
    if (this.#attempt.content !== content) this.#attempt = { id: newId(), content };
    return this.#attempt.id;
  }

  #setSending(sending) {
    this.#sending = sending;
    this.#text.readOnly = sending;
    this.#form.setAttribute("aria-busy", String(sending));
  }

  #key(event) {
    // While an input method composes, Enter chooses a character; Safari says so only by the key code.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.#replyTo !== null) {
      this.reply(null);
    }
  }

  #changed() {
    remember(this.#text.value);
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
    const left = limits.text - lengthOf(this.#text.value.trim());
    const line = left < 0 ? say("composer.over", { count: -left }) : say("composer.left", { count: left });
    part("count").textContent = left < NEAR_LIMIT ? line : "";
    part("count").classList.toggle("over", left < 0);
    this.#form.classList.toggle("full", this.#text.value.trim() !== "" || this.#tray?.size > 0);
  }
}

/** Characters as the server counts them: one for each code point. */
const lengthOf = (text) => [...text].length;

// Private windows and strict settings may have no storage; then a draft lives as long as the page.
function remembered() {
  try {
    return sessionStorage.getItem(DRAFT) ?? "";
  } catch {
    return "";
  }
}

function remember(text) {
  try {
    sessionStorage.setItem(DRAFT, text);
  } catch {
    // as above
  }
}
