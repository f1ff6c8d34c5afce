"""What went wrong, as one sentence that says what to do. The only place where errors become words for people."""

from __future__ import annotations

import errno

from core.chat import MediaGone, MediaTooLarge, OutcomeUnknown, VideosForbidden
from core.media import BadFile, Reason
from core.nemo import errors
from core.nemo.wire import register_link
from core.texts import Speaker, speaker

ACCEPTED = "JPG, PNG, WebP, GIF, HEIC, MP4, MOV, AVI, WebM, MKV, MP3, WAV, M4A, AAC"


class Problem(Exception):
    """Work that cannot go on, with the sentence already made. `again`: whether trying once more can help."""

    def __init__(self, sentence: str, *, again: bool = True) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.again = again


def sentence(error: Exception, language: str, *, web_url: str, name: str = "", bind_id: str | None = None) -> str:
    """One sentence for a person; `name` is the file it is about, where there is one.

    `bind_id`: what the account is registered with, where the error itself does not carry it.

    An error of an unknown kind gives a general sentence: the details are for the log.
    """
    say = speaker(language)
    shown = _shown(name) or say("This file")
    if is_disk_full(error):
        return say("There is no room left on this machine's disk. Please tell the operator of this bot.")
    match error:
        case Problem():
            return error.sentence
        case BadFile():
            return _of_file(error.reason.value, shown, say)
        case MediaTooLarge():
            return say(
                "{name} is too large: at most {limit} MB can be fetched here. Send a smaller or compressed copy.",
                name=shown,
                limit=error.limit // 1024 // 1024,
            )
        case MediaGone():
            return say("{name} can no longer be fetched. Please send it again.", name=shown)
        case errors.UnsupportedFile() | errors.FileTooLarge():
            fallback = "too_large" if isinstance(error, errors.FileTooLarge) else "unsupported"
            return _of_file(error.reason or fallback, shown, say)
        case errors.NoCredits():
            if error.anonymous:
                link = register_link(web_url, error.bind_id or bind_id)
                return say("The credits are used up. Register here to go on: {link}", link=link)
            return say("The credits are used up. Top up at {link} and press Retry.", link=web_url)
        case errors.PlanRefused():
            return say(
                "The plan of this account does not include exports. Register or upgrade at {link} and press Retry.",
                link=register_link(web_url, bind_id),
            )
        case errors.TokenRefused():
            if error.operator:
                return say("The operator's NEMO_TOKEN no longer works. Please tell the operator of this bot.")
            return say("The video service does not let us in right now. Press Retry in a few minutes.")
        case errors.SessionNotFound():
            return say("The video service no longer has this clip. Send the photo again to start anew.")
        case errors.RateLimited():
            return say("The video service has too much to do right now. Press Retry in a minute.")
        case errors.Unreachable():
            return say("The video service cannot be reached right now. Nothing was lost: press Retry in a minute.")
        case errors.RenderTimeout():
            return say("Making the video takes longer than it may. Press Retry to try once more.")
        case errors.RenderFailed():
            return say("The video could not be made, twice. Press Retry, or ask for it in other words.")
        case errors.StreamSilent() | errors.StreamTimeout() | errors.Interrupted():
            return say("The video service gave no answer to this request. Press Retry to send it again.")
        case errors.TurnFailed():
            return say("The video service could not finish this request. Press Retry, or say it in other words.")
        case errors.BadRequest():
            return say("The video service did not take this request. Try to say it in other words.")
        case errors.NemoError():
            return say("The video service has a problem right now. Nothing was lost: press Retry in a minute.")
        case OutcomeUnknown():
            return say("The video was sent, and no answer came. If it is not in the chat, press Retry.")
        case VideosForbidden():
            return say("I may not post videos here. Ask an administrator to allow it, then press Retry.")
        case _:
            return say("Something went wrong on our side. Nothing was lost: press Retry.")


def is_disk_full(error: Exception) -> bool:
    """Whether a disk of ours or the backend's takes no more: a matter for the operator."""
    if isinstance(error, errors.NemoError):
        return error.reason == "disk_full"
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _of_file(reason: str, name: str, say: Speaker) -> str:
    match reason:
        case Reason.EMPTY:
            return say("{name} is empty. Please send it again.", name=name)
        case Reason.DAMAGED:
            return say("{name} is damaged or did not arrive whole. Please send it again.", name=name)
        case Reason.TOO_MANY_PIXELS:
            return say("{name} has too many pixels. Send it smaller, for example 4000 pixels wide.", name=name)
        case Reason.TOO_LARGE:
            return say("{name} is too large: at most 200 MB a file. Compress or trim it and send it again.", name=name)
        case Reason.NOT_MEDIA:
            return say(
                "{name} is not a picture, whatever its name says. Send one of: {formats}.", name=name, formats=ACCEPTED
            )
        case "bad_link" | "private_address" | "unreachable":
            return say("{name} cannot be fetched from there. Send the file itself.", name=name)
        case _:
            return say("{name} is of a kind that cannot be used. Send one of: {formats}.", name=name, formats=ACCEPTED)


def _shown(name: str) -> str:
    """A file's name for a sentence: without control characters, and not endless."""
    clean = "".join(character for character in name if character.isprintable()).strip()
    return clean if len(clean) <= 60 else clean[:40] + "…" + clean[-15:]
