"""The page in a real browser: what a person does with mouse, keyboard and screen reader, on a desk and on a phone."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect, sync_playwright

from core.chat import Button, Video
from tests.bots.web.scripted import PATIENCE
from tests.bots.web.stage import Stage, staged
from tests.bots.web.visit import LOW_CONTRAST, NAMELESS, Visit
from tests.photos import heic

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MOST_BYTES = 1024**2
DATABASE = 7
"""A database of the tests' Valkey that no other test empties."""

expect.set_options(timeout=PATIENCE * 1000)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="there is no chromium on this machine"
)


@pytest.fixture(scope="module")
def stage(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("web")
    with staged(f"{redis_url}?db={DATABASE}", folder, most_bytes=MOST_BYTES) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(stage: Stage, browser: Browser) -> Iterator[Visitor]:
    """Opens the page as a new visitor, with the browser's settings as keywords. Nobody's page may complain."""
    visits: list[Visit] = []

    def come(**settings: Any) -> Visit:
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1100, "height": 800}, **settings})
        visits.append(Visit(stage, context))
        return visits[-1]

    yield come
    for each in visits:
        each.context.close()
    assert [complaint for each in visits for complaint in each.complaints] == []
    assert stage.site.talk.untold == 0, "something was said that no test asked for"


def test_an_empty_page_says_what_to_do_and_gives_words_to_start_with(visit: Visitor) -> None:
    here = visit()
    expect(here.page.get_by_role("heading", name="A photo in, a film out")).to_be_visible()
    example = here.page.get_by_role("list", name="Words to start with").get_by_role("button").nth(1)
    example.click()
    expect(here.field).to_have_value("Zoom out slowly, vertical 9:16")
    expect(here.field).to_be_focused()
    with here.page.expect_file_chooser() as chooser:
        here.page.get_by_role("button", name="Choose photos").click()
    assert chooser.value.is_multiple()


def test_a_photo_is_dropped_and_goes_out_with_words_by_enter(visit: Visitor, photo: Path) -> None:
    here = visit()
    here.drop(photo)
    expect(here.chips).to_have_attribute("data-state", "ready")
    expect(here.chips.get_by_role("img")).to_have_js_property("naturalWidth", 640)
    expect(here.field).to_be_focused()
    here.page.keyboard.type("zoom in slowly")
    here.page.keyboard.press("Shift+Enter")
    here.page.keyboard.type("5 seconds")
    here.page.keyboard.press("Enter")
    heard = here.stage.site.talk.next_message()
    assert (heard.text, [media.name for media in heard.media]) == ("zoom in slowly\n5 seconds", ["hills.jpg"])
    expect(here.entries).to_have_count(1)
    expect(here.entries.locator(".words")).to_have_text("zoom in slowly\n5 seconds")
    expect(here.entries.get_by_role("img", name="Photo hills.jpg")).to_have_js_property("naturalWidth", 640)
    expect(here.field).to_have_value("")
    expect(here.chips).to_have_count(0)
    expect(here.page.locator("#welcome")).to_be_hidden()


def test_several_are_picked_one_is_taken_out_one_is_pasted(visit: Visitor, photo: Path, tmp_path: Path) -> None:
    here = visit()
    second = shutil.copy(photo, tmp_path / "second.jpg")
    here.page.locator("input[type=file]").set_input_files([photo, second, heic(tmp_path / "phone.heic", (320, 240))])
    expect(here.chips).to_have_count(3)
    expect(here.page.locator(".chip[data-state=ready]")).to_have_count(3)
    expect(here.chips.nth(2)).to_contain_text("phone.heic")
    here.page.get_by_role("button", name="Remove hills.jpg").click()
    expect(here.chips).to_have_count(2)
    expect(here.page.get_by_role("button", name="Remove second.jpg")).to_be_focused()
    here.paste(photo)
    expect(here.page.locator(".chip[data-state=ready]")).to_have_count(3)
    here.paste(photo, text="a table copied from an office program")
    expect(here.chips).to_have_count(3)
    here.page.get_by_role("button", name="Send").click()
    heard = here.stage.site.talk.next_message()
    assert [media.name for media in heard.media] == ["second.jpg", "phone.heic", "hills.jpg"]
    kept = [path for path in here.stage.site.folder.rglob("*.json") if '"hills.jpg"' in path.read_text()]
    assert heard.media[2].ref.partition("-")[2] in {path.stem for path in kept}


def test_what_is_sent_during_the_upload_goes_out_after_it(visit: Visitor, photo: Path) -> None:
    here = visit()
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    here.page.route("**/api/files?*", hold)
    here.page.locator("input[type=file]").set_input_files(photo)
    expect(here.chips).to_have_attribute("data-state", "uploading")
    here.field.fill("pan to the left")
    here.field.press("Enter")
    expect(here.page.get_by_text("This is sent as soon as everything is uploaded.")).to_be_visible()
    assert here.stage.site.talk.untold == 0
    expect(here.field).to_have_value("pan to the left")
    waiting[0].continue_()
    expect(here.entries).to_have_count(1)
    assert [media.name for media in here.stage.site.talk.next_message().media] == ["hills.jpg"]


def test_a_refused_file_says_why_on_its_chip_and_holds_the_message_back(
    visit: Visitor, photo: Path, tmp_path: Path
) -> None:
    here = visit()
    huge = tmp_path / "huge.jpg"
    huge.write_bytes(bytes(MOST_BYTES + 1))
    here.drop(photo, huge)
    refused = here.chips.filter(has=here.page.get_by_role("button", name="Remove huge.jpg"))
    expect(refused.get_by_role("alert")).to_have_text("The file is too large: at most 1 MB. Send a smaller copy.")
    expect(refused.get_by_role("button", name="Upload huge.jpg again")).to_be_hidden()
    here.field.fill("animate it")
    here.field.press("Enter")
    expect(here.page.locator("#notice")).to_contain_text("Remove what could not be uploaded")
    expect(here.field).to_have_value("animate it")
    here.page.get_by_role("button", name="Remove huge.jpg").click()
    here.field.press("Enter")
    expect(here.entries).to_have_count(1)
    assert [media.name for media in here.stage.site.talk.next_message().media] == ["hills.jpg"]


def test_an_upload_that_broke_off_is_tried_again(visit: Visitor, photo: Path) -> None:
    here = visit()
    here.page.route("**/api/files?*", lambda route: route.abort())
    here.page.locator("input[type=file]").set_input_files(photo)
    expect(here.chips.get_by_role("alert")).to_contain_text("The upload broke off.")
    here.page.unroute("**/api/files?*")
    here.page.get_by_role("button", name="Upload hills.jpg again").click()
    expect(here.chips).to_have_attribute("data-state", "ready")
    here.complaints.clear()


def test_when_sending_fails_the_words_stay_and_are_sent_once(visit: Visitor) -> None:
    here = visit()
    here.page.route("**/api/messages", lambda route: (route.fetch(), route.abort()))
    here.field.fill("slower, please")
    here.field.press("Enter")
    expect(here.page.get_by_role("alert").filter(has_text="Stillreel cannot be reached.")).to_be_visible()
    expect(here.field).to_have_value("slower, please")
    here.page.unroute("**/api/messages")
    here.field.press("Enter")
    expect(here.field).to_have_value("")
    expect(here.page.locator("#notice")).to_be_empty()
    first, again = here.stage.site.talk.next_message(), here.stage.site.talk.next_message()
    assert first.event == again.event
    expect(here.entries).to_have_count(1)
    here.complaints.clear()


def test_too_long_and_empty_messages_are_not_sent(visit: Visitor) -> None:
    here = visit()
    here.field.press("Enter")
    expect(here.page.locator("#notice")).to_have_text("Write a few words or add a photo first.")
    here.field.fill("山" * 4001)
    expect(here.page.get_by_text("1 characters too many")).to_be_visible()
    here.field.press("Enter")
    expect(here.page.locator("#notice")).to_contain_text("at most 4000 characters")
    expect(here.field).to_have_value("山" * 4001)


def test_enter_that_chooses_a_character_does_not_send(visit: Visitor) -> None:
    here = visit()
    here.field.fill("放大")
    taken = here.field.evaluate(
        """(field) => [true, false].map((isComposing) => !field.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", isComposing, bubbles: true, cancelable: true })))"""
    )
    assert taken == [False, True]
    expect(here.entries).to_have_count(1)
    assert here.stage.site.talk.next_message().text == "放大"


def test_progress_is_one_message_with_a_bar_and_cancel(visit: Visitor) -> None:
    here = visit()
    cancel = Button("Cancel", "x.job.")
    work = here.bot_says("Uploading hills.jpg · 5%", cancel, fraction=0.05)
    bar = here.page.get_by_role("progressbar", name="Progress of your video")
    expect(bar).to_have_js_property("value", 0.05)
    expect(here.page.locator("#announcer")).to_have_text("Uploading hills.jpg")
    here.page.get_by_role("button", name="Cancel").focus()
    here.bot_edits(work, "Rendering · 63%\nStill working, 2 min without news", cancel, fraction=0.63)
    expect(bar).to_have_js_property("value", 0.63)
    expect(here.entries).to_have_count(1)
    expect(here.entries.locator(".stage")).to_have_text("Rendering")
    expect(here.entries.locator(".percent")).to_have_text("63%")
    expect(here.entries).to_contain_text("Still working, 2 min without news")
    expect(here.entries).to_have_attribute("aria-live", "off")
    expect(here.page.get_by_role("button", name="Cancel")).to_be_focused()
    here.page.keyboard.press("Enter")
    press = here.stage.site.talk.next_press()
    assert (press.message, press.action, press.chat) == (work, "x.job.", here.chat)
    here.bot_edits(work, "Cancelled. Nothing was made.", Button("Retry", "r.job."))
    expect(bar).to_have_count(0)
    expect(here.entries.locator(".words")).to_have_text("Cancelled. Nothing was made.")
    expect(here.page.get_by_role("button", name="Retry")).to_be_visible()


def test_a_video_plays_in_place_and_can_be_downloaded(visit: Visitor, video: Video, tmp_path: Path) -> None:
    here = visit()
    work = here.bot_says("Rendering · 99%", Button("Cancel", "x.job."), fraction=0.99)
    posted = here.bot_posts(
        video, "Here is your video.", Button("Slower", "e.clip.slower"), Button("1:1", "e.clip.1x1")
    )
    here.stage.do(here.stage.site.outbox.remove(here.chat, work))
    expect(here.entries).to_have_count(1)
    film = here.page.get_by_label("Video hills.mp4")
    expect(film).to_have_js_property("videoHeight", 320)
    assert film.evaluate("film => [film.controls, film.playsInline, film.preload]") == [True, True, "metadata"]
    box = film.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(180 / 320, rel=0.02)
    film.evaluate("film => { film.muted = true; return film.play(); }")
    here.bot_edits(posted, "Here is your video. What next?", Button("Slower", "e.clip.slower"))
    expect(here.entries.locator(".words")).to_have_text("Here is your video. What next?")
    expect(film).to_have_js_property("ended", True)
    with here.page.expect_download() as download:
        here.page.get_by_role("link", name="Download hills.mp4").click()
    download.value.save_as(tmp_path / "got.mp4")
    assert download.value.suggested_filename == "hills.mp4"
    assert (tmp_path / "got.mp4").read_bytes() == video.path.read_bytes()
    here.page.get_by_role("button", name="Slower").click()
    press = here.stage.site.talk.next_press()
    assert (press.message, press.action) == (posted, "e.clip.slower")


def test_a_button_that_no_longer_applies_says_so(visit: Visitor) -> None:
    here = visit()
    here.bot_says("Shall I?", Button("Yes", "e.clip.pan"))
    here.page.route("**/api/presses", lambda route: route.continue_(post_data=_other_action(route.request.post_data)))
    here.page.get_by_role("button", name="Yes").click()
    expect(here.page.locator("#notice")).to_contain_text("This button no longer applies.")
    here.complaints.clear()


def _other_action(body: str | None) -> str:
    return (body or "").replace("e.clip.pan", "e.clip.gone")


def test_a_button_pressed_in_a_hurry_is_one_press(visit: Visitor) -> None:
    here = visit()
    message = here.bot_says("What next?", Button("Slower", "e.clip.slower"), Button("Faster", "e.clip.faster"))
    slower = here.page.get_by_role("button", name="Slower")
    slower.click(click_count=5)
    expect(slower).to_have_attribute("aria-disabled", "true")
    assert here.stage.site.talk.next_press().action == "e.clip.slower"
    here.bot_edits(message, "And now?", Button("Slower", "e.clip.slower"), Button("Faster", "e.clip.faster"))
    expect(here.entries).to_contain_text("And now?")
    here.page.get_by_role("button", name="Faster").click()
    assert here.stage.site.talk.next_press().action == "e.clip.faster"
    expect(slower).not_to_have_attribute("aria-disabled", "true")
    slower.click()
    assert here.stage.site.talk.next_press().action == "e.clip.slower"


def test_a_press_that_failed_on_its_way_is_tried_again_as_the_same(visit: Visitor) -> None:
    here = visit()
    here.bot_says("What next?", Button("Slower", "e.clip.slower"))
    here.page.route("**/api/presses", lambda route: (route.fetch(), route.abort()))
    slower = here.page.get_by_role("button", name="Slower")
    slower.click()
    expect(here.page.locator("#notice")).to_contain_text("Stillreel cannot be reached.")
    here.page.unroute("**/api/presses")
    expect(slower).not_to_have_attribute("aria-disabled", "true")
    slower.click()
    first, again = here.stage.site.talk.next_press(), here.stage.site.talk.next_press()
    assert first.event == again.event
    here.complaints.clear()


def test_a_reply_is_about_the_clip_it_was_asked_at(visit: Visitor, video: Video) -> None:
    here = visit()
    posted = here.bot_posts(video, "Here is your video.")
    here.page.get_by_role("button", name="Change this clip").click()
    expect(here.page.get_by_text("Changing: hills.mp4")).to_be_visible()
    expect(here.field).to_be_focused()
    here.page.keyboard.press("Escape")
    expect(here.page.get_by_text("Changing: hills.mp4")).to_be_hidden()
    here.page.get_by_role("button", name="Change this clip").click()
    here.page.keyboard.type("slower")
    here.page.keyboard.press("Enter")
    assert here.stage.site.talk.next_message().reply_to == posted
    expect(here.entries.last).to_contain_text("About hills.mp4")
    expect(here.page.get_by_text("Changing: hills.mp4")).to_be_hidden()


def test_the_conversation_and_the_draft_are_there_after_a_reload(visit: Visitor, video: Video) -> None:
    here = visit()
    here.field.fill("animate it")
    here.field.press("Enter")
    here.stage.site.talk.next_message()
    here.bot_posts(video, "Here is your video.", Button("Undo", "e.clip.undo"))
    here.bot_says("Rendering · 40%", Button("Cancel", "x.job."), fraction=0.4)
    expect(here.entries).to_have_count(3)
    here.field.fill("not sent yet")
    here.open()
    expect(here.entries).to_have_count(3)
    expect(here.page.get_by_role("progressbar")).to_have_js_property("value", 0.4)
    expect(here.page.get_by_label("Video hills.mp4")).to_have_js_property("videoWidth", 180)
    expect(here.field).to_have_value("not sent yet")
    here.bot_says("And it goes on.")
    expect(here.entries).to_have_count(4)


def test_older_messages_come_on_scrolling_and_the_place_is_kept(visit: Visitor) -> None:
    here = visit()
    for number in range(120):
        here.bot_says(f"message {number}")
    here.open()
    expect(here.entries).to_have_count(50)
    expect(here.entries.last).to_be_in_viewport()
    here.page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = 0; }")
    expect(here.entries).to_have_count(100)
    expect(here.page.get_by_text("message 70", exact=True)).to_be_in_viewport()
    # Bringing the button into view may already bring the messages: a click by its place would then miss it.
    here.page.get_by_role("button", name="Earlier messages").evaluate("button => button.click()")
    expect(here.entries).to_have_count(120)
    expect(here.page.get_by_role("button", name="Earlier messages")).to_be_hidden()
    expect(here.entries.first).to_contain_text("message 0")
    here.bot_says("the newest")
    expect(here.page.locator("#newest")).to_have_class(re.compile("unread"))
    here.page.get_by_role("button", name="To the newest message").click()
    expect(here.page.get_by_text("the newest", exact=True)).to_be_in_viewport()
    expect(here.page.locator("#newest")).to_be_hidden()


def test_a_forgotten_chat_is_empty_again(visit: Visitor) -> None:
    here = visit()
    here.bot_says("Hello")
    expect(here.entries).to_have_count(1)
    here.stage.do(here.stage.site.outbox.forget(here.chat))
    expect(here.entries).to_have_count(0)
    expect(here.page.locator("#welcome")).to_be_visible()
    here.bot_says("Hello again")
    expect(here.entries).to_have_count(1)


def test_a_broken_connection_is_named_and_mended(visit: Visitor) -> None:
    here = visit()
    here.page.route("**/api/history", lambda route: route.abort())
    here.page.goto(here.stage.site.url)
    expect(here.page.get_by_text("The connection is gone. Trying again…")).to_be_visible()
    here.bot_says("said meanwhile")
    here.page.unroute("**/api/history")
    expect(here.entries).to_have_count(1)
    expect(here.page.get_by_text("The connection is gone. Trying again…")).to_be_hidden()
    here.complaints.clear()


def test_text_stays_text_and_addresses_become_links(visit: Visitor) -> None:
    here = visit()
    here.bot_says("<b>bold</b> <img src=x onerror=alert(1)>\nSee https://films.example/a?b=1, please.")
    expect(here.entries.locator(".words")).to_have_text(
        "<b>bold</b> <img src=x onerror=alert(1)>\nSee https://films.example/a?b=1, please."
    )
    expect(here.entries.locator("b, img")).to_have_count(0)
    expect(here.page.get_by_role("link", name="films.example")).to_have_attribute("href", "https://films.example/a?b=1")


def test_everything_is_reached_by_keyboard_and_shows_where_it_is(visit: Visitor) -> None:
    here = visit()
    here.bot_says("What next?", Button("Pan", "e.clip.pan"))
    expect(here.entries).to_have_count(1)
    desk = here.page.locator(".desk")
    at_rest = desk.evaluate("desk => getComputedStyle(desk).borderTopColor")
    names: list[str] = []
    for _ in range(8):
        here.page.keyboard.press("Tab")
        name, outline = here.page.evaluate(
            """() => {
                const it = document.activeElement;
                return [it.id || it.textContent.trim(), getComputedStyle(it).outlineStyle !== "none"];
            }"""
        )
        assert outline or name == "text", f"no focus is shown on {name}"
        names.append(name)
    assert names == ["Go to the message field", "new", "help", "scroller", "Pan", "add", "text", "send"]
    here.page.keyboard.press("Shift+Tab")
    expect(here.field).to_be_focused()
    here.page.mouse.click(5, 5)
    expect(desk).to_have_css("border-top-color", at_rest)
    here.field.focus()
    expect(desk).not_to_have_css("border-top-color", at_rest)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_can_be_read_in_both_schemes(
    visit: Visitor, video: Video, photo: Path, scheme: str
) -> None:
    here = visit(color_scheme=scheme)
    paper = here.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(int(part) for part in re.findall(r"\d+", paper)[:3]) > 600) is (scheme == "light")
    assert here.page.evaluate(LOW_CONTRAST) == []
    here.field.press("Enter")
    here.page.locator("input[type=file]").set_input_files(photo)
    here.bot_posts(video, "Here is your video.", Button("Slower", "e.clip.slower"))
    here.bot_says("Rendering · 40%", Button("Cancel", "x.job."), fraction=0.4)
    expect(here.entries).to_have_count(2)
    expect(here.chips).to_have_attribute("data-state", "ready")
    assert here.page.evaluate(NAMELESS) == []
    assert here.page.evaluate(LOW_CONTRAST) == []


def test_on_a_phone_everything_fits_and_can_be_hit(visit: Visitor, video: Video, photo: Path) -> None:
    here = visit(**PHONE)
    expect(here.page.locator("#begin")).to_be_in_viewport(ratio=1)
    expect(here.field).to_be_in_viewport(ratio=1)
    here.page.locator("input[type=file]").set_input_files([photo, photo, photo, photo, photo])
    here.bot_says("A " + "long" * 60 + " word")
    here.bot_posts(
        video, "Here is your video.", *(Button(label, f"e.c.{label}") for label in ("Slower", "9:16", "1:1"))
    )
    here.bot_says("Rendering · 40%", Button("Cancel", "x.job."), fraction=0.4)
    expect(here.entries).to_have_count(3)
    expect(here.page.locator(".chip[data-state=ready]")).to_have_count(5)
    wide, small = here.page.evaluate(
        """() => [
            ["html", "#scroller"].map((it) => document.querySelector(it))
                .map((it) => it.scrollWidth - it.clientWidth),
            [...document.querySelectorAll("button, a, textarea")].filter((it) => it.checkVisibility())
                .map((it) => [it.textContent.trim() || it.ariaLabel || it.id, it.getBoundingClientRect()])
                .filter(([name, box]) => box.width < 44 || box.height < 44).map(([name]) => name),
        ]"""
    )
    assert wide == [0, 0]
    assert small == []
    assert here.field.evaluate("field => parseFloat(getComputedStyle(field).fontSize)") >= 16
    expect(here.page.get_by_role("button", name="Cancel")).to_be_in_viewport()


def test_who_wants_no_motion_gets_none(visit: Visitor) -> None:
    calm, lively = visit(reduced_motion="reduce"), visit(reduced_motion="no-preference")
    moving = "document.getAnimations().filter((it) => it.playState === 'running').length"
    assert calm.page.evaluate(moving) == 0
    assert lively.page.evaluate(moving) > 0


def test_a_chinese_browser_gets_a_chinese_page(visit: Visitor) -> None:
    here = visit(locale="zh-CN")
    expect(here.page.get_by_role("heading", name="一张照片，一段影像")).to_be_visible()
    here.page.get_by_role("textbox", name="消息").fill("放大")
    here.page.get_by_role("button", name="发送").click()
    assert here.stage.site.talk.next_message().person.language == "zh-CN"


def test_commands_are_a_press_away(visit: Visitor) -> None:
    here = visit()
    expect(here.page.get_by_role("button", name="New clip")).to_be_hidden()
    here.page.get_by_role("button", name="Help").click()
    assert here.stage.site.talk.next_message().command == "help"
    here.page.get_by_role("button", name="New clip").click()
    assert here.stage.site.talk.next_message().command == "new"
    expect(here.entries).to_have_count(2)
