"""Small talk: "thanks!", "hello", "nice", "谢谢". The prompt comes in; a friendly sentence goes out.

Only a part of the sentence that says nothing else is small talk: "make it nice" is not.
"""

from __future__ import annotations

from darkroom.agent.edit import Said
from darkroom.agent.prompt import Prompt, clauses
from darkroom.agent.rule import Rule

GLAD = Said("Glad you like it!", "很高兴你喜欢！")
_FRIEND = r"(?:\s*(?:you|there|all|again|everyone|mate|man|bro|buddy|dear|friend|darkroom|so much|very much|a lot|a bunch|a million|[!.~👍🙏❤😊😀🎉\ufe0f]))*"
_PRAISED = r"(?:(?:it|that|this|everything|the\s+(?:clip|video|result)|you|i)(?:'s|'re|\s+is|\s+are|\s+looks?|\s+was|\s+turned\s+out|\s+did|\s+(?:really\s+)?(?:love|like))?\s*)?"
_KINDS: tuple[tuple[Said, str], ...] = (
    (
        Said("You're welcome! Tell me if anything should change.", "不客气！想改什么，告诉我就行。"),
        (
            rf"(?:ok(?:ay)?\s+|great\s+|cool\s+|many\s+|much\s+|perfect\s+|awesome\s+)*(?:thanks?|thank\s*you|thx|ty|tysm|tyvm|cheers|much\s+appreciated|appreciate\s+it){_FRIEND}"
            r"|(?:非常|太|多|好的?)?(?:谢谢|感谢|多谢|谢了|谢啦|辛苦)(?:你|您|了|啦|哦|呀|啊|大家|老师|亲|们|帮忙)*"
        ),
    ),
    (
        Said("Hi! Tell me how the clip should be.", "你好！告诉我短片要怎么改。"),
        (
            rf"(?:hi|hello|hey|hiya|howdy|yo|good\s+(?:morning|afternoon|evening|day)|greetings){_FRIEND}|how\s+are\s+you(?:\s+(?:doing|today))*|how's\s+it\s+going|what's\s+up"
            r"|(?:你好|您好|嗨|哈喽|哈啰|早上好|早安|晚上好|下午好|大家好|在吗)(?:呀|啊|哦|啦|吗)*"
        ),
    ),
    (
        GLAD,
        (
            rf"(?:(?:oh|wow|haha|yes|yeah|ok|okay)\s*)*{_PRAISED}(?:(?:so|very|really|pretty|looking|looks?|just|absolutely|quite|super|a|an|how|what\s+a)\s+)*(?:nice|good|great|cool|perfect|awesome|amazing|beautiful|lovely|wonderful|fantastic|excellent|brilliant|gorgeous|stunning|superb|wow|love\s+it|well\s+done|it)(?:\s+(?:job|work|one|stuff|result|clip|video|now|already|as\s+it\s+is|like\s+this|like\s+that))*{_FRIEND}"
            r"|(?:哇|真|很|太|好|非常|挺|这个|视频|做得|效果|的)*(?:不错|棒|好看|漂亮|完美|厉害|赞|美|喜欢|好)(?:了|啦|啊|呀|哦|的|极了|看)*"
        ),
    ),
    (
        Said("Fine. Tell me if anything should change.", "好的，想改什么，告诉我就行。"),
        (
            rf"(?:ok(?:ay)?|alright|all\s+right|fine|sure|got\s+it|understood|great\s+ok|no\s+problem|bye|goodbye|see\s+you|good\s+night){_FRIEND}|[👍👌🙏❤😊😀🎉😍🥰👏\ufe0f\s]+"
            r"|(?:好的?|行|可以|没问题|知道了|明白了?|嗯+|哦+|收到|再见|拜拜|晚安)(?:了|吧|呀|啊|哦|的)*"
        ),
    ),
)
_PATTERNS = tuple((said, Rule(rf"[\s!.~]*(?:{pattern})[\s!.~]*")) for said, pattern in _KINDS)


def read_courtesy(prompt: Prompt) -> tuple[Prompt, Said | None]:
    """The prompt without its small talk, and what to answer to the first of it if there is nothing else to say."""
    reply: Said | None = None
    for start, end in clauses(prompt.text):
        piece = prompt.text[start:end]
        said = next((said for said, pattern in _PATTERNS if pattern.fullmatch(piece)), None)
        if said is not None:
            reply = reply or said
            prompt = prompt.take([(start, end)])
    return prompt, reply
