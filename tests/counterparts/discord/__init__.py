"""A small Discord for tests, over real sockets: a gateway, the REST routes a bot uses, a CDN, and people.

    async with Discord() as discord:
        ann = discord.user("Ann", locale="de")
        guild = discord.guild("Film club", members=[ann])
        channel = guild.channel("general")
        ...                                       # start the bot against discord.api_url and discord.gateway_url
        await discord.online()                    # a shard is READY
        asked = await ann.says(channel, "slow zoom", files=[jpeg], mentions=[discord.bot])
        shown = await ann.slash(channel, "animate", photo=jpeg, prompt="slow zoom")   # waits for the command to exist
        await shown.acknowledged()                # shown.ack_seconds, shown.responses, shown.message
        video = await wait_until(lambda: channel.videos[-1:])
        await ann.presses(channel.videos[-1], "Slower")        # by label or custom_id
        await ann.context_menu(channel, asked, "Animate this")

The product gets `DISCORD_API_URL=discord.api_url` (".../api/v10"), `DISCORD_GATEWAY_URL=discord.gateway_url` and
`DISCORD_TOKEN=discord.token`; discord.py `discord.http.Route.BASE` and
`discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(...)`. A test that is not asynchronous holds it in a thread
(`with in_thread(Discord()) as discord`), and runs each of the coroutines with `asyncio.run`.

Making the world (not asynchronous, before or after the bot came): `discord.user(name, locale=, user_install=)`,
`discord.guild(name, members=, bot=True, premium_tier=0, upload_limit=, stated_limit=, locale=, shard=(index, count))`,
`guild.channel(name, deny=, allow=, everyone_deny=, everyone_allow=)` (names as "SEND_MESSAGES"; deny and allow are the
bot's), `guild.member(person, allow=["MANAGE_MESSAGES"])`, `channel.thread(name, private=)`, `discord.dm(person)` (with
the bot), `discord.private(ann, bob)` (of people only), `person.closes_dms()`, `channel.permits(*names)`,
`channel.denies(*names, everyone=)`.

What people do (coroutines): `person.says(where, text, files=, embeds=, mentions=, reply_to=, ping=)`, `edits`,
`deletes`, `slash(where, command, **options)` ("settings language" for a subcommand; a file as bytes, Path or `File`),
`context_menu(where, message, name)`, `presses(message, label_or_custom_id)`, `chooses(message, custom_id, values)`,
`submits(interaction, **values)` (a modal); `guild.adds_bot()`, `guild.removes_bot()`, `channel.deletes()`.
They fail with AssertionError where a person could not do that: no such command, option, choice or button.

What the bot did: `channel.messages` (as all see them now), `channel.from_bot`, `channel.videos`, `channel.deleted`,
`channel.history` (each `Change`: "sent", "edited" or "deleted", its time, its words then), `channel.typing`;
`message.content`, `.attachments` (`.content`: bytes), `.components`, `.buttons`, `.labels`, `.edits`, `.is_deleted`;
`person.ephemeral` (messages that only they see); `discord.videos`, `discord.interactions`, `discord.commands` (those
that are everywhere), `discord.link(attachment)`; `discord.requests` (each a `Call`), `discord.of(route)`,
`discord.count(route)`, `discord.impatient` (came before a 429 was over). Routes have the published operations' names:
create_message, update_message, create_interaction_response, update_original_webhook_message, execute_webhook,
bulk_set_application_commands, …; downloads are "file".

Gateway: `discord.gateway.identifies`, `.resumes`, `.sessions`, `.connections`; `await discord.gateway.drop(shard=,
resumable=True, code=None)` (no code: the connection is reset), `.reconnect()` (op 7), `.invalidate(resumable=)` (op 9);
`.is_closed` (True: new connections are refused); `.alter` (a function that changes each payload on its way out).
`Discord(identify_interval=5.0)` makes two IDENTIFYs of a bucket within it a violation.

Time: `discord.clock.forward(seconds)` moves Discord's own clock: attachment links end after 24 h (404), interactions
after 3 s without an answer (10062), their tokens after 15 minutes (401, 50027), nonces after 3 minutes.

What goes wrong: `flood(route, retry_after, scope=)`, `fail(route, status, code, message)`, `drop(route, effect=)`,
`slow(route, seconds)`, `hold(route, effect=)`; each `times=`, `every=`, `channel=`; route "*" is any that sends.
`rate(route, limit, per)` sets a real bucket. `discord.large_answer`: how an upload over the limit is refused:
"413" (with code 40005), "413 html", "413 empty" or "400" (with code 40005).

Every request is checked against the published description (see `spec`; `discord.is_checked` says whether it was there)
and the published limits. One that breaks them is answered with 400, code 50035, and noted in `violations`, as are
unknown routes; the block's end fails where there are any, unless the server is `forgiving`.
"""

from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.channels import Channel
from tests.counterparts.discord.clocks import Clock
from tests.counterparts.discord.files import Attachment, File
from tests.counterparts.discord.gateway import Gateway
from tests.counterparts.discord.guilds import Guild
from tests.counterparts.discord.interactions import Interaction
from tests.counterparts.discord.messages import Change, Message
from tests.counterparts.discord.people import Person
from tests.counterparts.discord.server import Discord
from tests.counterparts.discord.sessions import Identify, Resume, Session
from tests.counterparts.discord.spec import published
from tests.counterparts.threads import in_thread
from tests.counterparts.troubles import Held

__all__ = [
    "Attachment",
    "Call",
    "Change",
    "Channel",
    "Clock",
    "Discord",
    "File",
    "Gateway",
    "Guild",
    "Held",
    "Identify",
    "Interaction",
    "Message",
    "Person",
    "Resume",
    "Session",
    "in_thread",
    "published",
]
