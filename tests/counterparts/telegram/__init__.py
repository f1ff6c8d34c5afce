"""A Telegram Bot API server for tests, over real HTTP: chats with people in them, and the bot as their guest.

    async with Telegram(token="123456:TEST-token") as telegram:
        ann = telegram.person("Ann", language_code="de")
        chat = telegram.private(ann)
        await chat.sends(ann, photo=jpeg, caption="slow zoom")
        video = await wait_until(lambda: chat.videos[-1:])
        await chat.presses(ann, chat.videos[-1], "Slower")

The product gets `TELEGRAM_API_URL=telegram.url`; python-telegram-bot `base_url=f"{telegram.url}/bot"` and
`base_file_url=f"{telegram.url}/file/bot"`. A test that is not asynchronous holds it in a thread (`in_thread`), and runs
each of the coroutines with `asyncio.run`.

People and chats: `person`, `private`, `group`, `supergroup`, `forum`, `channel`. What people do: `chat.sends` (words or
one file; `reply_to`, `topic`, `media_group`, `anonymous`, `as_channel`, …), `sends_album`, `sends_other` (a place, a
poll, …), `edits`, `deletes`, `presses`, `opens_topic`, `closes_topic`, `deletes_topic`, `adds_bot`, `removes_bot` (in
a private chat: blocks it), `promotes_bot`, `restricts_bot`, `migrates`.

What the bot did: `chat.messages` (as people see them now; `videos`, `from_bot`), `chat.history` and `chat.changes`
(each sending, edit and deletion with its time), `chat.actions`, `press.answer`, `telegram.requests` (`of`, `count`,
`sent`), `telegram.methods.commands` and `.profile`. `await telegram.taken()` waits until the bot has fetched all
updates; a message's `update` is None where the bot was never told of it (privacy mode); `redeliver` sends one again.

What goes wrong: `flood`, `fail`, `drop` (before or after the effect), `spoil` (another answer), `slow`, `hold`; for one
chat, so many times, or at each so-manieth request; `cut` in the midst of a request. By itself the server refuses in
Telegram's words what a real one refuses: an old group's id, a chat that blocked the bot, an edit that changes nothing,
a topic that is gone, files over 20 and 50 MB (not `local`).

Every request is checked against the published description of the API (see `spec`) and the published limits (`limits`).
One that breaks them is answered with 400 and noted in `violations`, which must be empty at the end of the block unless
the server is `forgiving`. What it sends itself is checked the same way.
"""

from tests.counterparts.telegram.bodies import Upload
from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.chats import Chat
from tests.counterparts.telegram.files import Media, Stored
from tests.counterparts.telegram.messages import Change, Message, Topic
from tests.counterparts.telegram.people import Person
from tests.counterparts.telegram.presses import Press
from tests.counterparts.telegram.server import Telegram
from tests.counterparts.telegram.spec import published
from tests.counterparts.telegram.updates import Update
from tests.counterparts.threads import in_thread
from tests.counterparts.troubles import Held

__all__ = [
    "Call",
    "Change",
    "Chat",
    "Held",
    "Media",
    "Message",
    "Person",
    "Press",
    "Stored",
    "Telegram",
    "Topic",
    "Update",
    "Upload",
    "in_thread",
    "published",
]
