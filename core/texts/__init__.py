"""What people read, per language.

English is the source; other languages are gettext catalogues in `locale/`, read with Babel. A sentence is written once,
where it is said: `say = speaker("zh"); say("Uploading {name}…", name="a.jpg")`. Placeholders are `str.format`'s.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "zh")

Speaker = Callable[..., str]
"""`say(sentence, **values) -> str`"""

_LOCALE = Path(__file__).parent / "locale"


def closest(tag: str) -> str:
    """The language of ours for a BCP 47 tag: `zh-Hans-CN` → `zh`; English where there is none."""
    base = tag.replace("_", "-").split("-")[0].lower()
    return base if base in LANGUAGES else "en"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    with (_LOCALE / language / "LC_MESSAGES" / "stillreel.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def speaker(language: str) -> Speaker:
    """The function that says sentences in a language of `LANGUAGES`."""
    catalogue = _catalogue(closest(language))

    def say(sentence: str, /, **values: object) -> str:
        text = catalogue.gettext(sentence)
        return text.format(**values) if values else text

    return say
