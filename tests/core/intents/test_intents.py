"""What people type, against the labelled table, and the rules that the table cannot show."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intents import Intent, IntentKind, intent, small_talk
from core.intents.words import clauses, known_spelling
from tests.core.intents.table import Outcome, outcomes, report

K = IntentKind


@pytest.fixture(scope="module")
def found() -> tuple[Outcome, ...]:
    return outcomes()


def test_the_table_is_large_and_in_both_languages(found: tuple[Outcome, ...]) -> None:
    assert len(found) >= 500
    for language in ("en", "zh"):
        for kind in IntentKind:
            assert sum(o.row.kind is kind and o.row.language == language for o in found) >= 5, (language, kind)


def test_no_edit_is_taken_for_a_command(found: tuple[Outcome, ...]) -> None:
    swallowed = [outcome for outcome in found if outcome.swallowed]
    assert not swallowed, "\n" + report(swallowed)


def test_nearly_all_is_understood(found: tuple[Outcome, ...]) -> None:
    right = sum(outcome.right for outcome in found)
    assert right >= 0.97 * len(found), "\n" + report(found)


def test_the_tables_can_be_printed() -> None:
    shown = subprocess.run([sys.executable, "-m", "tests.tables"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("Intents: ")
    assert all(kind.value in shown for kind in IntentKind)


# None of these stand in the table: sentences that only look like commands.
@pytest.mark.parametrize(
    "text",
    [
        "stop the motion at the end",
        "add the word STATUS as a title",
        "cancel the zoom, pan instead",
        "start over with the zoom from the left",
        'export in 4k with a title "Hi"',
        "credits at the end: John Smith",
        "the video should stop at the end",
        "make the video ready for instagram",
        "bring back the previous version",
        "send the title to the back",
        "save the colors",
        "add a help sign",
        "停在最后一帧",
        "取消放大",
        "加一个上传的图标",
        "重新开始放大",
        "把进度条去掉",
        "平衡颜色",
        "换一首新的音乐",
        "结束时停顿两秒",
    ],
)
def test_an_edit_with_a_commands_word_in_it_is_an_edit(text: str) -> None:
    assert intent(text).kind is K.MESSAGE


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("zoom in, then export", K.MESSAGE),
        ("stop. start over", K.NEW),
        ("is it ready? send me the video", K.EXPORT),
        ("great, thanks! export please", K.EXPORT),
        ("好的，导出吧", K.EXPORT),
        ("EXPORT!!!", K.EXPORT),
        ("exprot", K.EXPORT),
        ("導出", K.EXPORT),
        ("剩餘積分", K.CREDITS),
        ("???", K.HELP),
    ],
)
def test_a_text_of_several_clauses_and_odd_spellings(text: str, kind: IntentKind) -> None:
    assert intent(text).kind is kind


# The button's words and the like: sent as an edit without asking whether something else was meant.
@pytest.mark.parametrize(
    "text",
    [
        "Try it another way",
        "换一种动法再做一次",
        "another version",
        "something else",
        "surprise me",
        "I don't like the motion",
        "I don't like it",
        "换一种",
        "再来一版",
        "换别的",
        "我不喜欢这个动作",
        "不喜欢",
    ],
)
def test_another_way_is_an_edit_without_a_doubt(text: str) -> None:
    assert intent(text) == Intent(K.MESSAGE)
    assert not small_talk(text)


def test_doing_it_again_is_not_swallowed_by_the_export_beside_it() -> None:
    assert intent("redo it and send it to me") == Intent(K.MESSAGE, (K.NEW,), then_export=True)
    assert intent("add credits, then export") == Intent(K.MESSAGE, (K.CREDITS,), then_export=True)
    assert intent("不喜欢，换一个，然后导出") == Intent(K.MESSAGE, (K.NEW,), then_export=True)
    assert intent("wait, export it").kind is K.EXPORT
    assert intent("done, export").kind is K.EXPORT


def test_a_wish_to_have_it_in_the_same_breath_is_kept() -> None:
    assert intent("zoom in, then export").then_export
    assert intent("放大，然后导出").then_export
    assert not intent("zoom in").then_export


def test_an_ambiguous_text_names_its_other_reading() -> None:
    assert intent("reset") == Intent(K.MESSAGE, (K.NEW,))
    assert intent("reset").ambiguous
    assert not intent("export").ambiguous


def test_a_photo_without_words_is_an_upload() -> None:
    assert intent("", has_media=True).kind is K.UPLOAD
    assert intent("here is my photo", has_media=True).kind is K.UPLOAD
    assert intent("这张", has_media=True).kind is K.UPLOAD
    assert intent("zoom in", has_media=True).kind is K.MESSAGE


def test_a_caption_cannot_mean_an_older_clip() -> None:
    assert intent("send me the video", has_media=True).kind is K.MESSAGE
    assert intent("把视频发给我", has_media=True).kind is K.MESSAGE
    assert intent("给你视频", has_media=True).kind is K.UPLOAD
    assert intent("here is a photo of me", has_media=True).kind is K.UPLOAD
    assert intent("new project", has_media=True).kind is K.UPLOAD
    assert intent("how many credits do I have", has_media=True).kind is K.CREDITS


def test_no_words_at_all_ask_for_nothing() -> None:
    for text in ("", "  \n", "🙂"):
        assert intent(text) == Intent(K.MESSAGE)
        assert not small_talk(text) or text.strip()


@pytest.mark.parametrize("text", ["thanks!", "好的", "ok great", "谢谢"])
def test_courtesy_is_no_edit(text: str) -> None:
    assert small_talk(text)
    assert intent(text).kind is K.MESSAGE


@pytest.mark.parametrize("text", ["", "thanks, now zoom in", "export", "好的，放大"])
def test_what_asks_for_something_is_no_courtesy(text: str) -> None:
    assert not small_talk(text)


def test_a_slip_is_forgiven_and_another_word_is_not() -> None:
    known = frozenset({"export", "balance"})
    for slip in ("exprot", "exporrt", "exportt", "eport", "exporttt"):
        assert known_spelling(slip, known) in ("export", slip)
    assert known_spelling("exprot", known) == "export"
    for other in ("expert", "balanced", "port"):
        assert known_spelling(other, known) == other


def test_long_texts_are_never_commands() -> None:
    assert intent("export " * 40).kind is K.MESSAGE


@given(st.text(max_size=200), st.booleans())
def test_any_text_has_an_intent(text: str, has_media: bool) -> None:
    found = intent(text, has_media)
    assert found.kind not in found.alternatives
    assert isinstance(small_talk(text), bool)


@pytest.mark.parametrize("tail", ["  ", "\n", "…", "!!", " 🙂", "。"])
def test_what_people_put_around_a_text_changes_nothing(found: tuple[Outcome, ...], tail: str) -> None:
    for outcome in found:
        assert intent(f" {outcome.row.text}{tail}").kind is outcome.found.kind, outcome.row.text


def test_clauses_keep_titles_from_looking_like_commands() -> None:
    assert clauses("Export, please. 导出") == [("export",), ("please",), ("导", "出")]
    assert intent('"export"').kind is K.MESSAGE
    assert intent("title: export").kind is K.MESSAGE
