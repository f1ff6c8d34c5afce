"""The settings of fair shares: what they take, and one sentence for what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import LimitSettings, WrongSetting, load, names_of

NAMES = [name.upper() for name in LimitSettings.model_fields]


@pytest.fixture(autouse=True)
def plain_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_what_holds_where_nothing_is_set() -> None:
    limits = load().limits
    assert (limits.jobs_in_all, limits.jobs_person) == (None, 3)
    assert (limits.queue_person, limits.queue_chat) == (50, 100)
    assert (limits.quota_person_daily, limits.quota_chat_daily) == (None, None)
    assert limits.job_max_age == 24 * 3600
    assert limits.allow == limits.block == limits.admins == ""


@pytest.mark.parametrize("name", ["QUOTA_PERSON_DAILY", "QUOTA_CHAT_DAILY"])
def test_item_4_a_quota_of_0_is_none_and_an_empty_one_is_unlimited(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "0")
    assert getattr(load().limits, name.lower()) == 0
    monkeypatch.setenv(name, "")
    assert getattr(load().limits, name.lower()) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("telegram:123", {"telegram:123"}),
        ("telegram:-100123, discord:9,web:abc", {"telegram:-100123", "discord:9", "web:abc"}),
        ("telegram:1 telegram:2", {"telegram:1", "telegram:2"}),
        ("", set()),
    ],
)
def test_a_list_names_chats_and_people(text: str, names: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALLOW", "BLOCK", "ADMINS"):
        monkeypatch.setenv(name, text)
    limits = load().limits
    assert names_of(limits.allow) == names_of(limits.block) == names_of(limits.admins) == names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ALLOW", "123456"),
        ("BLOCK", "telegram:"),
        ("ADMINS", "telegram:1,@somebody"),
        ("ADMINS", "telegram:1:7"),
        ("QUOTA_PERSON_DAILY", "-1"),
        ("QUOTA_CHAT_DAILY", "many"),
        ("QUEUE_PERSON", "0"),
        ("JOBS_IN_ALL", "0"),
        ("JOBS_PERSON", "0"),
        ("JOB_MAX_AGE", "0"),
        ("JOB_MAX_AGE", "inf"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(WrongSetting) as caught:
        load()
    assert caught.value.name == name
    assert str(caught.value).startswith(f"{name}: ")
    assert str(caught.value).endswith("Correct it in the environment or in .env.")


def test_every_one_stands_in_the_example_with_its_default() -> None:
    lines = (Path(__file__).parents[2] / ".env.example").read_text("utf-8").splitlines()
    shown = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    for name, field in LimitSettings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        assert shown[name.upper()].strip() == default, name
