"""Whether the bot may do its work where it was asked: Discord's permissions come in, the names of what lacks go out."""

from __future__ import annotations

import discord

NEEDED = ("view_channel", "send_messages", "attach_files")
NEEDED_IN_THREADS = ("view_channel", "send_messages_in_threads", "attach_files")


def missing(held: discord.Permissions, *, in_thread: bool) -> tuple[str, ...]:
    """The names, as the library has them, of what is needed and not held."""
    if held.administrator:
        return ()
    return tuple(name for name in (NEEDED_IN_THREADS if in_thread else NEEDED) if not getattr(held, name))


def missing_in(channel: object, member: discord.Member) -> tuple[str, ...]:
    """The same for the bot as a member of a server. What only follows from another lack is not named."""
    held = held_in(channel, member)
    if held is None:
        return ()
    lacks = missing(held, in_thread=isinstance(channel, discord.Thread))
    # The library takes all the rest away from whoever cannot see a channel, or not write there.
    return lacks[:1]


def manages(held: discord.Permissions) -> bool:
    """Whether somebody with these may decide for the whole chat."""
    return held.administrator or held.manage_guild or held.manage_messages


def held_in(channel: object, member: discord.Member) -> discord.Permissions | None:
    """What a member may do in a channel of a server; None where that is not known."""
    if member.guild.default_role is None or member.joined_at is None:
        # Of the server, or of the member, nothing but an id is known.
        return None
    if isinstance(channel, discord.abc.GuildChannel):
        return channel.permissions_for(member)
    if isinstance(channel, discord.Thread) and channel.parent is not None:
        return channel.permissions_for(member)
    return None
