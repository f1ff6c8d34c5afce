"""What people read: the languages there are, and a catalogue that has every sentence with its placeholders."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import core.texts
from core.texts import LANGUAGES, closest, speaker
from core.texts.lengths import cut, units

_CORE = Path(core.texts.__file__).parents[1]
_TRANSLATED = tuple(language for language in LANGUAGES if language != "en")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def said_in_core() -> Iterator[tuple[str, str]]:
    """Where a sentence is said (`say("…")`, `self._say("…")`, `speaker(…)("…")`), and the sentence."""
    for path in sorted(_CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_speaker(node.func):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield f"{path.relative_to(_CORE)}:{node.lineno}", first.value


def _is_speaker(called: ast.expr) -> bool:
    if isinstance(called, ast.Call):
        return isinstance(called.func, ast.Name) and called.func.id == "speaker"
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in {"say", "_say"}


def catalogue(language: str) -> dict[str, str]:
    with (_CORE / "texts" / "locale" / language / "LC_MESSAGES" / "stillreel.po").open("rb") as file:
        return {
            str(message.id): str(message.string)
            for message in read_po(file, locale=language)
            if message.id and not message.fuzzy
        }


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh", "zh"),
        ("zh-Hans-CN", "zh"),
        ("zh_TW", "zh"),
        ("ZH", "zh"),
        ("fr", "en"),
        ("", "en"),
        ("zhuang", "en"),
    ],
)
def test_a_tag_finds_its_language_or_english(tag: str, language: str) -> None:
    assert closest(tag) == language


def test_a_sentence_is_said_with_its_values() -> None:
    say = speaker("en")
    assert say("Uploading {name}…", name="a{b}.jpg") == "Uploading a{b}.jpg…"
    assert say("100 % {as it is}") == "100 % {as it is}"


def test_a_sentence_that_is_not_in_the_catalogue_is_said_in_english() -> None:
    assert speaker("zh")("No such sentence: {x}", x=1) == "No such sentence: 1"


@pytest.mark.parametrize("language", _TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_sentence(language: str) -> None:
    translations = catalogue(language)
    assert len(translations) > 30
    for sentence, text in translations.items():
        assert text, sentence
        assert placeholders(text) == placeholders(sentence), sentence


@pytest.mark.parametrize("language", _TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    said = list(said_in_core())
    assert len(said) > 30
    missing = [f"{where}: {sentence!r}" for where, sentence in said if sentence not in catalogue(language)]
    assert not missing, "\n" + "\n".join(missing)


@pytest.mark.parametrize("language", _TRANSLATED)
def test_no_translation_is_of_a_sentence_that_nobody_says(language: str) -> None:
    said = {sentence for _, sentence in said_in_core()}
    assert not [sentence for sentence in catalogue(language) if sentence not in said]


def test_a_sentence_is_always_written_where_it_is_said() -> None:
    """What is put together elsewhere could not be looked for in a catalogue."""
    for path in sorted(_CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_speaker(node.func):
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"


@pytest.mark.parametrize("language", _TRANSLATED)
def test_a_translation_is_really_said(language: str) -> None:
    sentence, text = next(each for each in catalogue(language).items() if not placeholders(each[0]))
    assert speaker(language)(sentence) == text != sentence
    assert speaker(f"{language}-Hans")(sentence) == text


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("一二三四五六", 5, "一二三四…"),
        ("🎬🎬🎬", 5, "🎬🎬…"),
        ("🎬🎬🎬", 6, "🎬🎬🎬"),
    ],
)
def test_texts_are_cut_in_utf_16_units(text: str, most: int, expected: str) -> None:
    assert cut(text, most) == expected
    assert units(cut(text, most)) <= most
