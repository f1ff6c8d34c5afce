"""The agent: a prompt in a person's words and the situation of a session come in, the edited timeline and an answer go out.

Pure functions over frozen dataclasses. A prompt passes one reader a subject; each takes its words out of the prompt and
turns them into edits, which are applied in the order of their `Stage`.
"""

from darkroom.agent.answer import Answer, Step, answer
from darkroom.agent.edit import Photo, Said, Situation

__all__ = ["Answer", "Photo", "Said", "Situation", "Step", "answer"]
