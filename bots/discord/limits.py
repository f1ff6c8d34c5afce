"""Discord's limits, as its documents publish them.

Sources: discord.com/developers/docs, below the pages named; support.discord.com where people's limits are told.
"""

from __future__ import annotations

from core.chat import Limits

MIB = 1024 * 1024

UPLOAD_BYTES = 20 * MIB
"""A file that the bot posts where nothing else is known. Reference, "Uploading Files": the default limit for all,
20 MiB since September 2026."""

OLDER_UPLOAD_BYTES = 10 * MIB
"""The default before that, which libraries still name."""

REQUEST_BYTES = 25 * MIB
"""Reference, "Uploading Files": the maximum size of a whole request. In a boosted server (50 or 100 MiB a file) it has
to be more, which the page does not say."""

ENVELOPE_BYTES = 64 * 1024
"""Ours: what is around the file in a request, at most: a content of 2000 characters and 25 buttons, escaped as JSON."""

FETCH_BYTES = 500 * MIB
"""The largest file that anybody can post: with Nitro (support, "File Attachments FAQ"). The CDN hands out any."""

TEXT = 2000
"""Resources, Message, "Create Message": "Message contents (up to 2000 characters)". What a character is
it does not say; UTF-16 code units are the most that anybody counts."""

MENTION = len("<@>\n") + 20
"""Before the words of a video: whoever asked for it, by an id of 64 bits (Reference, "Snowflakes", "Message
Formatting")."""

ROWS = 5
BUTTONS_IN_A_ROW = 5
"""Components, "Action Row": up to 5 buttons; Resources, Message: up to 5 rows."""

LABEL = 80
CUSTOM_ID = 100
"""Components, "Button": `label` at most 80 characters, `custom_id` 1-100."""

NONCE = 25
"""Resources, Message, "Create Message": "Can be used to verify a message was sent (up to 25 characters)"."""

NONCE_SECONDS = 120.0
"""For which a nonce surely keeps a second message away: `enforce_nonce` checks it "in the past few minutes"."""

PAGE = 100
"""Resources, Message, "Get Channel Messages": `limit` 1-100."""

EDIT_INTERVAL = 3.0
"""Seconds between two edits of a progress message: ours. Limits of a route are not published but told in each answer
(Topics, "Rate Limits"); 5 in 5 seconds, shared by a channel's messages, have been seen."""

LIMITS = Limits(
    fetch=FETCH_BYTES,
    video=UPLOAD_BYTES - ENVELOPE_BYTES,
    text=TEXT,
    caption=TEXT - MENTION,
    edit_interval=EDIT_INTERVAL,
)


def largest_video(stated: int | None, refused: int | None) -> int:
    """The largest video to try in a channel, in bytes.

    `stated`: the upload limit that Discord named for it; `refused`: the smallest that it refused there all the same.
    """
    most = UPLOAD_BYTES if stated is None else stated
    if refused is not None:
        most = min(most, smaller(refused) or refused // 2)
    return max(most, MIB) - ENVELOPE_BYTES


def smaller(size: int) -> int | None:
    """The largest limit known that is below `size` bytes; None where none is."""
    return next((known for known in (UPLOAD_BYTES, OLDER_UPLOAD_BYTES) if known < size), None)
