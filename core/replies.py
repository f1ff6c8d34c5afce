"""What the bot says of itself: the welcome, the help, the account. Pure: facts in, text out."""

from __future__ import annotations

from core.nemo.answers import Credits
from core.texts import Speaker


def welcome(say: Speaker, *, leaves_for_cloud: bool) -> str:
    where = (
        say("Photos are sent to NemoVideo's cloud, where the videos are made.")
        if leaves_for_cloud
        else say("Photos stay on the operator's machine; the videos are made there.")
    )
    return "\n".join(
        (
            say("Hello! Send me a photo and say what you want: you get a finished video back, here in the chat."),
            "",
            *examples(say),
            "",
            say("A clip takes 30 to 90 seconds."),
            where,
        )
    )


def examples(say: Speaker) -> tuple[str, ...]:
    return (
        say("Things to try:"),
        "• " + say("turn this image into a 5-second animated video clip with smooth motion"),
        "• " + say("zoom out slowly, vertical 9:16"),
        "• " + say("title 'Urban Dreams' for the first 3 seconds"),
    )


def help_text(say: Speaker) -> str:
    return "\n".join(
        (
            say(
                "Send a photo (or several) and say what should happen with it. "
                "Then say what to change, as often as you like."
            ),
            "",
            *examples(say),
            "",
            say("Pictures with high contrast and a clear subject move best. Say what, how long, and how."),
            "",
            say("/export – the video of the current clip"),
            say("/status – what is in the video and what is being worked on"),
            say("/credits – what the account has left"),
            say("/cancel – stop what is being made"),
            say("/new – start a new clip"),
            say("/language en or zh – the language I speak"),
            say("/settings – whether a video is made after each change"),
            say("/forget – forget this chat"),
        )
    )


def account(left: Credits, say: Speaker) -> str:
    if left.costs is not None and not any(left.costs.values()):
        return say("Videos are made on the operator's own machine and cost no credits.")
    parts = [say("Credits left: {n}.", n=_number(left.available))]
    if left.frozen:
        parts.append(say("Reserved for running work: {n}.", n=_number(left.frozen)))
    if left.total:
        parts.append(say("In all: {n}.", n=_number(left.total)))
    parts.append(say("Exporting a video is free."))
    return " ".join(parts)


def _number(value: float) -> str:
    return f"{value:g}"
