"""What is left of a prompt when every reader took its words: fillers, and what was not understood.

The prompt comes in; the words that mean something and that nobody took go out, as the person wrote them.
"""

from __future__ import annotations

import re

from darkroom.agent import fillers
from darkroom.agent.prompt import HAN, TAKEN, Prompt, clauses
from darkroom.agent.quotes import plain

_FILLERS = frozenset(fillers.ENGLISH.split())
_HAN_FILLER = re.compile("|".join(sorted(fillers.CHINESE.split(), key=len, reverse=True)))
_TOKEN = re.compile(rf"{HAN.pattern}+|[^\W_]+(?:['’-][^\W_]+)*", re.UNICODE)
# What a picture shows is told, not asked for: "turn this photo of my dog into a video", "this is our wedding", "我家猫的照片".
_TOLD = re.compile(
    r"\b(?:photos?|pictures?|images?|pics?|portraits?|paintings?|drawings?|selfies?|shots?|snapshots?)\s+(?:of|from|with)\s+(?:(?!into\b|to\b)[^\s\0,.;!?]+\s*){1,8}"
    r"|\b(?:this|that|it|these|those|here)(?:'s|\s+is|\s+are)\s+(?:my|our|me|us|a|an|the|from)\b[^\0,.;!?]*"
    r"|\b(?:this|my|the|our|these|that)\s+(?:\w+\s+){0,3}(?=(?:photos?|pictures?|images?|pics?|portraits?|paintings?|drawings?|selfies?)\b)"
    r"|(?<!like\s)\b(?:an?|my|our|this)\s+(?:[^\W\d_]+\s+){1,2}(?=(?:videos?|clips?|slideshow|movie|reel)\b)"
    r"|\b(?:for|to)\s+(?:my|our|the|his|her)\s+(?:\w+'?s?\s*){1,3}(?=$|[\0,.;!?])"
    r"|[\u3400-\u9fff]{1,10}的(?=照片|图片|图|相片)|(?:这是|这张是)[^\0，。；！？,]*"
)


def leftover(prompt: Prompt) -> tuple[str, ...]:
    """The stretches of the prompt that nobody understood, without the fillers around them. Punctuation is none."""
    text = _TOLD.sub(lambda match: " " * len(match[0]), prompt.text)
    found: list[str] = []
    for start, end in clauses(text):
        at = start
        for piece in text[start:end].split(TAKEN):
            if span := _meaning(piece):
                found.append(plain(prompt.raw[at + span[0] : at + span[1]]))
            at += len(piece) + 1
    return tuple(dict.fromkeys(found))


def _meaning(piece: str) -> tuple[int, int] | None:
    """From the first to the last word of `piece` that is no filler."""
    kept: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(piece):
        if HAN.match(token[0]):
            start = token.start()
            kept += [
                (start + part.start(), start + part.end())
                for part in re.finditer(r"\S+", _HAN_FILLER.sub(lambda match: " " * len(match[0]), token[0]))
            ]
        elif not _is_filler(token[0]):
            kept.append(token.span())
    return (kept[0][0], kept[-1][1]) if kept else None


def _is_filler(word: str) -> bool:
    plain_word = word.replace("’", "'")
    return plain_word in _FILLERS or all(part in _FILLERS for part in re.split(r"['-]", plain_word) if part)
