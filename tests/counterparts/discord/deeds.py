"""What people do, as a client of Discord would do it for them. Runs in the server's own loop.

Raises AssertionError for what a client offers to nobody: that is a fault of the test, not of the bot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tests.counterparts.discord.commands import CHAT_INPUT, GUILD_INSTALL, MESSAGE, USER_INSTALL, Filled, filled
from tests.counterparts.discord.interactions import COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from tests.counterparts.discord.messages import Message
from tests.counterparts.telegram.bodies import Json
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.counterparts.discord.channels import Channel
    from tests.counterparts.discord.files import Sent
    from tests.counterparts.discord.people import Person
    from tests.counterparts.discord.world import World

REPLY = 19
"""The type of a message that answers another."""


def says(
    world: World,
    person: Person,
    where: Channel,
    text: str,
    *,
    files: Sequence[Sent],
    embeds: Sequence[Json],
    mentions: Sequence[Person],
    reply_to: Message | None,
    ping: bool,
) -> Message:
    _check_presence(person, where)
    assert text or files, "a message of nothing"
    missing = [each.mention for each in mentions if each.mention not in text]
    mentioned = list(dict.fromkeys([*mentions, *(each for each in world.people.values() if each.mention in text)]))
    if reply_to is not None and ping and reply_to.author not in mentioned:
        mentioned.append(reply_to.author)
    return where.post(
        person,
        content=" ".join([*missing, text]).strip(),
        kind=0 if reply_to is None else REPLY,
        attachments=[world.files.keep(each, f"attachments/{where.id}") for each in files],
        embeds=list(embeds),
        mentions=mentioned,
        reply_to=reply_to,
    )


async def slash(world: World, person: Person, where: Channel, name: str, options: dict[str, Any]) -> Interaction:
    first, *path = name.removeprefix("/").split(" ")
    command = await _offered(world, person, where, CHAT_INPUT, first)

    def use() -> Interaction:
        made = filled(command, path, options)
        return _send(world, person, where, COMMAND, _command_data(world, command) | _resolved(world, where, made))

    return await world.inside(use)


async def context_menu(world: World, person: Person, where: Channel, message: Message, name: str) -> Interaction:
    assert message.channel is where, "a message of that channel"
    command = await _offered(world, person, where, MESSAGE, name)

    def use() -> Interaction:
        data = _command_data(world, command) | {
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): world.message_json(message)}},
        }
        return _send(world, person, where, COMMAND, data)

    return await world.inside(use)


def presses(world: World, person: Person, message: Message, button: str) -> Interaction:
    found = _part(message, lambda part: part["type"] == 2 and button == part.get("label"))
    found = found or _part(message, lambda part: part["type"] == 2 and button == part.get("custom_id"))
    assert found is not None, f"no button {button!r}, but {message.labels}"
    assert not found.get("disabled"), f"{button!r} is disabled"
    assert "custom_id" in found, f"{button!r} is a link"
    return _component(world, person, message, found, {})


def chooses(world: World, person: Person, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
    found = _part(message, lambda part: part.get("custom_id") == custom_id)
    assert found is not None, f"no menu {custom_id!r}"
    offered = [each["value"] for each in found.get("options", [])]
    assert all(value in offered for value in values), f"{values} of {offered}"
    return _component(world, person, message, found, {"values": list(values)})


def submits(world: World, person: Person, interaction: Interaction, values: dict[str, str]) -> Interaction:
    assert interaction.modal is not None, f"{interaction} opened no modal"
    left = dict(values)

    def answer(part: Json) -> Json:
        out: Json = {name: part[name] for name in ("type", "id", "custom_id") if name in part}
        if part["type"] == 4:
            out["value"] = left.pop(part["custom_id"], part.get("value", ""))
        if "components" in part:
            out["components"] = [answer(each) for each in part["components"]]
        if "component" in part:
            out["component"] = answer(part["component"])
        return out

    components = [answer(each) for each in interaction.modal["components"]]
    assert not left, f"the modal has no {', '.join(left)}"
    data = {"custom_id": interaction.modal["custom_id"], "components": components}
    return _send(world, person, interaction.channel, MODAL_SUBMIT, data, source=interaction.source)


def _component(world: World, person: Person, message: Message, part: Json, more: Json) -> Interaction:
    assert not message.is_deleted, "the message is deleted"
    assert message.seen_by in {None, person}, f"only {message.seen_by} sees it"
    data = {"component_type": part["type"], "custom_id": part["custom_id"], "id": part["id"]} | more
    return _send(world, person, message.channel, COMPONENT, data, source=message)


def _send(
    world: World, person: Person, where: Channel, kind: int, data: Json, *, source: Message | None = None
) -> Interaction:
    _check_presence(person, where)
    made = Interaction(world, person, where, kind, data, source=source)
    world.interactions.append(made)
    world.emit_interaction(made)
    return made


async def _offered(world: World, person: Person, where: Channel, kind: int, name: str) -> Json:
    """A command that a client shows there, as soon as it does."""
    _check_presence(person, where)
    guild_id = None if where.guild is None else where.guild.id
    found: list[Json] = await wait_until(lambda: world.commands.named(kind, name, guild_id), what=f"a command {name}")
    command = found[0]
    probe = Interaction(world, person, where, COMMAND, {})
    contexts = command.get("contexts")
    assert contexts is None or probe.context in contexts, f"{name} is not shown in {where}"
    installed = {GUILD_INSTALL if owner == "0" else USER_INSTALL for owner in probe.owners}
    types = set(command.get("integration_types", [GUILD_INSTALL]))
    assert where.is_bot_dm or types & installed, f"{name} is not shown in {where}: it is installed to {types} alone"
    return command


def _command_data(world: World, command: Json) -> Json:
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})


def _resolved(world: World, where: Channel, made: Filled) -> Json:
    """Options with the ids of their files, which lie at the CDN by now."""
    resolved: dict[str, Json] = {}
    folder = f"ephemeral-attachments/{world.application_id}"
    kept = {name: world.files.keep(sent, folder) for name, sent in made.files.items()}
    for attachment in kept.values():
        described = world.files.json(attachment, ephemeral=True)
        resolved.setdefault("attachments", {})[str(attachment.id)] = described
    for kind, things in made.resolved.items():
        for thing in things:
            resolved.setdefault(kind, {})[str(thing.id)] = thing.json
    data: Json = {
        "options": [_with_files(each, {name: str(each.id) for name, each in kept.items()}) for each in made.options]
    }
    return data | ({"resolved": resolved} if resolved else {})


def _with_files(option: Json, ids: dict[str, str]) -> Json:
    if "options" in option:
        return option | {"options": [_with_files(each, ids) for each in option["options"]]}
    return option if "value" in option else option | {"value": ids[option["name"]]}


def _part(message: Message, fits: Callable[[Json], bool]) -> Json | None:
    return next((part for part in message.parts if fits(part)), None)


def _check_presence(person: Person, where: Channel) -> None:
    present = person in where.people if where.guild is None else person.id in where.guild.members
    assert present, f"{person} is not in {where}"
    assert not where.is_deleted, f"{where} is deleted"
