"""Going back: "undo", "undo the last two changes", "start over", "撤销两步". The prompt comes in; how many steps to undo goes out."""

from __future__ import annotations

import re

from darkroom.agent.numbers import COUNT, number
from darkroom.agent.prompt import Prompt
from darkroom.agent.rule import Rule

_UNDO = Rule(
    rf"""(?:please\s+)?(?:
        (?P<all>\b(?:let'?s\s+)?(?:start|begin)\s+(?:(?:all\s+)?over(?:\s+again)?|again\s+from\s+(?:the\s+(?:start|beginning)|scratch)|from\s+scratch|afresh|anew)\b
          | \b(?:go|take\s+(?:it|me)|get|return|revert|reset|undo)\s+(?:it\s+)?(?:back\s+)?(?:all\s+the\s+way\s+)?to\s+(?:the\s+)?(?:very\s+)?(?:first|original|initial)(?:\s+(?:version|one|clip|video))?\b
          | \breset(?:\s+(?:it|everything|all|the\s+(?:clip|video)))?\b(?!\s+(?:the|my)\b)
          | (?:我想|我要)?(?:全部)?重新(?:再?来|开始|[做弄](?=一[遍次]|过))(?:一遍|一次|过|一下)?|[重从]头再?来(?:过|一遍|一次)|重来(?:一遍|一次|过)?
          | (?:回到|恢复到?|还原到?|退回到?)(?:最初|最开始|最早|第一[个版次]|原来|原始|初始)的?(?:版本?|状态|样子)?
          | \bundo\s+(?:everything|all(?:\s+(?:changes|edits|of\s+it|that))?)\b|全部撤销|撤销(?:全部|所有)(?:操作|修改)?)
      | (?P<twice>\bundo\s+(?:it\s+|that\s+)?twice\b)
      | \bundo\s+(?:it\s+|that\s+)?(?P<times>{COUNT})\s+(?:times|steps|changes|edits)\b
      | \bundo\s+(?:the\s+|my\s+)?last\s+(?P<last>{COUNT})(?:\s+(?:changes|edits|steps|things))?\b
      | \b(?:undo|revert)\b(?:\s+(?:it|that|this|(?:the\s+|my\s+)?(?:last|previous)(?:\s+(?:change|edit|step|thing|one))?|the\s+change)\b)?
      | \b(?:go|step|roll(?:\s+it)?)\s+back\s+(?P<back>{COUNT})\s+(?:steps?|changes?|versions?)\b
      | \b(?:go|take\s+it|step|roll\s+it|roll)\s+back(?:\s+(?:a\s+step|one\s+step|to\s+(?:the\s+)?(?:previous|last)\s+(?:version|one|state)))?\b
      | (?:撤销|撤回|回退|退回)(?:上?(?P<zh>{COUNT})[步次]|到?(?:上|前)一[步次个版]本?(?:操作|修改)?)?
      | 取消(?:上|刚才的?|前)(?:一[步次个])?(?:操作|修改|改动)?
      | (?:回到|恢复到?|还原到?)(?:上|前)一?[步个版次]本?
    )""",
    re.VERBOSE | re.ASCII,
)
MOST_STEPS = 50


def read_undo(prompt: Prompt) -> tuple[Prompt, int]:
    """The prompt without its wishes to undo, and the steps they add up to."""
    steps = 0
    for match in _UNDO.finditer(prompt.text):
        count = match["times"] or match["last"] or match["back"] or match["zh"]
        if match["all"]:
            steps += MOST_STEPS
        elif match["twice"]:
            steps += 2
        else:
            steps += round(max(1, min(number(count), MOST_STEPS))) if count else 1
    return prompt.take_all(_UNDO), min(steps, MOST_STEPS)
