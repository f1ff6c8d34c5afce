// The live feed: changes of the conversation as they happen, resumed where it broke off.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15_000;
const PATIENCE = 3000;

/**
 * Follows the changes after a cursor. `onChange(kind, id, entry)` hears each of them in order, `onReload()` that some
 * were missed for good, `onLive(live)` whether the feed has been gone for a few seconds or is there again.
 */
export class Stream {
  #handlers;
  #source = null;
  #cursor = "";
  #wait = FIRST_WAIT;
  #again = 0;
  #worry = 0;

  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** Whether changes are arriving right now. */
  get live() {
    return this.#source?.readyState === EventSource.OPEN;
  }

  /** Follow on from `cursor`; without one, from where it was closed. */
  open(cursor = this.#cursor) {
    this.close();
    this.#cursor = cursor;
    const source = new EventSource(`api/events?after=${encodeURIComponent(cursor)}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#wait = FIRST_WAIT;
      this.#calmDown();
      this.#handlers.onLive(true);
    });
    source.addEventListener("error", () => this.#broken(source));
    for (const kind of ["append", "replace", "remove"]) {
      source.addEventListener(kind, (event) => {
        this.#cursor = event.lastEventId;
        const { id, entry } = JSON.parse(event.data);
        this.#handlers.onChange(kind, id, entry);
      });
    }
    source.addEventListener("reload", () => {
      this.close();
      this.#handlers.onReload();
    });
  }

  close() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#again);
    this.#calmDown();
  }

  #broken(source) {
    this.#worry ||= setTimeout(() => this.#handlers.onLive(false), PATIENCE);
    // A browser tries again by itself after a lost connection, but never after an answer that it could not use.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#reopen(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #reopen() {
    const worry = this.#worry;
    this.#worry = 0;
    this.open();
    this.#worry = worry;
  }

  #calmDown() {
    clearTimeout(this.#worry);
    this.#worry = 0;
  }
}
