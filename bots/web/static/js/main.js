// Puts the page together: the conversation above, the composer below, and what passes between them.

import { newId, sendMessage } from "./api.js";
import { Composer } from "./composer.js";
import { takeDropsAndPastes } from "./drop.js";
import { Feed } from "./feed.js";
import { Presses } from "./presses.js";
import { say } from "./texts.js";

const DOZE_AFTER = 30_000;

const part = (id) => document.getElementById(id);
const title = document.title;

const composer = new Composer({ onSent: (id) => feed.confirm(id) });
const presses = new Presses((sentence) => composer.problem(sentence));
const feed = new Feed({
  press: (entry, action) => presses.press(entry, action),
  held: (entry, action) => presses.held(entry, action),
  reply: (entry) => composer.reply(entry),
  problem: (sentence) => composer.problem(sentence),
  announce: (text) => (part("announcer").textContent = text),
  live: (live) => (part("link").textContent = live ? "" : say("problem.reconnecting")),
  changed: (count) => {
    part("welcome").hidden = count > 0;
    part("new").hidden = count === 0;
  },
  news: () => {
    if (document.hidden) document.title = say("page.news", { title });
  },
});

async function command(text) {
  composer.problem("");
  try {
    const { id } = await sendMessage(newId(), text);
    await feed.confirm(id);
  } catch (refused) {
    composer.problem(refused.message);
  }
}

part("begin").addEventListener("click", () => composer.choose());
part("examples").addEventListener("click", (event) => {
  const example = event.target.closest("button");
  if (example) composer.suggest(example.textContent);
});
part("new").addEventListener("click", () => command("/new"));
part("help").addEventListener("click", () => command("/help"));
takeDropsAndPastes((files) => composer.add(files));

let dozing = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(dozing);
  if (document.hidden) {
    dozing = setTimeout(() => feed.working || feed.doze(), DOZE_AFTER);
  } else {
    document.title = title;
    feed.wake();
  }
});
addEventListener("pagehide", () => feed.doze());
addEventListener("pageshow", (event) => event.persisted && feed.wake());

feed.load();
