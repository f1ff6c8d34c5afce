"""Settings: what each takes, and one sentence for what it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.settings import Settings, WrongSetting, export_for_libraries, load


@pytest.fixture(autouse=True)
def plain_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder with no `.env`, and none of our settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(
            ("NEMO_", "WEB_", "TELEGRAM_", "LOG_", "DATA_", "REDIS_", "DARKROOM_", "BACKEND", "JOBS_", "SHUTDOWN_")
        ):
            monkeypatch.delenv(name)


def wrong(name: str) -> str:
    with pytest.raises(WrongSetting) as caught:
        load()
    assert caught.value.name == name
    said = str(caught.value)
    assert said.startswith(f"{name}: ")
    assert said.endswith(".")
    assert "\n" not in said
    return said


def test_nothing_needs_to_be_set() -> None:
    found = load()
    assert found.backend_name == "darkroom"
    assert found.storage.redis_url is None
    assert found.storage.data_dir == Path("data")
    assert found.nemo.api_url == "https://mega-api-prod.nemovideo.ai"
    assert found.nemo.web_url == "https://nemovideo.com"
    assert found.nemo.identity == "installation"
    assert (found.web.host, found.web.port) == ("127.0.0.1", 8080)
    assert (found.log.format, found.log.level) == ("text", "info")
    waits = found.nemo
    assert (waits.poll_interval, waits.retry_wait, waits.recovery_first_wait, waits.recovery_wait) == (30, 30, 30, 60)
    assert (waits.silence_timeout, waits.stream_timeout, waits.render_timeout) == (600, 900, 900)


def value(found: Settings, path: str) -> object:
    part, field = path.split(".")
    return getattr(getattr(found, part), field)


@pytest.mark.parametrize(("grace", "seconds"), [("5", 3.5), ("2", 1.0), ("0.5", 0.25)])
def test_item_2_the_grace_leaves_time_for_handing_over(
    monkeypatch: pytest.MonkeyPatch, grace: str, seconds: float
) -> None:
    monkeypatch.setenv("SHUTDOWN_GRACE", grace)
    assert load().work.finishing_seconds == seconds


@pytest.mark.parametrize(
    ("name", "text", "path", "expected"),
    [
        ("DATA_DIR", "/srv/stillreel", "storage.data_dir", Path("/srv/stillreel")),
        ("REDIS_URL", "redis://:pass@host:6380/1", "storage.redis_url", "redis://:pass@host:6380/1"),
        ("REDIS_URL", "rediss://host", "storage.redis_url", "rediss://host"),
        ("REDIS_URL", "unix:///run/redis.sock", "storage.redis_url", "unix:///run/redis.sock"),
        ("BACKEND", "nemo", "backend.backend", "nemo"),
        ("DARKROOM_URL", "http://10.0.0.2:8090/", "backend.darkroom_url", "http://10.0.0.2:8090"),
        ("NEMO_API_URL", "http://[::1]:9000/base/", "nemo.api_url", "http://[::1]:9000/base"),
        ("NEMO_WEB_URL", "https://example.org", "nemo.web_url", "https://example.org"),
        ("NEMO_TOKEN", "nmv_usr_1", "nemo.token", "nmv_usr_1"),
        ("NEMO_CLIENT_ID", "abc", "nemo.client_id", "abc"),
        ("NEMO_IDENTITY", "chat", "nemo.identity", "chat"),
        ("NEMO_SKILL_PLATFORM", "clawhub", "nemo.skill_platform", "clawhub"),
        ("NEMO_POLL_INTERVAL", "0.05", "nemo.poll_interval", 0.05),
        ("NEMO_RETRY_WAIT", "1", "nemo.retry_wait", 1.0),
        ("NEMO_RECOVERY_FIRST_WAIT", "2", "nemo.recovery_first_wait", 2.0),
        ("NEMO_RECOVERY_WAIT", "3", "nemo.recovery_wait", 3.0),
        ("NEMO_SILENCE_TIMEOUT", "4", "nemo.silence_timeout", 4.0),
        ("NEMO_STREAM_TIMEOUT", "5", "nemo.stream_timeout", 5.0),
        ("NEMO_RENDER_TIMEOUT", "6", "nemo.render_timeout", 6.0),
        ("WEB_HOST", "0.0.0.0", "web.host", "0.0.0.0"),
        ("WEB_PORT", "0", "web.port", 0),
        ("WEB_ALLOWED_HOSTS", "a.example,b.example", "web.allowed_hosts", "a.example,b.example"),
        ("JOBS_AT_ONCE", "3", "work.jobs_at_once", 3),
        ("SHUTDOWN_GRACE", "0.5", "work.shutdown_grace", 0.5),
        ("LOG_FORMAT", "json", "log.format", "json"),
        ("LOG_LEVEL", "debug", "log.level", "debug"),
    ],
)
def test_a_setting_is_read_from_the_environment_and_from_the_file(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, path: str, expected: object
) -> None:
    default = value(load(), path)
    Path(".env").write_text(f"{name}={text}\n")
    assert value(load(), path) == expected != default
    Path(".env").write_text("")
    monkeypatch.setenv(name, text)
    assert value(load(), path) == expected
    monkeypatch.setenv(name, "")
    assert value(load(), path) == default


def test_the_environment_wins_over_the_file_and_an_argument_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("WEB_PORT=1\nDATA_DIR=file\nUNKNOWN=x\n")
    assert load().web.port == 1
    monkeypatch.setenv("WEB_PORT", "2")
    assert load().web.port == 2
    found = load(web_port=3, data_dir=Path("given"), log_level=None)
    assert (found.web.port, found.storage.data_dir, found.log.level) == (3, Path("given"), "info")


def test_a_home_folder_is_meant_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("DATA_DIR", "~/stillreel")
    assert load().storage.data_dir == Path("/home/ann/stillreel")


@pytest.mark.parametrize(
    ("backend", "token", "name"),
    [("", "", "darkroom"), ("", "nmv_usr_1", "nemo"), ("darkroom", "nmv_usr_1", "darkroom"), ("nemo", "", "nemo")],
)
def test_the_backend_is_the_vendors_where_there_is_a_token(
    monkeypatch: pytest.MonkeyPatch, backend: str, token: str, name: str
) -> None:
    monkeypatch.setenv("BACKEND", backend)
    monkeypatch.setenv("NEMO_TOKEN", token)
    assert load().backend_name == name


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("BACKEND", "cloud", "'darkroom' or 'nemo'"),
        ("DARKROOM_URL", "localhost:8090", "http://"),
        ("NEMO_API_URL", "ftp://host", "http://"),
        ("NEMO_API_URL", "http://", "http://"),
        ("NEMO_API_URL", "http://host:port", "http://"),
        ("NEMO_API_URL", "http://[::1", "http://"),
        ("NEMO_IDENTITY", "person", "'installation' or 'chat'"),
        ("NEMO_POLL_INTERVAL", "soon", "number"),
        ("NEMO_POLL_INTERVAL", "0", "greater than 0"),
        ("NEMO_RETRY_WAIT", "-1", "greater than 0"),
        ("NEMO_STREAM_TIMEOUT", "inf", "finite"),
        ("NEMO_RENDER_TIMEOUT", "nan", "finite"),
        ("WEB_PORT", "65536", "65535"),
        ("WEB_PORT", "http", "integer"),
        ("JOBS_AT_ONCE", "0", "greater than 0"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
        ("LOG_LEVEL", "loud", "'info'"),
    ],
)
def test_a_wrong_value_is_named_with_its_problem_and_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, hint: str
) -> None:
    monkeypatch.setenv(name, text)
    said = wrong(name)
    assert repr(text) in said
    assert hint in said
    assert "Correct it in the environment or in .env" in said


@pytest.mark.parametrize(
    "url", ["host:6379", "http://:s3cr3t@host", "redis://:s3cr3t@", "redis://:s3/cr3t@h", "unix://"]
)
def test_a_wrong_redis_url_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    said = wrong("REDIS_URL")
    assert "redis://" in said
    assert "s3" not in said
    assert "cr3t" not in said


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"WEB_HOST=\xff\xfe\n")
    assert "UTF-8" in wrong(".env")


def test_proxies_in_the_file_reach_the_libraries_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("HTTPS_PROXY=http://proxy:3128\nNO_PROXY=localhost\nAWS_REGION=eu-west-1\nDATA_DIR=elsewhere\n")
    environment = {"NO_PROXY": "127.0.0.1"}
    export_for_libraries(environment, file)
    assert environment == {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "127.0.0.1", "AWS_REGION": "eu-west-1"}
