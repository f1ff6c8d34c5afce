"""The API's addresses, headers and request bodies: values in, values out, no I/O.

The rules are the contract's (`user` in every path is the literal `me`; three attribution headers on every request).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

SKILL_SOURCE = "image-to-video-model-ai"
SKILL_VERSION = "1.0.0"

AGENT = "nemo_agent"
TOKEN_PATH = "/api/auth/anonymous-token"
SESSION_PATH = f"/api/tasks/me/with-session/{AGENT}"
CLAIM_PATH = "/api/auth/claim-token"
MESSAGE_PATH = "/run_sse"
CREDITS_PATH = "/api/credits/balance/simple"
RENDER_PATH = "/api/render/proxy/lambda"

MAX_UPLOAD = 200 * 1024 * 1024
"""Bytes. The contract says 200 MB without saying which; the larger reading, as the backend has the last word."""


def upload_path(session_id: str) -> str:
    return f"/api/upload-video/{AGENT}/me/{quote(session_id, safe='')}"


def state_path(session_id: str) -> str:
    return f"/api/state/{AGENT}/me/{quote(session_id, safe='')}/latest"


def render_path(render_id: str) -> str:
    return f"{RENDER_PATH}/{quote(render_id, safe='')}"


def render_file_path(render_id: str) -> str:
    return f"/api/render/proxy/{quote(render_id, safe='')}/download"


def attribution(skill_platform: str) -> dict[str, str]:
    """The headers without which an export is refused with 402 even when the plan allows it."""
    return {
        "X-Skill-Source": SKILL_SOURCE,
        "X-Skill-Version": SKILL_VERSION,
        "X-Skill-Platform": skill_platform if is_header_safe(skill_platform) else "unknown",
    }


def skill_platform(installed: Path, home: Path) -> str:
    """Where this program was installed from, as its path tells."""
    for folder, name in ((home / ".clawhub", "clawhub"), (home / ".cursor" / "skills", "cursor")):
        if installed.is_relative_to(folder):
            return name
    return "unknown"


def is_header_safe(value: str) -> bool:
    """Whether a token or an id can stand in a header: visible ASCII only."""
    return bool(value) and all("!" <= character <= "~" for character in value)


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Scheme, host and port are the same, a scheme's default port counting as named."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON in ASCII: whatever a person typed or a draft holds can be sent, half of a surrogate pair included."""
    return json.dumps(body, separators=(",", ":")).encode("ascii")


def session_body(language: str) -> dict[str, Any]:
    return {"task_name": "project", "language": language}


def claim_body(task_id: str, session_id: str) -> dict[str, Any]:
    return {"task_id": task_id, "session_id": session_id}


def message_body(session_id: str, text: str) -> dict[str, Any]:
    return {
        "app_name": AGENT,
        "user_id": "me",
        "session_id": session_id,
        "new_message": {"parts": [{"text": text}]},
    }


def link_body(url: str) -> dict[str, Any]:
    return {"urls": [url], "source_type": "url"}


def render_body(render_id: str, session_id: str, draft: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": render_id,
        "sessionId": session_id,
        "draft": draft,
        "output": {"format": "mp4", "quality": "high"},
    }


def claim_link(web_url: str, claim_token: str) -> str:
    """The link under which a person takes the project over into an account of their own."""
    return f"{web_url.rstrip('/')}/workspace/claim?{urlencode({'ct': claim_token})}"


def register_link(web_url: str, bind_id: str | None) -> str:
    """The link under which a person registers the anonymous account. Without an id it still leads there."""
    address = f"{web_url.rstrip('/')}/register"
    return address if bind_id is None else f"{address}?{urlencode({'bind': bind_id})}"
