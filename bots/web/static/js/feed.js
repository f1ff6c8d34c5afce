// The conversation as it is shown: the newest messages, older ones on demand, changes as they come.

import { calm } from "./dom.js";
import { history } from "./api.js";
import { Stream } from "./stream.js";
import { EntryView } from "./view.js";
import { Place } from "./place.js";

const PAUSE = 3600;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15_000;

const part = (id) => document.getElementById(id);

export class Feed {
  #actions;
  #views = new Map();
  #list = part("entries");
  #scroller = part("scroller");
  #place = new Place(this.#scroller, this.#list);
  #earlier = part("earlier");
  #newest = part("newest");
  #stream;
  #fetching = false;
  #loading = null;
  #wait = FIRST_WAIT;
  #again = 0;
  #dozing = false;

  /**
   * `actions` as `EntryView` takes them, and `live(live)`, `problem(sentence)`, `announce(text)`, `changed(count)`,
   * `news()` for a message that came while nobody looked.
   */
  constructor(actions) {
    this.#actions = { ...actions, nameOf: (id) => nameOf(this.#views.get(id)?.entry) };
    this.#stream = new Stream({
      onChange: (kind, id, entry) => this.#change(kind, id, entry),
      onReload: () => this.load(),
      onLive: (live) => actions.live(live),
    });
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#earlier.addEventListener("click", () => this.#loadEarlier());
    this.#newest.addEventListener("click", () => this.toNewest());
    const resized = new ResizeObserver(() => {
      this.#place.keep();
      this.#scrolled();
    });
    resized.observe(this.#scroller);
    resized.observe(part("column"));
    const reached = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && this.#loadEarlier(), {
      root: this.#scroller,
      rootMargin: "240px 0px 0px 0px",
    });
    reached.observe(this.#earlier);
  }

  /** Whether work is going on in this chat. */
  get working() {
    return [...this.#views.values()].some((view) => view.stage !== null);
  }

  /** Read the newest messages and follow on from them; tried until it succeeds. */
  load() {
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load() {
    clearTimeout(this.#again);
    this.#stream.close();
    let page;
    try {
      page = await history();
    } catch (refused) {
      if (!refused.passing) return this.#actions.problem(refused.message);
      this.#actions.live(false);
      this.#again = setTimeout(() => this.load(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
      return undefined;
    }
    this.#wait = FIRST_WAIT;
    this.#list.setAttribute("aria-busy", "true");
    this.#show(page.entries);
    this.#earlier.hidden = !page.earlier;
    this.#list.setAttribute("aria-busy", "false");
    this.#actions.live(true);
    this.#place.keep();
    if (!this.#dozing) this.#stream.open(page.cursor);
    return undefined;
  }

  /** What was just said must be there, also when the live feed is not. */
  async confirm(id) {
    this.#place.follow();
    if (!this.#views.has(id) && !this.#stream.live) await this.load();
  }

  /** Let go of the live feed while nobody looks: browsers hold few connections to one server. */
  doze() {
    this.#dozing = true;
    this.#stream.close();
  }

  wake() {
    if (!this.#dozing) return;
    this.#dozing = false;
    this.#stream.open();
  }

  toNewest() {
    this.#place.goOn(calm() ? "auto" : "smooth");
  }

  #change(kind, id, entry) {
    const view = this.#views.get(id);
    if (kind === "remove") {
      this.#moveFocusOut(view);
      view?.element.remove();
      this.#views.delete(id);
    } else if (view && entry) {
      const before = view.stage;
      view.update(entry);
      if (view.stage !== before) this.#actions.announce(view.stage ?? entry.text);
      if (before !== null && view.stage === null) this.#actions.news();
    } else if (kind === "append" && entry) {
      this.#append(entry);
    }
    this.#arranged();
    this.#place.keep();
  }

  #append(entry) {
    const view = this.#make(entry);
    view.element.classList.add("fresh");
    this.#list.append(view.element);
    if (view.stage !== null) this.#actions.announce(view.stage);
    if (entry.author === "person" || this.#place.following) this.#place.follow();
    else this.#newest.classList.add("unread");
    if (entry.author === "bot" && entry.fraction === null) this.#actions.news();
  }

  /** Show exactly these messages; those that stay keep their element, and a video in it goes on playing. */
  #show(entries) {
    const kept = new Set(entries.map((entry) => entry.id));
    for (const [id, view] of this.#views) {
      if (kept.has(id)) continue;
      this.#moveFocusOut(view);
      view.element.remove();
      this.#views.delete(id);
    }
    let place = this.#list.firstElementChild;
    for (const entry of entries) {
      const known = this.#views.get(entry.id);
      known?.update(entry);
      const { element } = known ?? this.#make(entry);
      if (element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(element, place);
    }
    this.#arranged();
  }

  async #loadEarlier() {
    const oldest = this.#list.firstElementChild;
    if (this.#fetching || this.#earlier.hidden || oldest === null) return;
    this.#fetching = true;
    this.#earlier.setAttribute("aria-busy", "true");
    try {
      const before = [...this.#views].find(([, view]) => view.element === oldest)[0];
      const page = await history(before);
      if (!oldest.isConnected) return;
      this.#prepend(page.entries.filter((entry) => !this.#views.has(entry.id)), oldest);
      if (document.activeElement === this.#earlier && !page.earlier) this.#scroller.focus({ preventScroll: true });
      this.#earlier.hidden = !page.earlier;
    } catch (refused) {
      this.#actions.problem(refused.message);
    } finally {
      this.#fetching = false;
      this.#earlier.setAttribute("aria-busy", "false");
    }
  }

  #prepend(entries, oldest) {
    const { scrollHeight, scrollTop } = this.#scroller;
    this.#list.setAttribute("aria-busy", "true");
    this.#list.insertBefore(fragment(entries.map((entry) => this.#make(entry).element)), oldest);
    this.#arranged();
    this.#list.setAttribute("aria-busy", "false");
    this.#scroller.scrollTop = scrollTop + this.#scroller.scrollHeight - scrollHeight;
  }

  #make(entry) {
    const view = new EntryView(entry, this.#actions);
    this.#views.set(entry.id, view);
    return view;
  }

  /** After the order changed: a line with the time where an hour or a day lies between two messages. */
  #arranged() {
    const byElement = new Map([...this.#views.values()].map((view) => [view.element, view]));
    let before = null;
    for (const element of this.#list.children) {
      const view = byElement.get(element);
      const { at } = view.entry;
      view.moment.hidden = before !== null && at - before < PAUSE && day(at) === day(before);
      before = at;
    }
    this.#actions.changed(this.#views.size);
  }

  #moveFocusOut(view) {
    if (view?.element.contains(document.activeElement)) this.#scroller.focus({ preventScroll: true });
  }

  #scrolled() {
    this.#place.moved();
    this.#newest.hidden = this.#place.atEnd;
    if (this.#place.following) this.#newest.classList.remove("unread");
  }
}

const day = (at) => new Date(at * 1000).toDateString();

function fragment(elements) {
  const all = document.createDocumentFragment();
  all.append(...elements);
  return all;
}

function nameOf(entry) {
  if (entry === undefined) return null;
  return entry.video?.name ?? entry.media[0]?.name ?? (entry.text.split("\n")[0].slice(0, 60) || null);
}
