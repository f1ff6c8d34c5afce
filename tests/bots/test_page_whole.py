"""The whole product in a real browser: drop a photo, type, watch, play, reload, cancel."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.async_api import Page, expect

from tests import photos, program
from tests.browsing import browsing
from tests.waiting import wait_until

_DROP = """
async ([data, name]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "image/jpeg" }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(
      new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}
"""


async def _drop(page: Page, photo: Path) -> None:
    await page.evaluate(_DROP, [base64.b64encode(photo.read_bytes()).decode(), photo.name])


async def _true(page: Page, expression: str) -> None:
    """Wait for it. The page's policy forbids Playwright's own way, which evaluates strings in the page."""
    await wait_until(lambda: page.evaluate(expression), 60, what=expression)


async def test_item_5_drop_type_watch_play_reload_and_cancel(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "harbour.jpg", (800, 600))
    async with program.up(tmp_path / "data") as up, browsing() as browser:
        page = await browser.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        await page.goto(up.url)
        await _drop(page, photo)
        await page.get_by_role("textbox", name="Message").fill("2 seconds, zoom out, title 'Harbour'")
        await page.keyboard.press("Enter")

        bar = page.get_by_role("progressbar", name="Progress of your video")
        await expect(bar).to_be_visible()
        await expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        seen = [float(await bar.get_attribute("value") or 0)]
        await _true(
            page, "document.querySelector('progress')?.value > 0.35 || document.querySelector('video') !== null"
        )
        if await bar.count():
            seen.append(float(await bar.evaluate("element => element.value")))
        assert seen == sorted(seen)

        film = page.locator("video")
        await expect(film).to_be_visible(timeout=60_000)
        await expect(bar).to_have_count(0)
        await _true(page, "document.querySelector('video').readyState >= 1")
        assert abs(await film.evaluate("film => film.duration") - 2.0) < 0.05
        assert await film.evaluate("film => [film.videoWidth, film.videoHeight]") == [1920, 1080]
        await film.evaluate("async film => { film.muted = true; await film.play(); }")
        await _true(page, "document.querySelector('video').currentTime > 0.5")
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name="Download").click()
        saved = tmp_path / "saved.mp4"
        await (await downloading.value).save_as(saved)
        assert saved.read_bytes()[4:8] == b"ftyp"

        await page.reload()
        await expect(page.locator("video")).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("2 seconds, zoom out, title 'Harbour'")
        await expect(page.get_by_role("log")).to_contain_text("“Harbour”")

        await page.get_by_role("textbox", name="Message").fill("make it 60 seconds long")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("log")).to_contain_text("Cancelled.")
        await expect(bar).to_have_count(0)
        await expect(page.locator("video")).to_have_count(1)

        await page.get_by_role("textbox", name="Message").fill("1 second, square")
        await page.keyboard.press("Enter")
        await expect(page.locator("video")).to_have_count(2, timeout=90_000)
        assert troubles == []
