"""What is left of a prompt when every reader took its words: fillers, and what was not understood.

The prompt comes in; the words that mean something and that nobody took go out, as the person wrote them.
"""

from __future__ import annotations

import re

from darkroom.agent import fillers
from darkroom.agent.prompt import HAN, TAKEN, Prompt, clauses
from darkroom.agent.quotes import plain
from darkroom.agent.rule import Rule

_FILLERS = frozenset(fillers.ENGLISH.split())
_HAN_FILLER = Rule("|".join(sorted(fillers.CHINESE.split(), key=len, reverse=True)))
_TOKEN = Rule(rf"{HAN.pattern}+|[^\W_]+(?:['’-][^\W_]+)*", re.UNICODE)
# What a picture shows is told, not asked for: "turn this photo of my dog into a video", "this is our wedding", "我家猫的照片".
_TOLD = Rule(
    r"\b(?:photos?|pictures?|images?|pics?|portraits?|paintings?|drawings?|selfies?|shots?|snapshots?)\s+(?:of|from|with)\s+(?:(?!into\b|to\b)[^\s\0,.;!?]+\s*){1,8}"
    r"|\b(?:this|that|it|these|those|here)(?:'s|\s+is|\s+are)\s+(?:my|our|me|us|a|an|the|from)\b[^\0,.;!?]*"
    r"|\b(?:this|my|the|our|these|that)\s+(?:\w+\s+){0,3}(?=(?:photos?|pictures?|images?|pics?|portraits?|paintings?|drawings?|selfies?)\b)"
    r"|(?<!like\s)\b(?:an?|my|our|this)\s+(?:[^\W\d_]+\s+){1,2}(?=(?:videos?|clips?|slideshow|movie|reel)\b)"
    r"|\b(?:for|to)\s+(?:my|our|the|his|her)\s+(?:\w+'?s?\s*){1,3}(?=$|[\0,.;!?])"
    r"|[\u3400-\u9fff]{1,10}的(?=照片|图片|图|相片)|(?:这是|这张是)[^\0，。；！？,]*"
)

# A time that no reader could read, though its words are fillers: nobody may think that it was heeded.
_UNREAD_TIME = Rule(
    r"\b(?:(?:for|in|during|on|at|until|till|after|before|within|over|only|just)\s+)*(?:the\s+)?(?:(?:very|next|first|last|final|opening|closing|second|third|every|each|other)\s+)+(?:\w+\s+){0,3}?(?:seconds?|secs?|minutes?|half|moments?|quarter|part|while)\b(?!\s+of\s+the\s+(?:photo|picture|image))"
    r"|\bfor\s+(?:(?:only|just)\s+)?an?\s+(?:\w+\s+){0,2}(?:while|time|moment|bit|minute)\b|\b(?:some\s+of|half\s+of|part\s+of)\s+the\s+(?:time|clip|video)\b"
    r"|\b(?:until|till|before|after|while|once|when|towards?|by|as\s+soon\s+as)\s+(?:just\s+)?(?:before\s+|after\s+)?(?:(?:it|the|this|clip|video)\s+){0,3}(?:starts?|started|begins?|beginning|ends?|ending|finish(?:es)?|over|middle|stops?)\b"
    r"|(?:[前后]|最后|最开始|开头|结尾|中间|中途|快)的?[^\s\0,，。；！？]{0,3}?(?:秒钟?|半段|分钟|段时间|部分|会儿|结束时?|阶段)|过一会儿?|一会儿"
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
    """From the first to the last word of `piece` that is no filler, or that speaks of a time."""
    kept = [match.span() for match in _UNREAD_TIME.finditer(piece)]
    for token in _TOKEN.finditer(piece):
        if HAN.match(token[0]):
            start = token.start()
            kept += [
                (start + part.start(), start + part.end())
                for part in re.finditer(r"\S+", _HAN_FILLER.sub(lambda match: " " * len(match[0]), token[0]))
            ]
        elif not _is_filler(token[0]):
            kept.append(token.span())
    return (min(start for start, _ in kept), max(end for _, end in kept)) if kept else None


def _is_filler(word: str) -> bool:
    plain_word = word.replace("’", "'")
    return plain_word in _FILLERS or all(part in _FILLERS for part in re.split(r"['-]", plain_word) if part)
