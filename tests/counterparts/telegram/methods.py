"""The Bot API's methods that do not send: a call in, its result out, Refused where Telegram would refuse.

`Methods` knows where each method of the API is done; what sends and edits is in `sending`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Protocol

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.chats import Chat
from tests.counterparts.telegram.files import Files
from tests.counterparts.telegram.limits import DOWNLOAD
from tests.counterparts.telegram.messages import Message
from tests.counterparts.telegram.people import Person
from tests.counterparts.telegram.presses import ANSWERABLE_SECONDS, Press
from tests.counterparts.telegram.refusals import QUERY_TOO_OLD, Breach, bad_request
from tests.counterparts.telegram.sending import Sending
from tests.counterparts.telegram.updates import Updates, Webhook

_OWN_MESSAGES_SECONDS = 48 * 3600
"""deleteMessage: "A message can only be deleted if it was sent less than 48 hours ago"."""

Handler = Callable[[Call], Any | Awaitable[Any]]


class Place(Protocol):
    """What the methods need of the server they are called at."""

    bot: Person
    privacy: bool
    local: bool
    disk: str
    files: Files
    updates: Updates

    def now(self) -> float: ...

    def chat(self, chat_id: object) -> Chat:
        """Raises Refused (chat not found)."""

    def person_of(self, user_id: int) -> Person | None: ...

    def press(self, query_id: str) -> Press | None: ...


class Methods:
    def __init__(self, place: Place) -> None:
        self.commands: dict[tuple[str, str], list[Json]] = {}
        """Scope ("all_private_chats", or "chat {chat_id}") and language → commands."""
        self.profile: dict[tuple[str, str], str] = {}
        """"name", "description" or "short_description", and language → words."""
        self._place = place
        self._sending = Sending(place)
        self._handlers: dict[str, Handler] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "getFile": self._get_file,
            "answerCallbackQuery": self._answer_press,
            "deleteMessage": self._delete,
            "deleteMessages": self._delete_many,
            "sendChatAction": self._act,
            "setMessageReaction": self._react,
            "setMyCommands": self._set_commands,
            "getMyCommands": lambda call: self.commands.get(_scope(call), []),
            "deleteMyCommands": lambda call: self.commands.pop(_scope(call), None) is None or True,
            "getChat": self._get_chat,
            "getChatMember": self._get_member,
            "getChatAdministrators": self._get_admins,
            "getChatMemberCount": lambda call: len(self._place.chat(call["chat_id"]).members) + 1,
            "leaveChat": self._leave,
            "setChatMenuButton": lambda _: True,
            "logOut": lambda _: True,
            "close": lambda _: True,
            **self._sending.handlers,
        }
        for name, field in (
            ("Name", "name"),
            ("Description", "description"),
            ("ShortDescription", "short_description"),
        ):
            self._handlers[f"setMy{name}"] = self._setter(field)
            self._handlers[f"getMy{name}"] = self._getter(field)

    async def do(self, call: Call) -> Any:
        """The call's result. Raises Refused, and Breach for a method that this counterpart lacks."""
        handler = self._handlers.get(call.method)
        if handler is None:
            raise Breach(f"the counterpart does not know {call.method} yet", "method is not implemented here")
        result = handler(call)
        return await result if isawaitable(result) else result

    # Itself

    def _get_me(self, _: Call) -> Json:
        return self._place.bot.user | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self._place.privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def _set_commands(self, call: Call) -> bool:
        scope = call.parameters.get("scope", {})
        if "chat_id" in scope:
            self._place.chat(scope["chat_id"])
        self.commands[_scope(call)] = call["commands"]
        return True

    def _setter(self, field: str) -> Handler:
        def set_words(call: Call) -> bool:
            self.profile[field, call.parameters.get("language_code", "")] = call.parameters.get(field, "")
            return True

        return set_words

    def _getter(self, field: str) -> Handler:
        return lambda call: {field: self.profile.get((field, call.parameters.get("language_code", "")), "")}

    # Updates

    async def _get_updates(self, call: Call) -> list[Json]:
        given = call.parameters
        self._place.updates.allow(given.get("allowed_updates"))
        timeout = min(max(given.get("timeout", 0), 0), 50)
        updates = await self._place.updates.poll(given.get("offset", 0), given.get("limit", 100), timeout)
        return [update.json for update in updates]

    def _set_webhook(self, call: Call) -> bool:
        given = call.parameters
        if not given["url"]:
            return self._delete_webhook(call)
        self._place.updates.allow(given.get("allowed_updates"))
        webhook = Webhook(given["url"], given.get("secret_token"), given.get("max_connections", 40))
        drop = given.get("drop_pending_updates", False)
        self._place.updates.set_webhook(webhook, local=self._place.local, drop=drop)
        return True

    def _delete_webhook(self, call: Call) -> bool:
        self._place.updates.delete_webhook(drop=call.parameters.get("drop_pending_updates", False))
        return True

    def _webhook_info(self, _: Call) -> Json:
        updates, webhook = self._place.updates, self._place.updates.webhook
        info: Json = {
            "url": "" if webhook is None else webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(updates.pending),
        }
        if webhook is not None:
            info["max_connections"] = webhook.max_connections
            if webhook.last_error is not None:
                info["last_error_date"], info["last_error_message"] = webhook.last_error
        if updates.allowed is not None:
            info["allowed_updates"] = updates.allowed
        return info

    # Files

    def _get_file(self, call: Call) -> Json:
        file = self._place.files.of(call["file_id"])
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if self._place.local:
            return file.facts | {"file_path": f"{self._place.disk}/{self._place.files.lay_out(file)}"}
        if file.size > DOWNLOAD:
            raise bad_request("file is too big")
        return file.facts | {"file_path": self._place.files.offer(file)}

    # Chats and their people

    def _get_chat(self, call: Call) -> Json:
        chat = self._place.chat(call["chat_id"])
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        )
        return chat.json | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}

    def _get_member(self, call: Call) -> Json:
        chat = self._place.chat(call["chat_id"])
        person = self._place.person_of(call["user_id"])
        if person is None:
            raise bad_request("invalid user_id specified")
        return chat.member(person)

    def _get_admins(self, call: Call) -> list[Json]:
        chat = self._place.chat(call["chat_id"])
        if chat.kind == "private":
            raise bad_request("there are no administrators in the private chat")
        chat.check_access()
        admins = [*chat.admins, *([self._place.bot] if chat.standing.is_admin else [])]
        return [chat.member(person) for person in admins]

    async def _leave(self, call: Call) -> bool:
        chat = self._place.chat(call["chat_id"])
        chat.check_access()
        chat.bot_leaves()
        return True

    # What there is already

    def _answer_press(self, call: Call) -> bool:
        press = self._place.press(call["callback_query_id"])
        if press is None or press.answer is not None or self._place.now() - press.at > ANSWERABLE_SECONDS:
            raise bad_request(QUERY_TOO_OLD)
        press.answer = call.parameters
        return True

    def _delete(self, call: Call) -> bool:
        chat = self._place.chat(call["chat_id"])
        chat.check_access()
        message = chat.message(call["message_id"])
        if message is None:
            raise bad_request("message to delete not found")
        if not self._may_delete(chat, message):
            raise bad_request("message can't be deleted for everyone" if message.by_bot else "message can't be deleted")
        chat.board.remove(message, by_bot=True)
        return True

    def _delete_many(self, call: Call) -> bool:
        chat = self._place.chat(call["chat_id"])
        chat.check_access()
        for message in filter(None, map(chat.message, call["message_ids"])):
            if self._may_delete(chat, message):
                chat.board.remove(message, by_bot=True)
        return True

    def _may_delete(self, chat: Chat, message: Message) -> bool:
        is_young = self._place.now() - message["date"] < _OWN_MESSAGES_SECONDS
        if chat.standing.is_admin and chat.kind != "group":
            return True
        return is_young and (message.by_bot or chat.kind == "private" or chat.standing.is_admin)

    def _act(self, call: Call) -> bool:
        chat = self._place.chat(call["chat_id"])
        chat.check_access()
        if chat.kind == "channel":
            # Not supported there: TDLib takes it and shows nothing (DialogManager::is_dialog_action_unneeded).
            return True
        thread_id = chat.board.check_thread(call.parameters.get("message_thread_id"))
        chat.actions.append((self._place.now(), call["action"], thread_id))
        return True

    def _react(self, call: Call) -> bool:
        chat = self._place.chat(call["chat_id"])
        chat.check_access()
        message = chat.message(call["message_id"])
        if message is None:
            raise bad_request("message to react not found")
        message.reactions = call.parameters.get("reaction", [])
        return True


def _scope(call: Call) -> tuple[str, str]:
    scope = call.parameters.get("scope", {"type": "default"})
    named = " ".join(str(scope[each]) for each in ("type", "chat_id", "user_id") if each in scope)
    return named, call.parameters.get("language_code", "")
