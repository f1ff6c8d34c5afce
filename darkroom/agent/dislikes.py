"""Words of dislike for a thing that is there, and of liking: "I hate the …", "不喜欢这个…". Patterns to build on.

Each stands before the name of the thing, or after it (`UGLY`), and is matched against what `read` made of a prompt.
"""

from __future__ import annotations

_REALLY = r"(?:(?:really|just|kinda|totally|so|very|much|particularly|actually)\s+)*"
DISLIKE = (
    rf"(?:\b(?:i\s+|i'm\s+|we\s+|we're\s+|i\s+am\s+|am\s+)?{_REALLY}(?:"
    rf"(?:don'?t|do\s+not|didn'?t|not)\s+{_REALLY}(?:like|love|enjoy|a\s+(?:big\s+)?fan\s+of)"
    r"|hate|dislike|detest|(?:can'?t|cannot)\s+stand|(?:getting\s+)?(?:tired|sick|bored)\s+(?:of|with|by)|fed\s+up\s+with|annoyed\s+(?:by|with)"
    r")\s+)"
)
DISLIKE_ZH = r"(?:我)?(?:也|真的?|很|非常|有点儿?|都)*(?:(?:不(?:太|怎么|是很|大)?|没那么)(?:喜欢|爱|想看)|讨厌|厌倦了?|厌烦|受够了?|受不了|看腻了?|腻了|烦透?了?)"
LIKE = rf"\b(?:i|we)\s+{_REALLY}(?:like|love|enjoy)(?:d)?\s+(?:the|this|that|how\s+(?:it|the))\s+"
LIKE_ZH = r"(?<!不)(?<!不太)(?:我)?(?:很|非常|好|真)*(?:喜欢|爱)(?:这个|这种|现在的)"
UGLY = (
    r"\s*(?:is|looks?|feels?|seems?|was)\s+(?:(?:too|so|very|really|just|a\s+bit|way)\s+)*(?:ugly|bad|annoying|awful|terrible|horrible|weird|boring|distracting|wrong)\b(?:\s+much)?|\s+(?:sucks|stinks)\b"
    r"|(?:效果)?(?:有点|很|太|真)*(?:不好看?|难看|丑|奇怪|烦人?|无聊)了?"
)
