"""What a person's text asks for: the text comes in, an `Intent` goes out. Pure rules, English and Chinese, no network.

The words of the contract (`export`, `credits`, `status`, `upload` and their Chinese counterparts) and the ways people
really say them are commands; everything else is a message for the backend. A text is read clause by clause. It is a
command only where each clause is one, or is mere courtesy: one clause that is anything more makes the whole an edit.

Ambiguous texts, and what happens then:

- Between an edit and a command ("reset", "done", "add credits") the text is a `MESSAGE`, since swallowing an edit is the
  worse fault; `alternatives` names the command, to be offered as a button ("Did you mean …?").
- Between two commands ("where is my video") it is the command that answers soonest with the least effect;
  `alternatives` names the other one.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.intents.links import language_of, media_links
from core.intents.photos import each_separately, joins_timeline, per_photo_instructions
from core.intents.rules import IntentKind, Rule, only_courtesy, only_names_the_file, rule_for
from core.intents.words import clauses

__all__ = [
    "Intent",
    "IntentKind",
    "each_separately",
    "intent",
    "joins_timeline",
    "language_of",
    "media_links",
    "per_photo_instructions",
    "small_talk",
]


@dataclass(frozen=True, slots=True)
class Intent:
    kind: IntentKind
    alternatives: tuple[IntentKind, ...] = ()
    """Other readings of an ambiguous text, the likeliest first."""
    then_export: bool = False
    """Of a `MESSAGE`: the video is asked for in the same breath ("zoom in, then export")."""

    @property
    def ambiguous(self) -> bool:
        return bool(self.alternatives)


_WEIGHT = (
    IntentKind.NEW,
    IntentKind.CANCEL,
    IntentKind.EXPORT,
    IntentKind.UPLOAD,
    IntentKind.CREDITS,
    IntentKind.STATUS,
    IntentKind.HELP,
)
"""Which of several commands in one text is done: "stop. start over" starts over, "is it ready? send it" sends it."""

_RATHER_AN_EDIT = frozenset({IntentKind.NEW, IntentKind.CREDITS, None})
"""Other readings of words that are an edit where the video is asked for in the same breath: "redo it and send it to me"."""

_OF_A_PICTURE = frozenset({IntentKind.EXPORT, IntentKind.UPLOAD, IntentKind.NEW})
"""Commands that a photo's caption cannot mean of an older clip: "send me the video" under a photo wants THIS one's."""


def intent(text: str, has_media: bool = False) -> Intent:
    """What `text` asks for; `has_media` where a file came with it.

    A file without words, or with words that say only that it is one, is an `UPLOAD`; no file and no words is a
    `MESSAGE` with nothing in it.
    """
    parts = [part for part in clauses(text.lstrip().removeprefix("/")) if not only_courtesy(part)]
    if has_media and all(only_names_the_file(part) and not _asks_for_the_video(part) for part in parts):
        return Intent(IntentKind.UPLOAD)
    if not parts:
        return Intent(IntentKind.MESSAGE)
    rules = [rule_for(part) for part in parts]
    commands = _commands(rules)
    if any(rule is None for rule in rules):
        return Intent(IntentKind.MESSAGE, then_export=IntentKind.EXPORT in commands)
    doubtful = tuple(dict.fromkeys(rule.perhaps for rule in rules if rule is not None and rule.perhaps is not None))
    if not commands:
        return Intent(IntentKind.MESSAGE, alternatives=doubtful)
    kind = commands[0]
    if kind is IntentKind.EXPORT and any(_is_rather_an_edit(rule) for rule in rules):
        return Intent(IntentKind.MESSAGE, doubtful, then_export=True)
    if has_media and kind in _OF_A_PICTURE:
        return Intent(IntentKind.MESSAGE if kind is IntentKind.EXPORT else IntentKind.UPLOAD)
    return Intent(kind, alternatives=tuple(other for other in doubtful if other not in commands))


def _is_rather_an_edit(rule: Rule | None) -> bool:
    return rule is not None and rule.kind is IntentKind.MESSAGE and rule.perhaps in _RATHER_AN_EDIT


def _asks_for_the_video(clause: tuple[str, ...]) -> bool:
    """ "send me the video", whose words are also those of "sending a video"."""
    rule = rule_for(clause)
    return rule is not None and rule.kind is IntentKind.EXPORT and bool({"me", "us", "我"} & set(clause))


def _commands(rules: list[Rule | None]) -> tuple[IntentKind, ...]:
    found = {rule.kind for rule in rules if rule is not None} - {IntentKind.MESSAGE}
    return tuple(kind for kind in _WEIGHT if kind in found)


def small_talk(text: str) -> bool:
    """The text is nothing but courtesy ("thanks!", "好的", "👍"): to be answered with what can be done next.

    Its intent is `MESSAGE`, yet a turn of the backend would only cost credits. False where there is nothing at all.
    """
    return bool(text.strip()) and all(only_courtesy(part) for part in clauses(text))
