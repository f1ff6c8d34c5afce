"""What the API answers, typed. In: the decoded JSON of a successful answer; out: frozen models.

Fields that the contract does not name are kept and ignored; an optional field of an unexpected type counts as absent;
a required one that is missing makes the answer a `pydantic.ValidationError` (see `core.nemo.envelope`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from core.nemo.wire import is_header_safe


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _mapping(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _costs(value: object) -> dict[str, float] | None:
    if not isinstance(value, dict):
        return None
    return {str(name): number for name, each in value.items() if (number := _number(each)) is not None}


def _secret(value: object) -> object:
    if isinstance(value, str) and not is_header_safe(value):
        raise ValueError("not fit for a header")
    return value


Number = Annotated[float | None, BeforeValidator(_number)]
RequiredNumber = Annotated[float, BeforeValidator(_number)]
Text = Annotated[str | None, BeforeValidator(_text)]
RequiredText = Annotated[str, BeforeValidator(_text)]
Object = Annotated[dict[str, Any] | None, BeforeValidator(_mapping)]


class Answer(BaseModel):
    # Input stays out of validation errors: one of these fields is a bearer token.
    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)


class TokenAnswer(Answer):
    token: Annotated[str, BeforeValidator(_secret)] = Field(min_length=1, repr=False)
    credits: Number = None


class SessionAnswer(Answer):
    session_id: RequiredText
    task_id: Text = None
    bind_id: Text = Field(default=None, validation_alias=AliasChoices("bind_id", "bind"))


class ClaimAnswer(Answer):
    claim_token: RequiredText
    expires_in: Number = None


class Credits(Answer):
    """`frozen` is reserved for running work. `costs`: credits by kind of work, where the backend tells."""

    available: RequiredNumber
    frozen: Number = None
    total: Number = None
    costs: Annotated[dict[str, float] | None, BeforeValidator(_costs)] = None


class State(Answer):
    """What a session holds. The draft is opaque and goes back to the export as it came."""

    draft: Object = None
    video_infos: Any = None
    canvas_config: Any = None
    generated_media: Any = None
    bind_id: Text = Field(default=None, validation_alias=AliasChoices("bind_id", "bind"))


class StateAnswer(Answer):
    state: Object = None
    bind_id: Text = Field(default=None, validation_alias=AliasChoices("bind_id", "bind"))

    def opened(self) -> State:
        state = State.model_validate(self.state or {})
        return state if state.bind_id is not None else state.model_copy(update={"bind_id": self.bind_id})


class RenderOutput(Answer):
    url: Text = None


class RenderAnswer(Answer):
    """The export's status. Not in the envelope, though one is tolerated."""

    status: RequiredText
    output: Object = None
    progress: Number = None
    error: Any = None
    reason: Text = None
    message: Text = None

    @property
    def url(self) -> str | None:
        return RenderOutput.model_validate(self.output or {}).url

    @property
    def explanation(self) -> str:
        if isinstance(self.error, Mapping):
            return str(self.error.get("message") or self.error.get("reason") or "")
        return str(self.error or self.message or "")

    @property
    def why(self) -> str | None:
        nested = self.error.get("reason") if isinstance(self.error, Mapping) else None
        return self.reason or _text(nested)


class RenderStage(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


_ENDED_BADLY = {"failed", "error", "cancelled", "canceled", "stopped"}


@dataclass(frozen=True, slots=True)
class RenderStatus:
    """One reading of an export.

    `progress` is 0 to 1, `retry_after` seconds, `url` where the file lies. `slow`: it takes
    longer than usual by now.
    """

    render_id: str
    stage: RenderStage
    progress: float | None = None
    url: str | None = None
    retry_after: float | None = None
    error: str = ""
    reason: str | None = None
    slow: bool = False


def render_status(render_id: str, answer: RenderAnswer, retry_after: float | None) -> RenderStatus:
    """A word for the status that the contract does not know counts as "processing"."""
    word = answer.status.lower()
    if word in _ENDED_BADLY:
        stage = RenderStage.FAILED
    else:
        stage = RenderStage(word) if word in set(RenderStage) else RenderStage.PROCESSING
    progress = None if answer.progress is None else min(1.0, max(0.0, answer.progress))
    return RenderStatus(render_id, stage, progress, answer.url, retry_after, answer.explanation, answer.why)


@dataclass(frozen=True, slots=True)
class Session:
    """One project at the backend.

    `identity` is the account it belongs to; `expires_at` (Unix seconds) is when that account's token ends, None for
    an operator's.
    """

    session_id: str
    task_id: str | None = None
    bind_id: str | None = None
    identity: str = "installation"
    expires_at: float | None = None
