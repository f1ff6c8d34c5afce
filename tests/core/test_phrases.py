"""What the backend says to people who see its GUI, against what is left of it for people who do not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.phrases import LONGEST, GuiAction, translate
from tests.core.phrases_table import Row, report, rows

ROWS = tuple(rows())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.language}-{row.line}")
def test_table(row: Row) -> None:
    said = translate(row.sentence)
    assert (said.text, said.actions) == (row.text, row.actions)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.language}-{row.line}")
def test_what_is_left_has_no_dangling_ends(row: Row) -> None:
    said = translate(row.sentence)
    assert "  " not in said.text
    for line in said.text.split("\n"):
        assert not re.search(r"(?:[,;:，；、—–]|\b(?:and|then|but|or)|然后|并且?|或者)[.。]?$", line) or line.endswith(
            (":", "：")
        )
    assert translate(said.text).text == said.text
    assert translate(said.text).actions == ()


def test_the_table_is_what_it_is_meant_to_be() -> None:
    assert len(ROWS) >= 90
    assert len({row.sentence for row in ROWS}) == len(ROWS)
    assert {row.language for row in ROWS} == {"en", "zh"}
    assert min(sum(row.language == language for row in ROWS) for language in ("en", "zh")) >= 40
    assert sum(row.is_trap for row in ROWS) >= len(ROWS) / 4
    assert sum(row.is_mixed for row in ROWS) >= 45
    assert all(not row.actions for row in ROWS if row.is_trap)


def test_the_report_counts_every_row() -> None:
    assert f"{len(ROWS)}/{len(ROWS)}" in report()


@pytest.mark.parametrize(
    ("sentence", "edits"),
    [
        ("Drag the title to the top.", ("move the title to the top",)),
        ("You can drag and drop the second clip onto the timeline.", ("add the second clip onto the timeline",)),
        ("Drag the caption below the logo to make it readable.", ("move the caption below the logo",)),
        ("Right-click the intro clip and choose Delete.", ("delete the intro clip",)),
        ('Right-click the intro and select "Delete".', ("delete the intro",)),
        ("Click the trash icon to remove the second photo.", ("remove the second photo",)),
        ("将标题拖到画面顶部。", ("把标题移到画面顶部",)),
        ("请把音乐拖拽到时间线上。", ("把音乐加到时间线上",)),
        ("右键点击片头，选择“删除”。", ("删除片头",)),
        ("Drag the slider to adjust the volume.", ()),
        ("Drag it to the left.", ()),
        ("The subject drags the suitcase to the left.", ()),
    ],
)
def test_instructions_to_edit_become_words_to_send(sentence: str, edits: tuple[str, ...]) -> None:
    assert translate(sentence).edits == edits


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("", ""),
        ("   \n\n ", ""),
        ("**Bold** and `code` and *soft* words", "Bold and code and soft words"),
        ("### Done\n\n---\n\nThe clip is 5 * 3 s long", "Done\n\nThe clip is 5 * 3 s long"),
        ("* one\n+ two\n• three", "- one\n- two\n• three"),
        ("See [the licence](https://example.org/l)", "See the licence (https://example.org/l)"),
        ("| Track | Length |\n|---|---|\n| Music | 10 s |", "Track · Length\nMusic · 10 s"),
        ("The file: https://files.nemovideo.ai/out.mp4", "The file: https://files.nemovideo.ai/out.mp4"),
        ("Download it here: https://example.org/out.mp4", "Download it here: https://example.org/out.mp4"),
    ],
)
def test_markup_becomes_plain_text(sentence: str, text: str) -> None:
    said = translate(sentence)
    assert (said.text, said.actions) == (text, ())


@pytest.mark.parametrize(
    ("address", "action"),
    [
        ("https://nemovideo.com/workspace/claim?ct=clm_1", GuiAction.CREDITS),
        ("https://nemovideo.com/pricing", GuiAction.CREDITS),
        ("https://app.nemovideo.com/export/7", GuiAction.EXPORT),
        ("nemovideo.com/workspace/7", GuiAction.STATE),
    ],
)
def test_a_page_of_the_vendors_is_an_instruction(address: str, action: GuiAction) -> None:
    said = translate(f"The clip is ready: {address}")
    assert (said.text, said.actions) == ("The clip is ready.", (action,))


def test_numbers_of_what_is_left_count_on() -> None:
    said = translate("1. Music added\n2. Click Export\n3. Title added\n4. Rain added")
    assert said.text == "1. Music added\n2. Title added\n3. Rain added"


_PIECES = st.sampled_from(
    [row.sentence for row in ROWS]
    + [
        "click ",
        "the ",
        "Export",
        " and ",
        "then ",
        "you can ",
        ", ",
        "; ",
        ": ",
        ". ",
        "(",
        ")",
        '"',
        "'",
        "“",
        "”",
        "**",
    ]
    + [
        "点击",
        "导出",
        "按钮",
        "，",
        "。",
        "然后",
        "您可以",
        "在时间线上",
        "\n",
        "- ",
        "1. ",
        "2. ",
        "# ",
        "| ",
        "<b>",
        "</b>",
        "&lt;",
    ]
    + [
        "https://nemovideo.com/a",
        "[x](https://nemovideo.com)",
        "`",
        "_",
        "\\",
        "👉",
        "drag ",
        "to the top",
        "i'll ",
        "?",
        "  ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=12).map("".join)))
@example("<<b>b>click</b></b>")
@example("\ud800\ue000\ue001\ue002")
@example("&amp;amp;amp;lt;b&gt;")
@example("|a|b|c|d|e|f|g|")
def test_any_text_settles(text: str) -> None:
    said = translate(text)
    again = translate(said.text)
    assert again.text == said.text
    assert (again.actions, again.edits) == ((), ())
    assert len(said.text) <= len(text) + 2
    assert "  " not in said.text
    assert said.text == said.text.strip()
    assert len(set(said.actions)) == len(said.actions)


_REPEATED = """a|you can |and then |go ahead and |click |the |in the |，|(|"|'|**|_a|<b|请|可以|在右侧|将标题|1. |- |https://|a.|
nemovideo.com|recommend |a, |[|ok |Tip |please |(a|drag the |by clicking |if |&lt;|click the a """.replace(
    "\n", ""
).split("|")


@pytest.mark.parametrize("piece", [*_REPEATED, "|", "\n"])
def test_long_answers_cost_little(piece: str) -> None:
    text = (piece * LONGEST)[: LONGEST * 2]
    began = time.perf_counter()
    said = translate(text)
    assert time.perf_counter() - began < 5
    assert len(said.text) <= LONGEST + 2
