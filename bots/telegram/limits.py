"""Telegram's limits, as its documents publish them.

Sources: core.telegram.org/bots/api ("Sending files", "getFile", the methods' own tables), core.telegram.org/bots/faq
("My bot is hitting limits"), core.telegram.org/bots/features ("Local Bot API").
"""

from __future__ import annotations

from core.chat import Limits

MB = 1024 * 1024

FETCH_BYTES = 20 * MB
"""getFile: "maximum file size to download is 20 MB"."""

POST_BYTES = 50 * MB
"""sendVideo: "bots can currently send video files of up to 50 MB in size"."""

LOCAL_BYTES = 2000 * MB
"""With a Bot API server of one's own: "upload files up to 2000 MB", and "download files without a size limit"."""

TEXT = 4096
"""sendMessage, editMessageText: "1-4096 characters after entities parsing"."""

CAPTION = 1024
"""sendVideo: "0-1024 characters after entities parsing"."""

THUMBNAIL_SIDE = 320
THUMBNAIL_BYTES = 200 * 1000
"""sendVideo: "should be in JPEG format and less than 200 kB in size. A thumbnail's width and height should not exceed
320"; the smaller meaning of kB."""

ALERT = 200
"""answerCallbackQuery: "0-200 characters"."""

CHAT_SECONDS = 1.0
CHAT_BURST = 3
"""FAQ: "avoid sending more than one message per second" in one chat; "we may allow short bursts that go over this
limit". So many at once, one a second in the long run."""

GROUP_MESSAGES = 20
GROUP_SECONDS = 60.0
"""FAQ: "not be able to send more than 20 messages per minute" to one group."""

GROUP_EDITS = 12
"""Edits count like messages; so many a minute leave room in a group for what is more than a number that grew."""

ALL_MESSAGES = 30
ALL_SECONDS = 1.0
"""FAQ: "no more than 30 messages per second" over all chats."""

EDIT_INTERVAL = 3.0
"""Seconds between two edits of a progress message: ours, well within the above."""

ACTION_SECONDS = 4.5
"""sendChatAction: "The status is set for 5 seconds or less"."""

WEBHOOK_BYTES = 1024 * 1024
"""Ours: the largest update that is read. A message has at most 4096 characters and a few hundred small fields."""

GENERAL_TOPIC = 1
"""The id of a forum's General topic, which must not be sent: a message there names no thread."""

PUBLIC = Limits(fetch=FETCH_BYTES, video=POST_BYTES, text=TEXT, caption=CAPTION, edit_interval=EDIT_INTERVAL)
LOCAL = Limits(fetch=LOCAL_BYTES, video=LOCAL_BYTES, text=TEXT, caption=CAPTION, edit_interval=EDIT_INTERVAL)
