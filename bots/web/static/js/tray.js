// The files chosen for the next message: each uploads at once, shows how far it is, and can be taken out again.

import { discard, Refused, upload } from "./api.js";
import { button, icon, make } from "./dom.js";
import { limits, percent, say } from "./texts.js";

const AT_ONCE = 3;

/** One chosen file. `state`: queued | uploading | ready | refused | removed. */
class Chip {
  state = "queued";
  stored = null;
  upload = null;

  constructor(file, { remove, retry }) {
    this.file = file;
    this.name = file.name;
    this.preview = URL.createObjectURL(file);
    this.status = make("span", { class: "unseen" });
    this.bar = make("progress", { max: 1, value: 0, "aria-hidden": "true" });
    this.sentence = make("span", { class: "refusal", role: "alert" });
    this.again = button({ class: "quiet", "aria-label": say("tray.retry_file", { name: this.name }), hidden: true });
    this.again.append(icon("retry"), say("tray.retry"));
    this.again.addEventListener("click", () => retry(this));
    this.close = button({ class: "remove", "aria-label": say("tray.remove", { name: this.name }) }, icon("close"));
    this.close.addEventListener("click", () => remove(this));
    const words = make("span", { class: "chip-words" }, this.sentence, this.again);
    this.element = make("li", { class: "chip", title: this.name }, this.#thumbnail(), words, this.bar, this.status, this.close);
    this.become("queued");
  }

  become(state) {
    this.state = state;
    this.element.dataset.state = state;
    this.bar.hidden = state === "ready" || state === "refused";
    if (state !== "refused") {
      this.sentence.textContent = "";
      this.again.hidden = true;
    }
    if (state === "queued") this.show(0);
    const { name } = this;
    this.status.textContent = { queued: say("tray.queued", { name }), ready: say("tray.ready", { name }) }[state] ?? "";
  }

  show(fraction) {
    this.bar.value = fraction;
    this.status.textContent = say("tray.uploading", { name: this.name, percent: percent(fraction) });
  }

  refuse(refused) {
    this.become("refused");
    this.sentence.textContent = refused.message;
    this.again.hidden = !refused.passing;
    this.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #thumbnail() {
    const kind = this.file.type.split("/")[0];
    const plain = make("span", { class: "thumb tile" }, icon({ image: "photo", video: "video", audio: "audio" }[kind] ?? "file"));
    plain.append(make("span", {}, this.name));
    if (kind !== "image") return plain;
    const picture = make("img", { class: "thumb", alt: this.name, decoding: "async" });
    picture.addEventListener("error", () => picture.replaceWith(plain));
    picture.src = this.preview;
    return picture;
  }
}

export class Tray {
  #chips = [];
  #list = document.getElementById("tray");
  #onProblem;
  #onChange;
  #waiting = [];

  /** `onProblem(sentence)` hears what could not be taken, `onChange()` that there is more, less, or less to do. */
  constructor({ onProblem, onChange }) {
    this.#onProblem = onProblem;
    this.#onChange = onChange;
  }

  get size() {
    return this.#chips.length;
  }

  /** References of the uploaded files, in the order in which they were chosen. */
  get refs() {
    return this.#chips.filter((chip) => chip.state === "ready").map((chip) => chip.stored.ref);
  }

  get refused() {
    return this.#chips.some((chip) => chip.state === "refused");
  }

  get uploading() {
    return this.#chips.some((chip) => chip.state === "queued" || chip.state === "uploading");
  }

  /** Resolves when nothing is on its way any more. */
  settled() {
    return this.uploading ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  add(files) {
    this.#list.hidden = false;
    const room = limits.files - this.#chips.length;
    if (files.length > room) this.#onProblem(say("error.too_many_files", { limit: limits.files }));
    for (const file of files.slice(0, Math.max(room, 0))) {
      const chip = new Chip(file, { remove: (it) => this.#remove(it), retry: (it) => this.#retry(it) });
      this.#chips.push(chip);
      this.#list.append(chip.element);
      if (file.size > limits.bytes) {
        chip.refuse(new Refused(say("error.file_too_large", { limit: Math.floor(limits.bytes / 1024 ** 2) }), 413));
      }
    }
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.#next();
  }

  /** Bring the first file that could not be uploaded into view. */
  showRefused() {
    const refused = this.#chips.find((chip) => chip.state === "refused");
    refused?.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Forget the chips whose files went out with a message. */
  clear(refs) {
    for (const chip of this.#chips.filter(({ stored }) => stored && refs.includes(stored.ref))) this.#drop(chip);
    this.#next();
  }

  #next() {
    const running = this.#chips.filter((chip) => chip.state === "uploading").length;
    const queued = this.#chips.filter((chip) => chip.state === "queued");
    for (const chip of queued.slice(0, Math.max(AT_ONCE - running, 0))) this.#upload(chip);
    this.#list.hidden = this.#chips.length === 0;
    if (!this.uploading) for (const resolve of this.#waiting.splice(0)) resolve();
    this.#onChange();
  }

  async #upload(chip) {
    chip.become("uploading");
    chip.upload = upload(chip.file, (fraction) => chip.show(fraction));
    try {
      chip.stored = await chip.upload.done;
      chip.become("ready");
    } catch (refused) {
      chip.refuse(refused);
    }
    this.#next();
  }

  #retry(chip) {
    chip.become("queued");
    chip.close.focus();
    this.#next();
  }

  #remove(chip) {
    const neighbour = chip.element.nextElementSibling ?? chip.element.previousElementSibling;
    const next = neighbour?.querySelector(".remove") ?? document.getElementById("text");
    chip.upload?.abort();
    if (chip.stored) discard(chip.stored.ref);
    this.#drop(chip);
    next.focus();
    this.#next();
  }

  #drop(chip) {
    chip.state = "removed";
    chip.element.remove();
    URL.revokeObjectURL(chip.preview);
    this.#chips = this.#chips.filter((other) => other !== chip);
  }
}
