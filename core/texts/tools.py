"""The backend's tool calls in words, as progress. A tool that is not known is an edit like any other."""

from __future__ import annotations

from core.texts import Speaker


def doing(tool: str, say: Speaker) -> str:
    name = tool.lower()
    if any(word in name for word in ("bgm", "music", "audio", "sound")):
        return say("Adding music")
    if any(word in name for word in ("title", "text", "caption", "subtitle")):
        return say("Setting the title")
    if any(word in name for word in ("duration", "speed", "trim", "length")):
        return say("Setting the length")
    if any(word in name for word in ("motion", "zoom", "pan", "camera")):
        return say("Setting the motion")
    if any(word in name for word in ("canvas", "ratio", "aspect", "resize")):
        return say("Setting the shape")
    if generates(tool) or "create" in name:
        return say("Generating the video")
    return say("Editing the timeline")


def generates(tool: str) -> bool:
    """Whether this tool makes the raw video, the first of the contract's two stages."""
    name = tool.lower()
    if any(word in name for word in ("bgm", "music", "audio", "sound", "title", "text", "caption")):
        return False
    return any(word in name for word in ("generate", "image_to_video"))
