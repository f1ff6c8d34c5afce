// The buttons under messages: a press is sent once, whoever clicks in a hurry.

import { newId, press } from "./api.js";

const REST = 1000;

export class Presses {
  #held = new Set();
  #failed = new Map();
  #problem;

  /** `problem(sentence)` hears why a press was not taken, and nothing ("") when another begins. */
  constructor(problem) {
    this.#problem = problem;
  }

  /** Whether this button was pressed just now: further clicks on it mean the same press. */
  held(entry, action) {
    return this.#held.has(keyOf(entry, action));
  }

  /** Send a press. The button is held until the answer has come, and for a second at least. */
  async press(entry, action) {
    const key = keyOf(entry, action);
    if (this.#held.has(key)) return;
    // A press that failed on its way is tried again under its own id: it may have arrived.
    const id = this.#failed.get(key) ?? newId();
    this.#problem("");
    this.#held.add(key);
    showHeld(entry, action, true);
    const rested = new Promise((resolve) => setTimeout(resolve, REST));
    try {
      await press(id, entry.id, action);
      this.#failed.delete(key);
    } catch (refused) {
      this.#failed.set(key, id);
      this.#problem(refused.message);
    }
    await rested;
    this.#held.delete(key);
    showHeld(entry, action, false);
  }
}

const keyOf = (entry, action) => `${entry.id} ${action}`;

// The message may have been painted anew meanwhile: its button is looked for, not kept.
function showHeld(entry, action, held) {
  const message = document.getElementById(`entry-${entry.id}`);
  const choice = message?.querySelector(`button[data-action="${CSS.escape(action)}"]`);
  if (held) choice?.setAttribute("aria-disabled", "true");
  else choice?.removeAttribute("aria-disabled");
}
