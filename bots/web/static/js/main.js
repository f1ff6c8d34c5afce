// Puts the page together: the conversation above, the composer below, and what passes between them.

import { newId, press, sendMessage } from "./api.js";
import { Composer } from "./composer.js";
import { takeDropsAndPastes } from "./drop.js";
import { Feed } from "./feed.js";
import { say } from "./texts.js";

const DOZE_AFTER = 30_000;

const part = (id) => document.getElementById(id);
const title = document.title;

const composer = new Composer({ onSent: (id) => feed.confirm(id) });
const feed = new Feed({
  press: pressChoice,
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

let presses = { key: "", id: "" };

async function pressChoice(entry, action, choice) {
  if (choice.getAttribute("aria-busy") === "true") return;
  const key = `${entry.id} ${action}`;
  // A press that failed on its way is tried again under its own id: it may have arrived.
  if (presses.key !== key) presses = { key, id: newId() };
  composer.problem("");
  choice.setAttribute("aria-busy", "true");
  try {
    await press(presses.id, entry.id, action);
    presses = { key: "", id: "" };
  } catch (refused) {
    composer.problem(refused.message);
  } finally {
    choice.removeAttribute("aria-busy");
  }
}

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
