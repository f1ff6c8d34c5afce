"""Where things are on the page: a video from its top, the first step in sight; on a desk, on a phone either way up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from core.chat import Button, Video
from tests.bots.web.scripted import PATIENCE
from tests.bots.web.stage import Stage, staged
from tests.bots.web.test_browser import ARGUMENTS, CHROMIUM, Visitor
from tests.bots.web.visit import Visit

DATABASE = 8
"""A database of the tests' Valkey that no other test empties."""

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ON_ITS_SIDE = {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True}
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE, ON_ITS_SIDE], ids=["desk", "phone", "phone on its side"])

SETTLED = """() => {
    const scroller = document.getElementById("scroller").getBoundingClientRect();
    const it = [...document.querySelectorAll(".screen")].at(-1).getBoundingClientRect();
    return document.getAnimations().every((each) => each.animationName !== "arrive")
        && it.top >= scroller.top && it.bottom <= scroller.bottom;
}"""
"""A script: whether the newest video has come to rest, all of it between the header and the field."""

expect.set_options(timeout=PATIENCE * 1000)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="there is no chromium on this machine"
)


@pytest.fixture(scope="module")
def stage(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(f"{redis_url}?db={DATABASE}", tmp_path_factory.mktemp("web"), most_bytes=1024**2) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def visit(stage: Stage, browser: Browser) -> Iterator[Visitor]:
    visits: list[Visit] = []

    def come(**settings: Any) -> Visit:
        visits.append(Visit(stage, browser.new_context(locale="en-GB", **settings)))
        return visits[-1]

    yield come
    for each in visits:
        each.context.close()
    assert [complaint for each in visits for complaint in each.complaints] == []


def _scrolled(here: Visit) -> float:
    place: float = here.page.locator("#scroller").evaluate("scroller => scroller.scrollTop")
    return place


def _a_video_comes(here: Visit, video: Video) -> None:
    """As a job ends: words before, a progress message that goes when the video has come."""
    for number in range(4):
        here.bot_says(f"Words that were said before, number {number}.\nOn two lines.")
    work = here.bot_says("Rendering · 99%", Button("Cancel", "x.job."), fraction=0.99)
    expect(here.entries).to_have_count(5)
    labels = ("Slower", "Faster", "9:16", "1:1", "Zoom out", "Pan left", "Add music", "Undo")
    words = "Here is your video.\n" + "And more about it.\n" * 5 + "What next?"
    here.bot_posts(video, words, *(Button(label, f"e.c.{label}") for label in labels))
    expect(here.entries).to_have_count(6)
    here.stage.do(here.stage.site.outbox.remove(here.chat, work))
    expect(here.entries).to_have_count(5)


@SCREENS
def test_a_video_that_comes_is_seen_whole(visit: Visitor, video: Video, screen: dict[str, Any]) -> None:
    here = visit(**screen)
    _a_video_comes(here, video)
    here.page.wait_for_function(SETTLED)
    here.open()
    here.page.wait_for_function(SETTLED)


@SCREENS
def test_from_a_video_the_way_goes_on_to_its_end_and_stays_there(
    visit: Visitor, video: Video, screen: dict[str, Any]
) -> None:
    here = visit(**screen, reduced_motion="reduce")
    _a_video_comes(here, video)
    here.page.wait_for_function(SETTLED)
    here.page.get_by_role("button", name="To the newest message").click()
    undo = here.page.get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1)
    expect(here.page.locator("#newest")).to_be_hidden()
    if screen is not ON_ITS_SIDE:
        here.field.fill("one\ntwo\nthree")
        expect(undo).to_be_in_viewport(ratio=1)
    here.bot_says("And more words.")
    expect(here.page.get_by_text("And more words.")).to_be_in_viewport(ratio=1)


def test_who_reads_earlier_messages_is_left_there_when_a_video_comes(visit: Visitor, video: Video) -> None:
    here = visit(**DESK)
    for number in range(30):
        here.bot_says(f"message {number}")
    expect(here.entries).to_have_count(30)
    expect(here.page.get_by_text("message 29", exact=True)).to_be_in_viewport()
    here.page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = 20; }")
    expect(here.page.locator("#newest")).to_be_visible()
    here.bot_posts(video, "Here is your video.")
    expect(here.page.locator("#newest.unread")).to_be_visible()
    assert _scrolled(here) == 20
    here.page.get_by_role("button", name="To the newest message").click()
    here.page.wait_for_function(SETTLED)
    expect(here.page.locator("#newest")).not_to_have_class("newest unread")


def test_after_the_chat_was_forgotten_new_messages_are_followed(visit: Visitor) -> None:
    here = visit(**ON_ITS_SIDE)
    for round_ in range(2):
        for number in range(12):
            here.bot_says(f"round {round_}, message {number}")
        expect(here.page.get_by_text(f"round {round_}, message 11")).to_be_in_viewport(ratio=1)
        if round_ == 0:
            here.page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = 0; }")
            expect(here.page.locator("#newest")).to_be_visible()
            here.stage.do(here.stage.site.outbox.forget(here.chat))
            expect(here.page.locator("#welcome")).to_be_visible()
            expect(here.page.locator("#newest")).to_be_hidden()


@SCREENS
def test_the_first_step_is_in_sight_also_with_photos_chosen(
    visit: Visitor, photo: Path, screen: dict[str, Any]
) -> None:
    here = visit(**screen)
    begin = here.page.locator("#begin")
    expect(begin).to_be_in_viewport(ratio=1)
    _clear_of_the_field(here, "#begin")
    here.page.locator("input[type=file]").set_input_files([photo, photo])
    expect(here.page.locator(".chip[data-state=ready]")).to_have_count(2)
    _clear_of_the_field(here, "#begin")
    if screen is ON_ITS_SIDE:
        here.page.get_by_role("button", name="Title “Urban Dreams”").scroll_into_view_if_needed()
    _clear_of_the_field(here, "#examples li:last-child button")


def _clear_of_the_field(here: Visit, selector: str) -> None:
    room = here.page.evaluate(
        """(selector) => document.getElementById("scroller").getBoundingClientRect().bottom
            - document.querySelector(selector).getBoundingClientRect().bottom""",
        selector,
    )
    assert room >= 0
