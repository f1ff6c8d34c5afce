"""What the bot says of itself: the welcome, the help, the account. Pure: facts in, text out."""

from __future__ import annotations

from dataclasses import dataclass

from core.nemo.answers import Credits
from core.texts import Speaker


@dataclass(frozen=True, slots=True)
class Prices:
    """Credits that making a clip costs, and a later change to one. `about`: the service names no exact ones."""

    generate: float
    edit: float
    about: bool = False

    def sentence(self, say: Speaker) -> str:
        """ "" where everything is free."""
        if not (self.generate or self.edit):
            return ""
        numbers = {"generate": _number(self.generate), "edit": _number(self.edit)}
        if self.about:
            return say("A new clip costs about {generate} credits, a change about {edit}.", **numbers)
        return say("A new clip costs {generate} credits, a change {edit}.", **numbers)


CONTRACT_PRICES = Prices(100, 50, about=True)
"""What the contract says of the vendor's service, whose answers name no prices."""


def prices(left: Credits) -> Prices:
    if left.costs is None:
        return CONTRACT_PRICES
    return Prices(left.costs.get("generate", 0), left.costs.get("edit", 0))


def welcome(say: Speaker, *, leaves_for_cloud: bool) -> str:
    """For whoever has sent no photo yet."""
    hello = say("Hello! Send me a photo and say what you want: you get a finished video back, here in the chat.")
    return _introduction(hello, say, leaves_for_cloud=leaves_for_cloud)


def greeting(say: Speaker, *, leaves_for_cloud: bool) -> str:
    """For whoever begins with a photo: it is being worked on already."""
    hello = say("Hello! Your photo is being set up. The video comes here, in the chat; then say what to change.")
    return _introduction(hello, say, leaves_for_cloud=leaves_for_cloud)


def _introduction(hello: str, say: Speaker, *, leaves_for_cloud: bool) -> str:
    where = (
        say("Photos are sent to NemoVideo's cloud, where the videos are made.")
        if leaves_for_cloud
        else say("Photos stay on the operator's machine; the videos are made there.")
    )
    return "\n".join((hello, "", *examples(say), "", tips(say), "", say("A clip takes 30 to 90 seconds."), where))


def examples(say: Speaker) -> tuple[str, ...]:
    return (
        say("Things to try:"),
        "• " + say("turn this image into a 5-second animated video clip with smooth motion"),
        "• " + say("convert my still images"),
        "• " + say("export 1080p MP4"),
        "• " + say("title 'Urban Dreams' for the first 3 seconds"),
    )


def tips(say: Speaker) -> str:
    return say("Pictures with high contrast and a clear subject move best. Say what, how long, and how.")


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
            tips(say),
            "",
            say("/animate – let the photo move, as you say it or as I see fit"),
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
    parts.append(prices(left).sentence(say))
    parts.append(say("Exporting a video is free."))
    return "\n".join(parts)


def _number(value: float) -> str:
    return f"{value:g}"
