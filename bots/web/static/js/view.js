// One message as an element. What an edit can change (text, buttons, fraction) is painted anew; the rest is made once,
// so that a video goes on playing while the words below it change.

import { button, icon, make, textWithLinks } from "./dom.js";
import { decimal, momentOf, percent, say, sizeOf, timeOf } from "./texts.js";

// The core writes "stage · 63%" for platforms without progress bars; here the bar has a percentage of its own.
const STAGE = /^(.*?)\s*·\s*\d+\s*%$/;

/** The words of a progress message: its stage, and what else it says. */
export function stageOf(text) {
  const [first, ...more] = text.split("\n");
  return { stage: STAGE.exec(first)?.[1] ?? first, more: more.join("\n") };
}

export class EntryView {
  #actions;
  #body;
  #working = null;
  #painted = null;

  /** `actions`: `press(entry, action)`, `held(entry, action)`, `reply(entry)`, `nameOf(id)` of the message replied to, if known. */
  constructor(entry, actions) {
    this.#actions = actions;
    this.entry = entry;
    this.moment = make("p", { class: "moment", hidden: true }, make("time", { datetime: iso(entry.at) }, momentOf(entry.at)));
    const who = entry.author === "person" ? "entry.you" : "entry.bot";
    const name = make("h3", { class: "unseen" }, say(who, { time: timeOf(entry.at) }));
    this.#body = make("div", { class: "body" });
    this.element = make(
      "article",
      { class: `entry ${entry.author === "person" ? "mine" : "theirs"}`, id: `entry-${entry.id}` },
      this.moment,
      name,
      entry.author === "person" ? about(entry, actions) : null,
      entry.media.length ? prints(entry.media) : null,
      entry.video ? reel(entry, actions) : null,
      this.#body,
    );
    this.update(entry);
  }

  /** The stage of work that is going on, null where none is. */
  get stage() {
    return this.entry.fraction === null ? null : stageOf(this.entry.text).stage;
  }

  /** Paint what an edit changed. */
  update(entry) {
    const words = JSON.stringify([entry.text, entry.buttons, entry.fraction]);
    this.entry = entry;
    if (words === this.#painted) return;
    this.#painted = words;
    const focused = this.#focusedAction();
    if (entry.fraction === null) this.#paintWords();
    else this.#paintWork();
    if (focused) this.#body.querySelector(`button[data-action="${CSS.escape(focused)}"]`)?.focus();
  }

  #paintWords() {
    this.#working = null;
    this.element.classList.remove("working");
    this.element.removeAttribute("aria-live");
    const { text, buttons } = this.entry;
    this.#body.replaceChildren(
      ...(text ? [make("p", { class: "words" }, ...textWithLinks(text))] : []),
      ...(buttons.length ? [this.#choices()] : []),
    );
  }

  #paintWork() {
    const { text, buttons, fraction } = this.entry;
    this.#working ??= this.#beginWork();
    const { stage, more } = stageOf(text);
    this.#working.stage.textContent = stage;
    this.#working.percent.textContent = percent(fraction);
    this.#working.bar.value = fraction;
    this.#working.more.textContent = more;
    this.#working.more.hidden = more === "";
    const wanted = JSON.stringify(buttons);
    if (this.#working.buttons === wanted) return;
    this.#working.buttons = wanted;
    this.#body.querySelector(".choices")?.remove();
    if (buttons.length) this.#body.append(this.#choices());
  }

  #beginWork() {
    this.element.classList.add("working");
    // Ten edits in three seconds are nothing to be read aloud; the stages are announced elsewhere.
    this.element.setAttribute("aria-live", "off");
    const parts = {
      stage: make("span", { class: "stage" }),
      percent: make("span", { class: "percent", "aria-hidden": "true" }),
      bar: make("progress", { max: 1, value: 0, "aria-label": say("entry.working") }),
      more: make("p", { class: "hint", hidden: true }),
      buttons: null,
    };
    const line = make("p", { class: "stage-line" }, parts.stage, parts.percent);
    this.#body.replaceChildren(line, parts.bar, parts.more);
    return parts;
  }

  #choices() {
    const choices = this.entry.buttons.map(({ label, action }) => {
      const held = this.#actions.held(this.entry, action) && "true";
      const choice = button({ class: "choice", "data-action": action, "aria-disabled": held }, label);
      choice.addEventListener("click", () => this.#actions.press(this.entry, action));
      return choice;
    });
    return make("div", { class: "choices", role: "group", "aria-label": say("entry.choices") }, ...choices);
  }

  #focusedAction() {
    const focused = document.activeElement;
    return this.#body.contains(focused) ? focused.dataset.action : undefined;
  }
}

const iso = (at) => new Date(at * 1000).toISOString();

function about(entry, actions) {
  const name = entry.reply_to && actions.nameOf(entry.reply_to);
  return name ? make("p", { class: "about" }, icon("reply"), say("entry.about", { name })) : null;
}

function prints(media) {
  const shown = media.map((item) => {
    const frame = make("a", { class: "print-link", href: item.url, target: "_blank", rel: "noopener" });
    if (item.picture === null) {
      frame.classList.add("tile");
      frame.append(...tile(item));
      return frame;
    }
    const picture = make("img", { alt: say("entry.photo", { name: item.name }), loading: "lazy", decoding: "async" });
    picture.addEventListener("error", () => {
      frame.classList.add("tile");
      frame.replaceChildren(...tile(item));
    });
    picture.src = item.picture;
    frame.append(picture);
    return frame;
  });
  return make("div", { class: media.length === 1 ? "prints single" : "prints" }, ...shown);
}

function tile(item) {
  const known = ["photo", "video", "audio"].includes(item.kind) ? item.kind : "file";
  return [icon(known), make("span", {}, item.name)];
}

function reel(entry, actions) {
  const { url, name, size, width, height, duration } = entry.video;
  const label = say("video.label", { name });
  const film = make("video", { controls: true, playsinline: true, preload: "metadata", width, height, "aria-label": label });
  const screen = make("div", { class: "screen" }, film);
  if (width > 0 && height > 0) screen.style.setProperty("--ratio", String(width / height));
  film.addEventListener("error", () => {
    screen.classList.add("gone");
    screen.replaceChildren(make("p", {}, say("video.gone")));
  });
  // The fragment makes Safari on phones show the first picture before anything is played.
  film.src = `${url}#t=0.001`;
  const facts = say("video.facts", { width, height, seconds: decimal(duration), size: sizeOf(size) });
  const download = make(
    "a",
    { class: "quiet", href: `${url}?download`, download: name, "aria-label": say("video.download_file", { name }) },
    icon("download"),
    say("video.download"),
  );
  const reply = button({ class: "quiet" }, icon("reply"), say("video.reply"));
  reply.addEventListener("click", () => actions.reply(entry));
  const under = make("figcaption", {}, make("span", { class: "tools" }, download, reply), make("span", { class: "facts" }, facts));
  return make("figure", { class: "reel" }, screen, under);
}
