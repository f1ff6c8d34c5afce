"""Each row of the contract's table of errors as one sentence that a person can act on, in both languages."""

from __future__ import annotations

import re

import pytest

from core.chat import MediaGone, MediaTooLarge, OutcomeUnknown, VideosForbidden
from core.media import BadFile, Reason
from core.nemo import errors
from core.nemo.errors import NemoError
from core.texts.problems import ACCEPTED, Problem, sentence

WEB = "https://studio.example"

ROWS: list[tuple[str, Exception, str, str]] = [
    ("1001", errors.TokenRefused("prompt"), "does not let us in right now. Press Retry", "暂时不让我们进入"),
    (
        "1001 of the operator's",
        errors.TokenRefused("prompt", operator=True),
        "NEMO_TOKEN no longer works",
        "NEMO_TOKEN 已失效",
    ),
    (
        "1002",
        errors.SessionNotFound("state", code=1002),
        "no longer has this clip. Send the photo again",
        "没有这段短片",
    ),
    (
        "2001, to be registered",
        errors.NoCredits("prompt", bind_id="b-7"),
        f"Register here to go on: {WEB}/register?bind=b-7",
        f"{WEB}/register?bind=b-7",
    ),
    ("2001, without an id", errors.NoCredits("prompt"), f"Register here to go on: {WEB}/register", f"{WEB}/register"),
    (
        "2001, registered",
        errors.NoCredits("prompt", anonymous=False),
        f"Top up at {WEB} and press Retry.",
        f"请在 {WEB} 充值",
    ),
    (
        "4001",
        errors.UnsupportedFile("upload", code=4001),
        f"a.bin is of a kind that cannot be used. Send one of: {ACCEPTED}.",
        "格式不能使用",
    ),
    ("4001, damaged", errors.UnsupportedFile("upload", reason="damaged"), "a.bin is damaged", "已损坏"),
    (
        "4001, a link",
        errors.UnsupportedFile("upload_url", reason="unreachable"),
        "a.bin cannot be fetched from there",
        "无法从 a.bin 取得文件",
    ),
    ("4002", errors.FileTooLarge("upload", code=4002), "at most 200 MB a file. Compress or trim it", "请压缩或裁剪"),
    (
        "402",
        errors.PlanRefused("render", code=402),
        f"does not include exports. Register or upgrade at {WEB}/register",
        "套餐不包含导出",
    ),
    ("429", errors.RateLimited("prompt"), "too much to do right now. Press Retry in a minute", "太忙"),
    ("400", errors.BadRequest("prompt", code=400), "did not take this request", "没有接受这次请求"),
    ("500", errors.ServerFault("state", code=500), "has a problem right now. Nothing was lost", "有问题"),
    ("no JSON", errors.BadAnswer("state", reason="no_json"), "has a problem right now. Nothing was lost", "有问题"),
    ("refused connection", errors.Unreachable("session"), "cannot be reached right now. Nothing was lost", "连不上"),
    (
        "a broken stream",
        errors.Interrupted("prompt", accepted=None),
        "gave no answer to this request. Press Retry to send it again.",
        "没有回应",
    ),
    ("silence", errors.StreamSilent("prompt"), "gave no answer to this request", "没有回应"),
    ("15 minutes", errors.StreamTimeout("prompt"), "gave no answer to this request", "没有回应"),
    ("the agent failed", errors.TurnFailed("prompt"), "could not finish this request", "没能完成"),
    ("a failed render", errors.RenderFailed("render"), "could not be made, twice. Press Retry", "两次都没能做出来"),
    (
        "a render without end",
        errors.RenderTimeout("render"),
        "takes longer than it may. Press Retry",
        "超过了允许的时间",
    ),
    ("no media", BadFile(Reason.NOT_MEDIA), "a.bin is not a picture, whatever its name says", "不是图片"),
    ("empty", BadFile(Reason.EMPTY), "a.bin is empty", "空文件"),
    ("too large to fetch", MediaTooLarge(20 * 2**20), "at most 20 MB can be fetched here", "最多能取 20 MB"),
    ("gone", MediaGone("x"), "a.bin can no longer be fetched", "已经取不到"),
    ("no videos here", VideosForbidden(), "Ask an administrator to allow it, then press Retry", "管理员"),
    ("no answer to a video", OutcomeUnknown(), "If it is not in the chat, press Retry", "没有收到回应"),
    ("disk full", OSError(28, "No space left on device"), "no room left on this machine's disk", "磁盘已满"),
    ("our own fault", ZeroDivisionError("x / 0"), "Something went wrong on our side", "我们这边出了问题"),
]


@pytest.mark.parametrize(("error", "english", "chinese"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_an_error_is_a_sentence_in_both_languages(error: Exception, english: str, chinese: str) -> None:
    in_english = sentence(error, "en", web_url=WEB, name="a.bin")
    in_chinese = sentence(error, "zh", web_url=WEB, name="a.bin")
    assert english in in_english
    assert chinese in in_chinese
    for text in (in_english, in_chinese):
        assert "\n" not in text
        assert type(error).__name__ not in text
    assert re.search("[\u4e00-\u9fff]", in_chinese)


def test_402_is_told_apart_from_2001() -> None:
    said = {sentence(error, "en", web_url=WEB) for error in (errors.PlanRefused("render"), errors.NoCredits("prompt"))}
    assert len(said) == 2
    assert not any("credits" in text for text in said if "plan" in text)


def _kinds(kind: type[NemoError]) -> set[type[NemoError]]:
    return {kind}.union(*(_kinds(each) for each in kind.__subclasses__()))


def test_every_kind_of_error_has_a_row_or_is_one_of_a_row_s() -> None:
    rows = tuple(type(error) for _, error, _, _ in ROWS)
    unknown = {kind for kind in _kinds(NemoError) if not issubclass(kind, rows)} - {NemoError, errors.RenderUnknown}
    assert not unknown


def test_a_sentence_that_was_made_already_stays() -> None:
    assert sentence(Problem("So it is."), "zh", web_url=WEB) == "So it is."


def test_nothing_of_the_backend_s_own_words_is_shown() -> None:
    told = errors.ServerFault("state", code=500, detail="Traceback: token nmv_usr_1")
    assert "nmv_usr" not in sentence(told, "en", web_url=WEB)
    assert "Traceback" not in sentence(told, "en", web_url=WEB)
