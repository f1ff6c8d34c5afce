"""What the backend's agent says, which believes that people see its GUI → what a person in a chat reads.

In: the agent's text, of any length, in English, Chinese or both. Out: `Said`, the text without instructions to operate
a GUI, and what those stood for ("click the Export button" stands for an export). Pure functions; nothing is raised.

The way of an answer: `translation` takes it apart into lines and sentences, `markup` makes a line plain, `masks` hides
what is quoted, `clauses` finds a sentence's clauses, `english` and `chinese` judge them, `sentences` rebuilds the rest.
"""

from __future__ import annotations

from core.phrases.said import GuiAction, Said
from core.phrases.translation import LONGEST, translate

__all__ = ["LONGEST", "GuiAction", "Said", "translate"]
