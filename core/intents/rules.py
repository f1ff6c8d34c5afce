"""Which roles make which command. A clause is a command only where EVERY word of it has a place in one rule.

So any word that a command has no use for ("icon" in "add a download icon", "抖音" in "上传到抖音的比例") leaves the clause
an edit: to swallow an edit is the worse fault, since the person then waits for something that nobody does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.intents import chinese, english
from core.intents.roles import Role
from core.intents.words import QUESTION, known_spelling


class IntentKind(StrEnum):
    EXPORT = "export"
    CREDITS = "credits"
    STATUS = "status"
    UPLOAD = "upload"
    CANCEL = "cancel"
    NEW = "new"
    HELP = "help"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Rule:
    """A clause that holds all of `needs`, and beside it nothing but `may`.

    Where `perhaps` is given, the clause is held to be ambiguous: it is the other reading.
    """

    kind: IntentKind
    needs: Role
    may: Role = Role.NONE
    perhaps: IntentKind | None = None


K, R = IntentKind, Role
_SMALL = R.COURTESY | R.HELLO | R.TALK
_POLITE = R.COURTESY | R.HELLO
_VIDEO = R.CLIP | R.IT | R.FORM | R.MY

RULES: tuple[Rule, ...] = (
    Rule(K.HELP, R.HELP, _SMALL | R.IT | R.CLIP),
    # Before the export, whose words the running work has too: "cancel the export", "is the export done".
    Rule(K.CANCEL, R.CALL_OFF, _SMALL | R.CANCEL | R.WORK | _VIDEO),
    Rule(K.CANCEL, R.CANCEL, _SMALL | R.WORK | _VIDEO | R.CALL_OFF),
    Rule(K.STATUS, R.STATE, _SMALL | _VIDEO | R.CHECK | R.SHOW | R.SEE | R.WORK | R.GOING | R.INSIDE | R.WAIT | R.HOW),
    Rule(K.STATUS, R.ASKED, _SMALL | _VIDEO | R.WORK | R.EXPORT | R.WAIT | R.STATE | R.READY),
    Rule(K.STATUS, R.READY | R.ASKING, _SMALL | _VIDEO | R.WORK | R.EXPORT | R.WAIT | R.STATE),
    Rule(K.STATUS, R.GOING, _SMALL | _VIDEO | R.WORK | R.WAIT | R.READY | R.EXPORT | R.CHECK),
    Rule(K.STATUS, R.WAIT, _SMALL | _VIDEO | R.WORK | R.EXPORT | R.HAND | R.HAVE | R.READY | R.COUNT | R.SEE),
    Rule(K.STATUS, R.INSIDE, _SMALL | _VIDEO | R.STATE | R.SHOW | R.CHECK | R.SEE),
    # Before the export, too: 传 alone hands over, 上传 uploads.
    Rule(K.UPLOAD, R.UPLOAD, _SMALL | R.PICTURE | R.MORE | R.IT | R.HOW | R.MY | R.HAND | R.TO_ME | R.MAKE | R.NEW),
    Rule(K.EXPORT, R.EXPORT, _SMALL | _VIDEO | R.HOW | R.TO_ME | R.WHERE | R.HAND | R.HAVE | R.READY | R.FINISH),
    Rule(K.EXPORT, R.HAND | R.CLIP, _SMALL | _VIDEO | R.HOW | R.TO_ME | R.HAVE),
    Rule(K.EXPORT, R.HAND | R.IT, _SMALL | R.HOW | R.TO_ME | R.HAVE | R.FORM),
    Rule(K.EXPORT, R.HAVE | R.CLIP, _SMALL | _VIDEO | R.TO_ME | R.HOW),
    Rule(K.EXPORT, R.SEE | R.CLIP, _SMALL | _VIDEO | R.HOW | R.WHERE, perhaps=K.STATUS),
    Rule(K.STATUS, R.READY | R.CLIP, _SMALL | _VIDEO, perhaps=K.EXPORT),
    Rule(K.STATUS, R.WHERE | R.CLIP, _SMALL | _VIDEO | R.HAND | R.READY, perhaps=K.EXPORT),
    Rule(K.STATUS, R.WHERE | R.IT, _SMALL | R.HAND | R.READY, perhaps=K.EXPORT),
    Rule(
        K.CREDITS,
        R.CREDITS | R.COUNT,
        _SMALL | R.CHECK | R.SHOW | R.MY | R.HAVE | R.HOW | R.TOP_UP | R.COST | R.IT | R.MAKE | R.CLIP,
    ),
    Rule(K.CREDITS, R.CREDITS | R.CHECK, _SMALL | R.MY | R.HAVE | R.HOW | R.WHERE),
    Rule(K.CREDITS, R.CREDITS | R.SHOW, _POLITE | R.MY),
    Rule(K.CREDITS, R.CREDITS | R.MY, _SMALL | R.SHOW | R.WHERE | R.SEE),
    Rule(K.CREDITS, R.CREDITS | R.TOP_UP, _SMALL | R.HOW | R.MORE | R.MY | R.HAVE | R.COUNT),
    Rule(K.CREDITS, R.CREDITS | R.HOW, _SMALL | R.HAND | R.MORE | R.MY | R.COUNT | R.HAVE),
    Rule(K.CREDITS, R.CREDITS | R.MORE, _SMALL | R.HAND | R.HAVE | R.TOP_UP),
    Rule(K.CREDITS, R.CREDITS, _POLITE),
    Rule(K.CREDITS, R.COST, _SMALL | R.IT | R.CLIP),
    Rule(K.CREDITS, R.TOP_UP | R.HOW, _SMALL),
    Rule(K.NEW, R.ANEW, _SMALL | R.MAKE | R.NEW | _VIDEO),
    Rule(K.NEW, R.NEW | R.CLIP, _SMALL | R.MAKE | R.MY),
    Rule(K.NEW, R.NEW | R.MAKE, _SMALL | R.IT),
    Rule(K.UPLOAD, R.SEND | R.PICTURE, _SMALL | R.HOW | R.MY | R.MORE | R.TO_ME),
    # Its words are also those of "no" and of praise.
    Rule(K.MESSAGE, R.DISLIKE, _SMALL | _VIDEO | R.PAUSE),
    # Held to be ambiguous: sent as an edit, with the other reading as a button.
    Rule(K.MESSAGE, R.CREDITS, _SMALL | R.SHOW | R.IT | R.HAVE | R.ADD | R.MAKE | R.SEE, perhaps=K.CREDITS),
    Rule(K.MESSAGE, R.FINISH, _SMALL | _VIDEO, perhaps=K.EXPORT),
    Rule(K.MESSAGE, R.PAUSE, _SMALL, perhaps=K.CANCEL),
    Rule(K.MESSAGE, R.WIPE, _SMALL | _VIDEO | R.MAKE, perhaps=K.NEW),
    Rule(K.MESSAGE, R.SEE, _SMALL | _VIDEO | R.SHOW, perhaps=K.STATUS),
    Rule(K.MESSAGE, R.HAND | R.FORM, _SMALL | R.MAKE | R.TO_ME | R.HAVE | R.CLIP, perhaps=K.EXPORT),
    Rule(K.MESSAGE, R.HAND | R.TO_ME, _SMALL | R.MAKE | R.HAVE, perhaps=K.EXPORT),
    Rule(K.MESSAGE, R.ADD_PHOTO, _SMALL, perhaps=K.UPLOAD),
)

_LONGEST_COMMAND = 32
"""Tokens of a clause: beyond it nobody commands, people tell what they want."""


def _phrases(*lexicons: Mapping[Role, str]) -> dict[tuple[str, ...], tuple[Role, ...]]:
    roles: dict[tuple[str, ...], tuple[Role, ...]] = {}
    for role, entries in (item for lexicon in lexicons for item in lexicon.items()):
        for entry in entries.split(","):
            key = _tokens(entry)
            if key and role not in roles.get(key, ()):
                roles[key] = (*roles.get(key, ()), role)
    return roles


def _tokens(entry: str) -> tuple[str, ...]:
    tokens: list[str] = []
    for word in entry.split():
        tokens.extend([word] if word.isascii() else _mixed(word))
    return tuple(tokens)


def _mixed(word: str) -> Iterable[str]:
    latin = ""
    for character in word:
        if character.isascii():
            latin += character
            continue
        if latin:
            yield latin
            latin = ""
        yield character
    if latin:
        yield latin


_ROLES = _phrases(english.WORDS, chinese.WORDS)
_LONGEST_PHRASE = max(map(len, _ROLES))
_KNOWN = frozenset(token for phrase in _ROLES for token in phrase)


def readings(clause: tuple[str, ...]) -> frozenset[Role]:
    """Every set of roles that explains the whole clause; none where a word in it belongs to no phrase."""
    if len(clause) > _LONGEST_COMMAND:
        return frozenset()
    tokens = tuple(known_spelling(token, _KNOWN) for token in clause)
    reached: list[set[Role]] = [{Role.NONE}] + [set() for _ in tokens]
    for start, before in enumerate(reached[:-1]):
        if not before:
            continue
        for end in range(start + 1, min(start + _LONGEST_PHRASE, len(tokens)) + 1):
            for role in _ROLES.get(tokens[start:end], ()):
                reached[end].update(mask | role for mask in before)
    return frozenset(reached[-1])


def only_courtesy(clause: tuple[str, ...]) -> bool:
    """The clause asks for nothing: "thanks", "ok 好的"."""
    return rule_for(clause) is None and _explained(clause, _POLITE)


def only_names_the_file(clause: tuple[str, ...]) -> bool:
    """The clause says no more than that here is a file: "my photo", "here you go", 这张."""
    return _explained(clause, _SMALL | R.IT | R.MY | R.TO_ME | R.PICTURE | R.MORE | R.SEND)


def _explained(clause: tuple[str, ...], allowed: Role) -> bool:
    return any(mask & ~allowed == Role.NONE for mask in readings(clause))


def rule_for(clause: tuple[str, ...]) -> Rule | None:
    """The first rule that the whole clause satisfies."""
    if clause == (QUESTION,):
        return Rule(K.HELP, R.HELP)
    masks = readings(clause)
    for rule in RULES:
        allowed = rule.needs | rule.may
        if any(mask & rule.needs == rule.needs and mask & ~allowed == Role.NONE for mask in masks):
            return rule
    return None
