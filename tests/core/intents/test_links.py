"""Links to media in what people write, and the language that they write in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intents import language_of, media_links

A = "https://example.org/a.jpg"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (A, [A]),
        (f"zoom in on {A}.", [A]),
        (f"({A})", [A]),
        (f"[a photo]({A}),then zoom", [A]),
        (f"把{A}做成视频", [A]),
        (f"看 {A}，放大", [A]),
        (f"“{A}”", [A]),
        (f"{A} and https://example.org/b.PNG?x=1#y", [A, "https://example.org/b.PNG?x=1#y"]),
        (f"{A} {A}", [A]),
        ("HTTPS://EXAMPLE.ORG/A.JPG", ["HTTPS://EXAMPLE.ORG/A.JPG"]),
        ("https://example.org/photo_(1).jpg", ["https://example.org/photo_(1).jpg"]),
        ("https://images.example.org/photo-1500?auto=format", ["https://images.example.org/photo-1500?auto=format"]),
        ("https://example.org/i?id=1&format=webp", ["https://example.org/i?id=1&format=webp"]),
        ("https://example.org/照片.jpg", ["https://example.org/照片.jpg"]),
        ("http://127.0.0.1:8080/a.heic", ["http://127.0.0.1:8080/a.heic"]),
        ("https://example.org/song.mp3 as music", ["https://example.org/song.mp3"]),
    ],
)
def test_a_link_to_media_is_found_as_it_is(text: str, links: list[str]) -> None:
    assert media_links(text) == links


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no link",
        "https://example.org/",
        "https://example.org/page.html",
        "https://example.org/jpg",
        "ftp://example.org/a.jpg",
        "file:///etc/a.jpg",
        "example.org/a.jpg",
        "https://images.example.org/",
        "https:///a.jpg",
        "http://[::1/a.jpg",
    ],
)
def test_any_other_link_is_none(text: str) -> None:
    assert media_links(text) == []


@given(st.text(max_size=80), st.text(st.sampled_from(" .,()[]“”。，"), max_size=5))
def test_any_text_can_be_searched_and_the_link_in_it_is_found(before: str, around: str) -> None:
    assert all(link.lower().startswith("http") for link in media_links(before))
    assert A in media_links(f"{around} {A}{around.replace('[', '').replace('(', '')}")


@pytest.mark.parametrize(
    ("text", "fallback", "language"),
    [
        ("zoom in", "zh", "en"),
        ("慢慢放大", "en", "zh"),
        ("做一个 video", "en", "zh"),
        ('add the title "你好世界"', "zh", "en"),
        ("加标题“Summer Holiday In Rome”", "en", "zh"),
        ("https://example.org/very/long/path.jpg 放大", "en", "zh"),
        ("", "", "en"),
        ("", "zh-Hans-CN", "zh"),
        ("123", "zh", "zh"),
        ("увеличь", "zh", "zh"),
        ("увеличь", "ru", "en"),
        ("ズームして", "ja", "en"),
        ("“你好”", "en", "zh"),
    ],
)
def test_the_language_is_that_of_the_words(text: str, fallback: str, language: str) -> None:
    assert language_of(text, fallback) == language
