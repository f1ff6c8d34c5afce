// Where the conversation is scrolled to. It rests at its end; but a video that comes last and would not be seen from its
// top so is brought under the header instead, with the words below it left for the person to scroll to.

const NEAR = 80;
const SLACK = 4;
const MARGIN = 12;

export class Place {
  #scroller;
  #list;
  // newest: at the newest message, and staying there | after: further down, between a video and the end | end |
  // before: among earlier messages
  #at = "newest";
  // Where this scrolled to last, until the person scrolls. Its scroll event may come when sizes have changed again.
  #own = null;

  /** `scroller` scrolls; `list` holds the messages, and nothing but a margin comes after it. */
  constructor(scroller, list) {
    this.#scroller = scroller;
    this.#list = list;
  }

  /** Whether what comes next is to be brought into view. */
  get following() {
    return this.#at !== "before";
  }

  /** Whether nothing worth a mention lies below. */
  get atEnd() {
    return this.#empty || this.#end - this.#scroller.scrollTop < NEAR;
  }

  /** Go to the newest message, and stay with it. */
  follow() {
    this.#at = "newest";
    this.keep();
  }

  /** After something changed its size: stay where the person is. */
  keep() {
    if (this.#empty || (this.#at !== "newest" && this.#at !== "end")) return;
    this.#scroller.scrollTop = this.#at === "newest" ? this.#rest : this.#end;
    this.#own = this.#scroller.scrollTop;
  }

  /** To the newest message; from there, to its end. */
  goOn(behavior) {
    const rest = this.#rest;
    const top = this.#scroller.scrollTop < rest - SLACK ? rest : this.#end;
    this.#scroller.scrollTo({ top, behavior });
  }

  /** After the person, or this, scrolled. */
  moved() {
    const { scrollTop } = this.#scroller;
    if (scrollTop === this.#own && !this.#empty) return;
    this.#own = null;
    const rest = this.#rest;
    if (this.#empty) this.#at = "newest";
    else if (scrollTop < rest - NEAR) this.#at = "before";
    else if (scrollTop <= rest + SLACK) this.#at = "newest";
    else this.#at = scrollTop < this.#end - SLACK ? "after" : "end";
  }

  // Without messages the scroller shows the welcome, which is read from its top.
  get #empty() {
    return this.#list.childElementCount === 0;
  }

  get #end() {
    return Math.max(0, this.#scroller.scrollHeight - this.#scroller.clientHeight);
  }

  get #rest() {
    const last = this.#list.lastElementChild;
    const screen = last?.querySelector(".screen");
    if (!screen) return this.#end;
    // A message that just came is still moving into its place, its parts with it: only the list's own edge stands still.
    const below = last.offsetHeight - (screen.getBoundingClientRect().top - last.getBoundingClientRect().top);
    const above = this.#list.getBoundingClientRect().bottom - this.#scroller.getBoundingClientRect().top - below;
    return Math.max(0, Math.min(this.#end, Math.floor(this.#scroller.scrollTop + above - MARGIN)));
  }
}
