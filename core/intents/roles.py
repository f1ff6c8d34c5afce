"""What a word can be doing in a command."""

from __future__ import annotations

from enum import Flag, auto


class Role(Flag):
    NONE = 0
    COURTESY = auto()
    """Says nothing: greetings, thanks, praise, particles."""
    TALK = auto()
    """The small words of a sentence."""
    MY = auto()
    HOW = auto()
    IT = auto()
    CLIP = auto()
    """The finished video."""
    FORM = auto()
    """File format and quality."""
    TO_ME = auto()
    EXPORT = auto()
    HAND = auto()
    """Send, give: asks for the video when a video is named."""
    HAVE = auto()
    SEE = auto()
    WHERE = auto()
    CREDITS = auto()
    TOP_UP = auto()
    COST = auto()
    COUNT = auto()
    CHECK = auto()
    SHOW = auto()
    STATE = auto()
    READY = auto()
    ASKED = auto()
    """Asks whether it is done without a word more."""
    ASKING = auto()
    INSIDE = auto()
    WAIT = auto()
    """Asks how long it will take."""
    GOING = auto()
    """Asks how it is going."""
    CANCEL = auto()
    CALL_OFF = auto()
    """Cancels without a word more."""
    WORK = auto()
    """What is running and can be cancelled."""
    NEW = auto()
    ANEW = auto()
    """Starts over without a word more."""
    MAKE = auto()
    UPLOAD = auto()
    SEND = auto()
    """Hands a photo to us."""
    PICTURE = auto()
    """What can be uploaded."""
    MORE = auto()
    HELP = auto()
    ADD = auto()
    ADD_PHOTO = auto()
    """Says that a photo is to come."""
    FINISH = auto()
    PAUSE = auto()
    WIPE = auto()
    DISLIKE = auto()
    """Says that the video is not liked: to be made otherwise."""
    HELLO = auto()
