"""The REST routes of interactions: the first answer, and edits and follow-ups through its token.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.interactions import COMMAND, COMPONENT, FOLLOW_UPS, Interaction
from tests.counterparts.discord.messages import EPHEMERAL, LOADING, Message
from tests.counterparts.discord.posting import changed, drafted
from tests.counterparts.discord.refusals import Refused, breach, unknown
from tests.counterparts.discord.routes import NOTHING, Answer, Route
from tests.counterparts.discord.world import World
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.rest import Rest

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL = 4, 5, 6, 7, 9
_RESOURCES = {MESSAGE: MESSAGE, DEFERRED: MESSAGE, DEFERRED_UPDATE: UPDATE, UPDATE: UPDATE}
"""What a callback is said to have made."""
REPLY_TO_COMMAND = 20
"""The type of a message that answers a slash command."""
REPLY_TO_MENU = 23


class Interactions:
    """`rest` says how an upload over the limit is refused."""

    def __init__(self, rest: Rest, world: World) -> None:
        self._rest = rest
        self._world = world

    @property
    def routes(self) -> list[Route]:
        webhook = "/webhooks/{webhook_id}/{webhook_token}"
        original, one = f"{webhook}/messages/@original", f"{webhook}/messages/{{message_id}}"
        callback = "/interactions/{interaction_id}/{interaction_token}/callback"
        routes = [
            ("create_interaction_response", "POST", callback, self.respond),
            ("execute_webhook", "POST", webhook, self.follow_up),
            ("get_original_webhook_message", "GET", original, self.get),
            ("update_original_webhook_message", "PATCH", original, self.update),
            ("delete_original_webhook_message", "DELETE", original, self.delete),
            ("get_webhook_message", "GET", one, self.get),
            ("update_webhook_message", "PATCH", one, self.update),
            ("delete_webhook_message", "DELETE", one, self.delete),
        ]
        return [Route(*each, needs_token=False) for each in routes]

    def respond(self, call: Call) -> Answer:
        interaction = self._world.interaction(token=call.parameters["interaction_token"])
        if interaction is None or str(interaction.id) != call.parameters["interaction_id"]:
            raise unknown("Interaction")
        if interaction.is_acknowledged:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if interaction.is_late:
            raise unknown("Interaction")
        kind, data = call.body["type"], call.body.get("data") or {}
        if kind in {DEFERRED_UPDATE, UPDATE} and interaction.source is None:
            raise breach("type", "BASE_TYPE_CHOICES", "Only components have a message to update.")
        message = self._answered(interaction, call, kind, data)
        interaction.message = message
        interaction.answered_at = time.monotonic()
        interaction.responses.append(kind)
        if call.query.get("with_response", "").lower() not in {"true", "1"}:
            return NOTHING
        return 200, self._receipt(interaction, kind, message)

    def follow_up(self, call: Call) -> Answer:
        """The first one after a deferred answer takes its place, and is as ephemeral as that."""
        interaction = self._living(call)
        if not interaction.is_acknowledged:
            raise unknown("Webhook")
        deferred = interaction.message
        if deferred is not None and deferred.is_loading and not deferred.is_deleted:
            return 200, self._shown(self._edited(deferred, call))
        if not interaction.is_of_member and len(interaction.followups) >= FOLLOW_UPS:
            raise Refused(400, 40094, "This interaction has reached the maximum number of follow up messages.")
        message = self._posted(interaction, call, call.body)
        interaction.followups.append(message)
        is_waited_for = call.query.get("wait", "").lower() in {"true", "1"}
        return (200, self._shown(message)) if is_waited_for else NOTHING

    def get(self, call: Call) -> Answer:
        return 200, self._shown(self._message(call))

    def update(self, call: Call) -> Answer:
        return 200, self._shown(self._edited(self._message(call), call))

    def delete(self, call: Call) -> Answer:
        message = self._message(call)
        message.channel.remove(message, by_bot=True)
        return NOTHING

    def _answered(self, interaction: Interaction, call: Call, kind: int, data: Json) -> Message | None:
        if kind == MESSAGE:
            return self._posted(interaction, call, data)
        if kind == DEFERRED:
            flags = LOADING | ((data.get("flags") or 0) & EPHEMERAL)
            return self._post(interaction, {"flags": flags})
        if kind == MODAL:
            interaction.modal = data
            return None
        source = interaction.source
        if kind == UPDATE and source is not None:
            fields = changed(self._world, source.channel, call, data, self._rest.large_answer, before=source)
            source.channel.edit(source, by_bot=True, **fields)
        return source

    def _posted(self, interaction: Interaction, call: Call, body: Json) -> Message:
        fields = drafted(self._world, interaction.channel, call, body, self._rest.large_answer)
        flags = fields.pop("flags", 0) | ((body.get("flags") or 0) & EPHEMERAL)
        return self._post(interaction, fields | {"flags": flags})

    def _post(self, interaction: Interaction, fields: Json) -> Message:
        if interaction.is_external_and_muted:
            fields["flags"] |= EPHEMERAL
        seen_by = interaction.person if fields["flags"] & EPHEMERAL else None
        kind = 0
        if interaction.kind == COMMAND and interaction.message is None:
            kind = REPLY_TO_MENU if "target_id" in interaction.data else REPLY_TO_COMMAND
        return interaction.channel.post(self._world.bot, **fields, kind=kind, interaction=interaction, seen_by=seen_by)

    def _edited(self, message: Message, call: Call) -> Message:
        channel = message.channel
        fields = changed(self._world, channel, call, call.body, self._rest.large_answer, before=message)
        channel.edit(message, by_bot=True, **fields, flags=message.flags & ~LOADING)
        return message

    def _living(self, call: Call) -> Interaction:
        """The interaction of a webhook's token. Raises Refused (10015, 50027)."""
        found = self._world.interaction(token=call.parameters["webhook_token"])
        if found is None or call.parameters["webhook_id"] != str(self._world.application_id):
            raise unknown("Webhook")
        if found.is_over:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return found

    def _message(self, call: Call) -> Message:
        interaction = self._living(call)
        if "message_id" in call.parameters:
            wanted = int(call.parameters["message_id"])
            own = [*interaction.messages, *([interaction.source] if interaction.kind == COMPONENT else [])]
            found = next((each for each in own if each is not None and each.id == wanted), None)
        else:
            found = interaction.message
        if found is None or found.is_deleted:
            raise unknown("Message") if interaction.is_acknowledged else unknown("Webhook")
        return found

    def _receipt(self, interaction: Interaction, kind: int, message: Message | None) -> Json:
        about: Json = {"id": str(interaction.id), "type": interaction.kind}
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.is_loading,
            "response_message_ephemeral": message.is_ephemeral,
        }
        return {"interaction": about, "resource": {"type": _RESOURCES[kind], "message": self._shown(message)}}

    def _shown(self, message: Message) -> Json:
        return self._world.message_json(message)
