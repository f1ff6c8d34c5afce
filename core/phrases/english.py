"""What an English clause is. In: a clause as `core.phrases.masks` leaves it. Out: a `Verdict`.

An instruction is told by two things together: it addresses the person (an imperative, "you can", "feel free to"), and
what it wants done needs a GUI (a click, a drag, a panel, the timeline, a page). Each alone is content: "the camera
opens on the skyline" addresses nobody, and "tell me what to change" needs no GUI.
"""

from __future__ import annotations

import re

from core.phrases.masks import BLANK, PAGE
from core.phrases.rule import Rule
from core.phrases.said import GuiAction
from core.phrases.verdict import CONTENT, Kind, Verdict

# What a verb may be said of. SOLID names are parts of a GUI wherever they stand, LOOSE ones
# only beside verbs that go there.
_SOLID = r"""(?:panels?|tabs?|side[ ]?bars?|tool[ ]?bars?|menus?|drop-?downs?|dialogs?|dialogues?|pop-?ups?|
    inspector|timeline|
    editor|workspace|dashboard|sliders?|check[ ]?box(?:es)?|play-?head|preview[ ](?:window|pane|area|player|screen)|
    buttons?|icons?|(?:media|asset|music|audio|template|stock|sound|effects|font|sticker|my)[ ](?:library|pool|
    bin|browser)|
    settings(?:[ ]page)?|account|billing|subscription|control[ ]center|top[- ](?:right|left)(?:[ ](?:corner|side|
    hand))?|
    bottom[- ](?:right|left)(?:[ ](?:corner|side|hand))?)(?![\w'-])"""
_LOOSE = r"""(?:pages?|apps?|web[ ]?sites?|sites?|projects?|drafts?|player|canvas|links?|preview|section|library|screen|
    export|exports|downloads|plans?|profile|web[ ]?page|browser|history)(?![\w'-])"""
_ITS = r"(?:the|your|our|its|this|that|any|an?|my|each)"
_GAP = rf"(?:[\w'&/+{BLANK}-]{{1,40}}\s+){{0,4}}?"
_IN = r"""(?:in|on|from|within|inside|using|with|through|via|under|at|to|into|onto|along|over|next\s+to|above|
    below|beneath|beside)"""
_AT_PLACE = rf"\b{_IN}\s+(?:{_ITS}\s+)?{_GAP}(?:{_SOLID}|(?:player|canvas|preview|app|web[ ]?site|browser)(?![\w'-]))"
_NAMED = r"""(?:export|download|play|save|share|render|publish|generate|upload|preview|delete|split|undo|redo|apply|
    settings)"""

# Verbs of a GUI, each with what it takes for granted.
_SOUND = r"(?:\s+(?:sounds?|tracks?|noises?|effects?|beats?|danc\w{1,4}|shoes|water|rate|through)\b|-(?!on\b))"
_CLICK = rf"""(?:(?:(?:right|left|double|single|long|ctrl|cmd)[- ]?)?click(?:ing)?|(?:double[- ])?tap(?:ping)?|
    right[- ]click(?:ing)?)\b(?!{_SOUND})"""
_PRESS = rf"""(?:(?:press|hit|push|select|choose|pick|toggle|check|tick|use|us|find|locate|look\s+for|
    hover\s+over|try|choos|hitt)(?:ing)?
    \s+(?:down\s+)?(?:on\s+)?(?:{_ITS}\s+)?(?:{_GAP}{_SOLID}|(?:(?<=\s)|{_NAMED}\s+){_NAMED}(?=\s*$|\s+(?:button|
    to|in|on|at|from|and|when|once|if|now|or|icon)\b)
    |(?:the\s+)?(?:space[ ]?bar|enter\s+key|ctrl|cmd|delete\s+key)\b))"""
_SELECT = r"""select(?:ing)?\s+(?:the|your|any|a|an|both|all|it)\b(?:\s+[\w'-]{1,20}){0,3}?\s*
    (?:\b(?:clips?|titles?|text|tracks?|layers?|segments?|elements?|captions?|subtitles?|music|audio|transitions?|
    it)\b)
    (?!\s+(?:you|that|which|version|style)\b)"""
_OPEN = rf"""(?:open(?:ing)?(?:\s+up)?|go(?:ing)?\s+(?:back\s+|over\s+)?to|navigat(?:e|ing)\s+(?:back\s+)?to|
    head(?:ing)?\s+(?:back\s+|over\s+)?to|
    switch(?:ing)?\s+to|jump(?:ing)?\s+to|return(?:ing)?\s+to|visit(?:ing)?|access(?:ing)?|launch(?:ing)?|
    expand(?:ing)?|
    scroll(?:ing)?\s+(?:down\s+|up\s+)?to|log(?:ging)?\s+in(?:to)?(?:\s+to)?|sign(?:ing)?\s+in(?:to)?(?:\s+to)?)
    \s+(?:{_ITS}\s+)?(?:{_GAP}(?:{_SOLID}|{_LOOSE})|{PAGE})"""
_LOOK = rf"""(?:see|check(?:ing)?(?:\s+out)?|view(?:ing)?|review(?:ing)?|look(?:ing)?\s+(?:at|in)|inspect|
    watch(?:ing)?|find|manage|monitor|scrub(?:bing)?)
    \s+(?:(?:through|along)\s+)?(?:{_ITS}\s+)?(?:{_GAP}{_SOLID}|{PAGE})"""
_MOVABLE = r"""(?:clips?|titles?|timeline|tracks?|sliders?|handles?|edges?|playhead|layers?|files?|media|photos?|
    videos?|images?|
    text|captions?|subtitles?|music|audio|it|them|segments?|stickers?|elements?|ends?)"""
_DRAG = rf"""(?:drag(?:\s*(?:and|&|-and-|n)\s*drop|-and-drop)?\s+(?:{_ITS}|it|them|these|those|both|one|either|
    clips?|files?|media|images?|videos?|photos?|
    music|titles?|transitions?|effects?|from|to|along|around|up|down|{BLANK})(?!\w)
    |drop\s+(?:{_ITS}|it|them)\s+{_GAP}{_IN}\s+{_ITS}\s+{_GAP}{_SOLID}
    |(?:dragg|mov|slid|pull|stretch)ing\s+{_ITS}\s+{_GAP}{_MOVABLE}\b(?:.{{0,40}}?\b{_SOLID})?
    |(?:move|slide|pull|stretch)\s+{_ITS}\s+{_GAP}(?:play-?head|sliders?|handles?|edges?)\b)"""
_PREVIEW = r"""(?:preview(?:ing)?(?=\s*$|\s+(?:it|the|your|this|them|that|in|on|how|what|everything|now|before|
    and|or|each|all|changes?|here|by)\b)
    |play(?:ing)?\s+(?:it|them|the\s+(?:video|clip|timeline|preview|sequence|result)|your\s+(?:video|clip))
        (?=\s*$|\s+(?:back|to|and|in|from|now|here|through)\b)
    |scrub(?:bing)?\s+(?:through|along)\b)"""
_TAKE = r"""(?:(?:export|download)(?:ing)?(?=\s*$|\s+(?:the|your|it|this|them|that|as|in|at|now|from|to|when|once|
    and|or|a|an|here|mp4|for|by|whenever|directly|any\s?time)\b)
    |sav(?:e|ing)\s+(?:it|the\s+(?:video|clip|file|mp4|result)|your\s+(?:video|clip|file|project))\b
    |shar(?:e|ing)\s+(?:it|the\s+(?:video|clip)|your\s+(?:video|clip))\s+(?:directly\s+)?from\b
    |render(?:ing)?\s+(?:it|the\s+(?:final\s+)?video|your\s+(?:final\s+)?video)\b)"""
_PAY = r"""(?:(?:check|view|visit|review|manage|open|see|upgrade|update|top\s+up|recharge|purchase|buy|get|renew|
    subscribe\s+to|change|add)\w{0,3}
    \s+(?:(?:the|your|a|an|our|more|additional|extra|some|higher|paid|current|pro|to|remaining|available)\s+){0,4}
    (?:accounts?|billing|subscriptions?|plans?|credits?|balance|payment|usage|membership|pro|
    premium)\b(?!\s+(?:of|music))
    |top(?:ping)?\s+up\b|recharg(?:e|ing)\b(?=\s*$|\s+(?:your|in|on|at|to))|upgrad(?:e|ing)\s+(?:to\b|your\b|now|
    here|{page}))""".replace("{page}", PAGE)
_WORK = r"""(?:preview|play|watch|view|review|scrub|check|see|hear|listen(?:\s+to)?|look|adjust|change|edit|
    modify|tweak|customi[sz]e|
    trim|delete|remove|move|resize|reposition|reorder|rearrange|rotate|replace|rename|fine-tune|enable|disable|
    turn|mute|choose|
    pick|find|access|manage|export|download|save|share|use|continue|browse|search|explore|double-check|verify|
    confirm|upload|
    import|render|swap|undo|locate|keep|refine|monitor|track|make|finish|set|control|toggle|switch|unmute|restore|reset|revert|take\s+a\s+look|
    have\s+a\s+look|lower|raise|split|crop|duplicate)"""
_WORK_AT_PLACE = rf"{_WORK}(?:ing)?\b.{{0,160}}?(?:{_AT_PLACE}|{PAGE})"

_KEYS = r"""(?:(?:refresh|reload)(?:ing)?\s+(?:the|your|this)\s+(?:page|browser|app|editor|preview|tab|
    workspace)\b|hover(?:ing)?\s+over\s+(?:the|your|any|a|it)\b|
    .{0,60}?\b(?:ctrl|cmd|command)\s?[+-]\s?[a-z]\b|scroll(?:ing)?\s+(?:down|up|through|to|along)\b)"""
_GUI = rf"(?:{_CLICK}|{_KEYS}|{_DRAG}|{_PRESS}|{_SELECT}|{_OPEN}|{_LOOK}|{_PREVIEW}|{_TAKE}|{_PAY}|{_WORK_AT_PLACE})"

# How a person is addressed, before the verb.
_LEAD = r"""(?:(?:and|then|or|but|so|also|now|next|first|second|third|finally|lastly|afterwards?|after\s+that|
    from\s+there|please|kindly|
    just|simply|easily|directly|quickly|alternatively|otherwise|optionally|instead|again|always|afterward|
    go\s+ahead(?:\s+and)?|
    feel\s+free\s+to|(?:be|make)\s+sure\s+(?:to|that\s+you|you)|remember\s+to|don['’]?t\s+forget\s+to|
    do\s+not\s+forget\s+to|try\s+to|
    (?:would|could|can|will)\s+you(?:\s+(?:please|mind|kindly))*+|that|where|which|while|in\s+order\s+to|
    all\s+you\s+(?:need|have)\s+to\s+do\s+is|it['’]?s\s+(?:best|easy|time)\s+to|
    ready\s+to|time\s+to|note\s+that|to\s+do\s+(?:so|that|this)|either|simultaneously|at\s+any\s+time|any\s?time|
    whenever|
    (?:i|we)(?:['’]d)?(?:\s+(?:would|also|highly|strongly))*+\s+(?:recommend|suggest|advise|encourage|
    invite)(?:\s+(?:that|you|to))*+|
    please\s+note(?:\s+that)?|you['’]?(?:(?:ll|d|re|ve)\b)?
    (?:\s+(?:can|could|may|might|should|shall|must|will|would|need|have|want|like|are|able|free|also|now|always|
    simply|just|easily|still|
    then|even|directly|prefer|to|only|manually|either|further|quickly|probably|all|ready|only|be|welcome|at|any|
    time|anytime|freely))*+)
    \b[,:]?\s+)"""
_ADDRESSED = rf"(?>{_LEAD})*+(?:(?:right|there|here|up|down)\s+)?"

_OWN = Rule(
    r"""(?:and|but|so|then|also|now|meanwhile|finally|next|first|,|\s)*+\b(?:I|we|let\s+me|let['’]s|I['’]\w{1,2}|
    we['’]\w{1,2}|the\s+agent)\b(?!['’]?s\b)"""
)
_ADVISES = Rule(r".{0,30}?\b(?:recommend|suggest|advise|encourage|invite)\b")
_ANNOUNCES = Rule(
    r""".{0,20}?(?:\b(?:I|we)(?:['’](?:ll|d)|\s+(?:will|can|could|would|shall|am\s+going\s+to|may|might|plan\s+to|
    need\s+to|want\s+to))\b|\blet\s+me\b|\blet['’]s\b|I['’]m\s+going\s+to\b)"""
)
_UNABLE = Rule(
    r"""(?:.{0,30}?)\b(?:I|we)\s?(?:['’]m|am|are|['’]re)?\s*(?:can['’]?t|cannot|can\s+not|unable\s+to|
    not\s+able\s+to|don['’]?t\s+have\s+(?:a\s+way|the\s+ability)\s+to)
    \s+(?:(?:actually|directly|currently|just|personally)\s+)*(?:export|download|render|click|press|preview|play|
    open|save|send\s+(?:you\s+)?(?:the|a)\s+(?:file|video))\b"""
)
_TALK = Rule(
    rf"""(?>{_LEAD})*+(?:let\s+me\s+know|let\s+us\s+know|tell\s+(?:me|us)|ask(?:ing)?\s+(?:me|us|for)|
    say(?:ing)?\b|reply|send\s+(?:me|us)|writ(?:e|ing)\s+(?:me\b|{BLANK})|typ(?:e|ing)\s+{BLANK}|describ|mention|
    give\s+me)"""
)
_IN_CHAT = Rule(r"\b(?:in|into|to)\s+(?:the|this|our)\s+(?:chat|conversation)\b")
_INSTRUCTION = Rule(rf"{_ADDRESSED}{_GUI}")
_SELECTS = Rule(rf"{_ADDRESSED}{_SELECT}")
_PLACE_FIRST = Rule(
    rf"""(?>{_LEAD})*+(?:in|on|from|at|under|inside|within|near|using|via|through|with)\s+(?:the|
    your)\s+{_GAP}(?:{_SOLID})(?:\s+(?:on|in|at|of)\s+(?:the|
    your)\s+(?:[\w-]{{1,15}}\s+){{0,3}}[\w-]{{1,15}})?\s*(?:$|.{{0,40}}?\b(?:you|there\s+(?:is|are)|to)\b|
    (?:{_WORK}|click|tap|select|open|press|hit)\b)"""
)
_WIDGET = Rule(
    rf"""(?>{_LEAD})*+(?:(?:the|your|a|an)\s+)?(?:{_GAP}(?:export|download|save|share|render|upload|settings|
    generate|undo|preview|play)\s+(?:button|icon|menu|tab|panel|option|dialog)s?\s+
    (?:is|are|can|will|lets|allows|appears|sits|at|in|on|should|gives|to)\b
    |{_GAP}(?:buttons?|icons?|tabs?|panels?|sliders?|menus?|toolbar|sidebar|side\s?bar)\s+(?:(?:is|are|sits?|
    appears?)\s+(?:\w{{1,12}}\s+)?(?:in|on|at|above|below|under|next\s+to)|(?:lets|allows|can|is\s+where|
    will\s+let))\b)
    (?!.{{0,60}}\b(?:frame|video|picture|image|shot|scene|clip|photo|second|seconds|\d+\s?s|
    0:\d\d)\b(?!\s+(?:editor|panel|preview)))"""
)
_PASSIVE = Rule(
    rf""".{{0,80}}?\b(?:can|may|could)\s+(?:(?:also|now|always|then|easily|still|all|
    both)\s+)*be\s+(?:[\w-]{{1,15}}\s+){{0,3}}?[\w-]{{2,15}}.{{0,60}}?(?:\bby\s+(?:simply\s+|just\s+)?(?:click|
    tap|upgrad|dragg|press|hitt|us|open|select|go|double|right|navigat|mov)\w{{0,3}}ing\b|\bby\s+(?:double-|
    right-)click|{_AT_PLACE}|{PAGE}|\bby\s+(?:going|using)\b)"""
)
_BY_DOING = Rule(
    r"""\s*\bby\s+(?:simply\s+|just\s+|either\s+)?(?:(?:double-|right-)?clicking|tapping|dragging|pressing|
    hitting|selecting\s+the|opening\s+the|going\s+to|navigating\s+to|
    using\s+the\s+(?:[\w-]{1,15}\s+){0,3}(?:button|panel|slider|menu|timeline|tab|tool))\b"""
)
_TAKING_BUTTON = Rule(r"\b(?:export|download)\s+(?:button|icon|menu|panel|tab|dialog|page|settings\s+(?:panel|page))\b")
_YOU_THERE = Rule(
    rf"""(?>{_LEAD})++(?<=[\s,:])(?!a\s|the\s).{{0,160}}?(?:\bby\s+(?:simply\s+|just\s+)?(?:(?:double-|
    right-)?clicking|tapping|dragging|pressing|hitting|going\s+to|opening|using)\b|{_AT_PLACE}|{PAGE})"""
)
_HAS = Rule(r"(?:(?:and|so|now|also|but)\s+)*+you(?:['’]ve|\s+(?:(?:still|now|currently)\s+)?have)\s+(?!to\b)")
_DANGLING_PAGE = Rule(
    rf"(?:\s*(?:\b(?:at|on|here|via|in|from|to|through|visit|link)\b)?\s*[:：]?\s*[(（]?){PAGE}+[)）]?"
)
_STANDS_IN = Rule(
    r"""\s+(?:(?:for\s+you\s+)?)(?:in|on|from|under|inside|within)\s+(?:the|
    your)\s+(?:[\w'&/-]{1,20}\s+){0,3}?(?:panel|tab|side\s?bar|tool\s?bar|inspector|editor|workspace|dashboard|
    preview\s+(?:window|pane|area|player)|(?:media|asset|music|audio)\s+(?:library|pool|
    bin))\b(?!['\w-])(?:\s+(?:on|at|to)\s+the\s+(?:left|right|top|bottom)(?:[- ]hand)?(?:\s+side)?)?"""
)
_SUBORDINATE = Rule(
    r"""(?:(?:and|then|but|or|so)\s+)?(?:if|when|whenever|once|as\s+soon\s+as|after|before|to|for|in\s+order\s+to|
    in\s+case|until|while|should\s+you|from\s+there|at\s+any\s+time|so\s+that|as\s+for|because|since)\b"""
)
_INTERJECTION = Rule(
    r"""(?:(?:and|so|then|now|ok|okay|great|perfect|awesome|alright|all\s+right|sure|next|first(?:ly)?|
    second(?:ly)?|finally|lastly|after\s+that|afterwards?|also|
    additionally|alternatively|however|otherwise|meanwhile|instead|optional(?:ly)?|pro|tips?|notes?|reminder|
    heads\s+up|next\s+steps?|
    step\s+\d{1,2}|what['’]?s\s+next|done|that\s+said|from\s+here|quick|sorry|unfortunately|simply|note\s+that|
    but|just|please|remember|easy|of\s+course|as\s+always|and\s+then)[\s,.!]*)++
    | (?:here['’]?s|here\s+is|this\s+is|see)\s+(?:what|how)\b.* | (?:just\s+)?follow\s+(?:these|
    the)\b.*\bsteps?\b.* | how\s+to\b.* |
    (?:the\s+)?(?:next\s+)?steps?(?:\s+to\b.*)? | (?:you\s+(?:can|could|may)(?:\s+(?:also|now|then|always|either))*) |
    (?:from\s+)?there\s+are\s+\w{1,6}\s+(?:ways|options|steps).* | to\s+(?:export|download|preview|edit|save|
    continue|finish)\b.* | what\s+(?:you\s+can|to)\s+do\b.*"""
)
_ASIDE = r"(?:(?:and|then|or|so|but|after\s+that|finally|next|now|please|simply|just|you\s+can|from\s+there)\s+)*+"
_THEN = Rule(
    rf"""{_ASIDE}(?:(?:choose|select|pick|set\s+(?:the|it|your|resolution|quality)|wait|hold\s+on|enter|
    type\s+(?:in\s+)?(?:the|your|a)|confirm|save|adjust|rename|scroll|look\s+for|find\s+the|
    release|let\s+go|drag|drop|download|export|preview|enjoy\s+your|start|use\s+the|trim|resize|pull|paste|
    copy\s+the|hold|upload|log\s+in|sign\s+in|sit\s+back|play)\b
    |(?:it|this|that|everything|(?:the|your)\s+(?:\w{{1,15}}\s+)?(?:video|clip|file|download|export|render|
    rendering|mp4|system|browser|changes?|process|menu|dialog|preview|page|panel|timeline))
     ['’]?\s*(?:will|should|would|is\s+going\s+to|starts?|gets|opens?|begins?|can|ll|lets|takes?|
    may)\b(?:\s+\w{{1,15}}){{0,3}}?\s+
     (?:\w{{0,4}}download\w{{0,3}}|sav(?:e|ed|ing)|export(?:ed|ing)?|start|begin|open|pop\s+up|automatically|
    stored|processed|render(?:ed|ing)?|appear\s+in|let\s+you|show\s+up|update|take)\b
    |that['’]?s\s+(?:it|all)\b|you['’]?(?:re|\s+are)\s+(?:done|all\s+set|good\s+to\s+go)\b|you['’]?(?:ll|
    \s+will)\s+(?:be\s+able|see\s+(?:the|a|an|it)|find|get|have|be\s+asked|be\s+prompted|receive)\b|
     (?:where|which|that|so\s+(?:that\s+)?)\s*(?:you|will|it|the)\b)"""
)
_INDEPENDENT = Rule(
    r"""(?:(?:and|but|also|then)\s+)++(?:\w{2,15}ed|set|made|put|cut|gave|kept|split|sped)\b|
    (?:(?:and|but|so|then|meanwhile|also)\s+)*+(?:(?:I|we|I['’]\w{1,2}|we['’]\w{1,2}|it['’]s|that['’]s|there['’]s|
    let\s+me)\b|
    (?:it|this|that|there|they|the|your|all|both|each|my|our|here|its|everything|an?|these|music|video|audio|
    title)\b.{0,80}?
    (?:\b(?:is|are|was|were|has|have|had|will|can|now|plays?|shows?|fades?|lasts?|runs?|starts?|appears?|sits?|
    stays?|ends?|begins?|keeps?|comes?|goes|looks?|moves?|zooms?|pans?|\w{2,15}ed)\b|['’]s\b))"""
)
_QUESTION = Rule(
    r"""(?:(?:so|and|now|also|then|please)\s+)*+(?:would|do|does|shall|should|could|can|may|is|are|will|did|what|
    which|how|who|anything)\b"""
)
_ASKS_READINESS = Rule(
    r"""(?:(?:and|so|now)\s+)*+(?:(?:are\s+you\s+)?ready|want|need|looking|would\s+you\s+like|do\s+you\s+want|
    happy|like\s+what|satisfied|prefer|wondering|not\s+happy|low|out\s+of|running)\b"""
)
_WORDS = re.compile(r"\w")

_EXPORTS = Rule(
    r"""\b(?:export|download|render)(?!ed)(?:ing|s)?\b|\bsav(?:e|ing)\s+(?:it|the|your)\s+(?:video|clip|file|to)|
    \bmp4\b|\bshar(?:e|ing)\b"""
)
_PAYS = Rule(
    r"""\b(?:accounts?|billing|subscriptions?|subscribe|plans?|upgrad\w{1,4}|credits?|balance|
    top[- ]?(?:ping\s+)?up|recharg\w{1,4}|payment|pricing|purchase|register|sign\s+(?:up|in)|log\s+in)\b"""
)
_DRAGS = Rule(r"\b(?:drag|dragging|drop|right[- ]?click(?:ing)?)\b")
_LOOKS = Rule(r"\b(?:preview|play|watch|view|review|see|check|scrub|hear|listen)(?:ing)?\b")
_EDITS = Rule(
    r"""\b(?:edit(?!or)|adjust|chang|trim|cut|split|delet|remov|resiz|reposition|reorder|rearrang|rotat|crop|
    replac|renam|mov|customi[sz]|tweak|modif|fine-tun|undo|redo|mut|unmut|appl|generat|swap|duplicat|refin|lower|
    rais|add|insert|slider|handles?|upload|import|control|make)\w{0,4}\b"""
)
_ITSELF = Rule(rf"{_ADDRESSED}(?P<verb>{_PREVIEW}|(?:preview|play|watch|view|review|see|check|scrub|hear|listen)\b)")
_BESIDE_THE_POINT = Rule(r"\b(?:before|after|while)\s+(?:you\s+)?\w{2,15}.*$")


def judge(clause: str, *, asked: bool, announced: bool) -> Verdict:
    """`asked`: the sentence is a question. `announced`: the agent's own announcement goes on, see `Verdict`."""
    clause = clause.strip()
    if not _WORDS.search(clause) and PAGE not in clause and BLANK not in clause:
        return Verdict(Kind.BEFORE)
    if _TALK.match(clause) or _IN_CHAT.search(clause):
        return CONTENT
    if _OWN.match(clause) and not _ADVISES.match(clause):
        if _UNABLE.match(clause):
            return Verdict(Kind.INSTRUCTION, GuiAction.EXPORT) if _EXPORTS.search(clause) else Verdict(Kind.BEFORE)
        return Verdict(Kind.CONTENT, agent_goes_on=_ANNOUNCES.match(clause) is not None)
    if announced and not _PERSON_NAMED.search(clause):
        return Verdict(Kind.CONTENT, agent_goes_on=True)
    if asked and _QUESTION.match(clause) and not _ASKED_TO_CLICK.search(clause):
        return CONTENT
    if _is_instruction(clause):
        return Verdict(Kind.INSTRUCTION, _named_action(clause) or (GuiAction.EDIT if _SELECTS.match(clause) else None))
    if _SUBORDINATE.match(clause) or _INTERJECTION.fullmatch(clause):
        return Verdict(Kind.BEFORE, _named_action(clause))
    if _THEN.match(clause):
        named = _named_action(clause)
        return Verdict(Kind.AFTER, named if named in (GuiAction.EXPORT, GuiAction.CREDITS) else None)
    return CONTENT if _INDEPENDENT.match(clause) else Verdict(Kind.FRAGMENT)


_UNMISTAKABLE = Rule(
    rf"""\b(?:export|download|timeline|panel|tab|sidebar|toolbar|preview|editor|inspector|account|billing|
    right-click|click(?!{_SOUND})|slider)\b|{PAGE}"""
)
_NAMES_PERSON = Rule(r"(?:[\w,]{1,12}\s+){0,3}you\b")
_PERSON_NAMED = Rule(r"\b(?:you|please)\b")
_ASKED_TO_CLICK = Rule(rf"\byou\s+(?:(?:please|mind|kindly)\s+)*+(?:{_CLICK}|{_DRAG}|{_OPEN})")
_EMBEDDED = Rule(
    rf"""\s(?:please\s+|you\s+can\s+|just\s+|simply\s+|then\s+)*+(?:{_CLICK}|{_DRAG}|{_OPEN}|(?:press|hit|
    use)\s+(?:the\s+)?{_GAP}(?:{_NAMED}|{_SOLID})\b)"""
)


def _is_instruction(clause: str) -> bool:
    if _SUBORDINATE.match(clause):
        return _EMBEDDED.search(clause) is not None or (_PLACE_FIRST.match(clause) is not None)
    if _HAS.match(clause):
        return False
    return (
        any(rule.match(clause) for rule in (_INSTRUCTION, _PLACE_FIRST, _WIDGET, _PASSIVE))
        or _TAKING_BUTTON.search(clause) is not None
        or (_NAMES_PERSON.match(clause) is not None and _YOU_THERE.match(clause) is not None)
        or clause.strip(PAGE) == ""
    )


def tails(clause: str) -> list[tuple[int, int, GuiAction]]:
    """Parts of a content clause that lead to a GUI: "… in the Media panel", "… at https://nemovideo.com/workspace"."""
    found = [(*match.span(), action_of(match[0])) for match in _DANGLING_PAGE.finditer(clause)]
    if _OWN.match(clause):
        return found
    by = _BY_DOING.search(clause)
    if by is not None:
        found.append((by.start(), len(clause), action_of(clause[by.start() :])))
        clause = clause[: by.start()]
    found.extend((*match.span(), GuiAction.STATE) for match in _STANDS_IN.finditer(clause))
    return sorted(found)


def unmistakable(clause: str) -> bool:
    """An instruction even where it only goes on a sentence about something else: "… and press the Export button"."""
    return _PERSON_NAMED.search(clause) is not None or _UNMISTAKABLE.search(clause) is not None


def asks_readiness(sentence: str) -> bool:
    """A question that only leads up to an instruction: "Want to see it?"."""
    return _ASKS_READINESS.match(sentence.strip()) is not None


def action_of(clause: str) -> GuiAction:
    return _named_action(clause) or GuiAction.STATE


def _named_action(clause: str) -> GuiAction | None:
    if _DRAGS.search(clause):
        return GuiAction.EDIT
    if _TAKING_BUTTON.search(clause):
        return GuiAction.EXPORT
    looking = _ITSELF.match(clause)
    clause = _BESIDE_THE_POINT.sub("", clause)
    if looking is not None and not _PAYS.search(clause):
        return GuiAction.STATE
    if _EXPORTS.search(clause):
        return GuiAction.EXPORT
    if _PAYS.search(clause):
        return GuiAction.CREDITS
    if _LOOKS.search(clause):
        return GuiAction.STATE
    return GuiAction.EDIT if _EDITS.search(clause) else None
