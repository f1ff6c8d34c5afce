"""One visitor's browser with the page open: how a test acts in it, and answers in the bot's place.

In come a stage and a browser's context; the locators and the two measurements below are what tests look at.
"""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from bots.web import visitors
from core.chat import Button, ChatRef, Message, Video
from tests.bots.web.scripted import PATIENCE
from tests.bots.web.stage import Stage

NAMELESS = """() => {
    const hidden = (it) => it.closest("[hidden]") !== null || it.closest("[aria-hidden=true]") !== null;
    const named = (it) => it.ariaLabel || it.getAttribute("aria-labelledby") || it.labels?.length
        || it.textContent.trim() || it.alt !== undefined && it.hasAttribute("alt");
    return [...document.querySelectorAll("button, a, input, textarea, img, video, progress, [role=log], [role=region]")]
        .filter((it) => !hidden(it) && !named(it)).map((it) => it.outerHTML);
}"""
"""A script: controls and landmarks without a name for a screen reader, as HTML."""

LOW_CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (rgb) => {
        const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        const [r, g, b] = rgb.map((part) => linear(part / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (it) => {
        for (let at = it; at; at = at.parentElement) {
            const colour = rgba(getComputedStyle(at).backgroundColor);
            if (colour[3] > 250) return colour;
        }
        return [255, 255, 255, 255];
    };
    const poor = [];
    for (const it of document.querySelectorAll("body *")) {
        const own = [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !it.checkVisibility() || it.closest(".unseen, .skip, noscript, script")) continue;
        const [front, back] = [rgba(getComputedStyle(it).color), ground(it)].map((rgb) => light(rgb.slice(0, 3)));
        const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        if (ratio < 4.5) poor.push(`${it.className} ${it.textContent.trim()}: ${ratio.toFixed(2)}`);
    }
    return poor;
}"""
"""A script: shown texts that stand out from their ground by less than 4.5 to 1 (WCAG 2.2, 1.4.3)."""


class Visit:
    """One visitor with the page open. Everything that the page complains of is kept."""

    def __init__(self, stage: Stage, context: BrowserContext) -> None:
        self.stage = stage
        self.context = context
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.open()
        secrets = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
        self.chat: ChatRef = visitors.chat_of(secrets[visitors.COOKIE])

    def open(self) -> None:
        self.page.goto(self.stage.site.url)
        expect(self.page.locator("#entries")).to_have_attribute("aria-busy", "false")

    def bot_says(self, text: str, *buttons: Button, fraction: float | None = None) -> str:
        return self.stage.do(self.stage.site.outbox.send(self.chat, Message(text, buttons, fraction)))

    def bot_edits(self, message: str, text: str, *buttons: Button, fraction: float | None = None) -> None:
        self.stage.do(self.stage.site.outbox.edit(self.chat, message, Message(text, buttons, fraction)))

    def bot_posts(self, video: Video, text: str, *buttons: Button) -> str:
        return self.stage.do(
            self.stage.site.outbox.post_video(self.chat, video, Message(text, buttons), job=self.chat.chat)
        )

    def drop(self, *files: Path) -> None:
        """As the browser does it: the files come over the page, and are let go there."""
        carried = self.page.evaluate_handle(
            """(files) => {
                const transfer = new DataTransfer();
                for (const [name, type, content] of files) {
                    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
                    transfer.items.add(new File([bytes], name, { type }));
                }
                return transfer;
            }""",
            [[file.name, _type(file), base64.b64encode(file.read_bytes()).decode()] for file in files],
        )
        target = self.page.locator("body")
        target.dispatch_event("dragenter", {"dataTransfer": carried})
        expect(self.page.locator("#veil")).to_be_visible()
        target.dispatch_event("dragover", {"dataTransfer": carried})
        target.dispatch_event("drop", {"dataTransfer": carried})
        expect(self.page.locator("#veil")).to_be_hidden()

    def paste(self, file: Path, text: str = "") -> None:
        self.page.evaluate(
            """([name, content, text]) => {
                const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
                const data = new DataTransfer();
                data.items.add(new File([bytes], name, { type: "image/png" }));
                if (text) data.setData("text/plain", text);
                const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
                document.getElementById("text").dispatchEvent(paste);
            }""",
            [file.name, base64.b64encode(file.read_bytes()).decode(), text],
        )

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def chips(self) -> Locator:
        return self.page.get_by_role("list", name="Files to send").get_by_role("listitem")

    @property
    def entries(self) -> Locator:
        return self.page.get_by_role("log").get_by_role("article")


def _type(file: Path) -> str:
    return {".jpg": "image/jpeg", ".heic": "image/heic"}.get(file.suffix, "")
