"""The methods by which the bot sends and edits messages: a call in, the API's Message out, Refused where refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.contents import KINDS, Content, content
from tests.counterparts.telegram.entities import detected
from tests.counterparts.telegram.files import Stored
from tests.counterparts.telegram.limits import CAPTION, TEXT, too_long
from tests.counterparts.telegram.markup import MarkupError, parsed
from tests.counterparts.telegram.messages import Message
from tests.counterparts.telegram.refusals import NOT_MODIFIED, Breach, bad_request

if TYPE_CHECKING:
    from tests.counterparts.telegram.chats import Chat
    from tests.counterparts.telegram.methods import Place

_METHODS = {
    "sendPhoto": "photo",
    "sendVideo": "video",
    "sendAnimation": "animation",
    "sendDocument": "document",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendVideoNote": "video_note",
    "sendSticker": "sticker",
}
_TEXT_KINDS = {"text"}
_CAPTIONED = set(KINDS) - {"sticker", "video_note"}


class Sending:
    def __init__(self, place: Place) -> None:
        self._place = place
        self.handlers: dict[str, Callable[[Call], Any]] = {
            "sendMessage": self._send_text,
            "sendMediaGroup": self._send_album,
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "editMessageMedia": self._edit_media,
            "editMessageReplyMarkup": self._edit_markup,
            **dict.fromkeys(_METHODS, self._send_file),
        }

    # Sending

    def _send_text(self, call: Call) -> Json:
        words = _words(call.parameters, "text", TEXT)
        return self._post(call, Content("text"), words).json()

    def _send_file(self, call: Call) -> Json:
        kind = _METHODS[call.method]
        return self._post(
            call, self._content(call, kind, call.parameters, kind), self._described(call.parameters)
        ).json()

    def _send_album(self, call: Call) -> list[Json]:
        chat, _, _ = self._target(call)
        for each in call["media"]:
            chat.standing.check_right(each["type"])
        kinds = {each["type"] for each in call["media"]}
        if len(kinds) > 1 and kinds & {"document", "audio"}:
            raise Breach(f"an album of {sorted(kinds)}", "can't use the media of the specified type in the album")
        album = {"media_group_id": str(13_500_000_000 + len(chat.history))}
        parts = [(self._content(call, each["type"], each, "media"), self._described(each)) for each in call["media"]]
        return [self._post(call, body, fields | album).json() for body, fields in parts]

    def _target(self, call: Call) -> tuple[Chat, int | None, Message | None]:
        """Where it goes: chat, topic, and the message it answers."""
        chat = self._place.chat(call["chat_id"])
        chat.check_access()
        thread_id = chat.board.check_thread(call.parameters.get("message_thread_id"))
        asked = call.parameters.get("reply_parameters")
        if asked is None:
            return chat, thread_id, None
        if asked.get("chat_id", chat.id) != chat.id:
            raise Breach("the counterpart knows no replies into another chat", "message to be replied not found")
        reply = chat.message(asked["message_id"])
        if reply is None and not asked.get("allow_sending_without_reply", False):
            raise bad_request("message to be replied not found")
        return chat, thread_id, reply

    def _post(self, call: Call, body: Content, fields: Json) -> Message:
        chat, thread_id, reply = self._target(call)
        chat.standing.check_right(body.kind)
        sender = {"sender_chat": chat.json} if chat.kind == "channel" else {"from": self._place.bot.user}
        extra = _shown_markup(call.parameters)
        if call.parameters.get("protect_content"):
            extra["has_protected_content"] = True
        message = chat.board.post(body, sender | fields | extra, reply_to=reply, thread_id=thread_id, by_bot=True)
        message.call = call
        chat.other_bot_was_last = False
        return message

    def _described(self, given: Json) -> Json:
        """The caption, and how a file is shown."""
        fields = _words(given, "caption", CAPTION)
        if given.get("show_caption_above_media"):
            fields["show_caption_above_media"] = True
        if given.get("has_spoiler"):
            fields["has_media_spoiler"] = True
        return fields

    def _content(self, call: Call, kind: str, given: Json, parameter: str) -> Content:
        """The file that `given[parameter]` means: one that comes along, or one that Telegram has already."""
        named = given[parameter]
        thumbnail = given.get("thumbnail")
        picture = None if thumbnail is None else self._thumbnail(call, thumbnail)
        if not named.startswith("attach://"):
            return content(kind, self._known(kind, named), picture)
        upload = call.uploads[named.removeprefix("attach://")]
        if kind == "photo":
            return content(kind, self._place.files.photo_sizes(upload.path))
        return content(kind, [self._place.files.keep_upload(upload, kind, given)], picture)

    def _known(self, kind: str, named: str) -> list[Stored]:
        if named.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        file = self._place.files.of(named)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            raise bad_request(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
        return [file]

    def _thumbnail(self, call: Call, named: str) -> Stored:
        if not named.startswith("attach://"):
            raise Breach("thumbnails can be only uploaded as a new file", "wrong thumbnail")
        upload = call.uploads[named.removeprefix("attach://")]
        return self._place.files.keep_picture(upload)

    # Editing

    def _edit_text(self, call: Call) -> Json:
        message = self._to_edit(call, "text")
        return self._edited(call, message, _words(call.parameters, "text", TEXT, editing=True))

    def _edit_caption(self, call: Call) -> Json:
        message = self._to_edit(call, "caption")
        words = _words(call.parameters, "caption", CAPTION, editing=True)
        return self._edited(call, message, words or {"caption": None, "caption_entities": None})

    def _edit_markup(self, call: Call) -> Json:
        return self._edited(call, self._to_edit(call, "markup"), {})

    def _edit_media(self, call: Call) -> Json:
        message = self._to_edit(call, "media")
        media = call["media"]
        body = self._content(call, media["type"], media, "media")
        fields = {"text": None, "entities": None, "caption": None, "caption_entities": None}
        return self._edited(call, message, fields | self._described(media), body)

    def _to_edit(self, call: Call, what: str) -> Message:
        """The bot's own message that an edit is meant for. Raises Refused where it cannot be edited so."""
        if "inline_message_id" in call.parameters:
            raise bad_request("MESSAGE_ID_INVALID")
        for each in ("chat_id", "message_id"):
            if each not in call.parameters:
                raise Breach(
                    f"{each}: missing",
                    f"{each} is empty" if each == "chat_id" else "message identifier is not specified",
                )
        chat = self._place.chat(call["chat_id"])
        chat.check_access()
        message = chat.message(call["message_id"])
        if message is None:
            raise bad_request("message to edit not found")
        if not message.by_bot and not (chat.kind == "channel" and chat.standing.is_admin):
            raise bad_request("message can't be edited")
        if what == "text" and message.kind not in _TEXT_KINDS:
            raise bad_request("there is no text in the message to edit")
        if what == "caption" and message.kind not in _CAPTIONED:
            raise bad_request("there is no caption in the message to edit")
        return message

    def _edited(self, call: Call, message: Message, fields: Json, body: Content | None = None) -> Json:
        """The message with new fields. A keyboard that is not sent again is gone, as at Telegram."""
        fields = {"reply_markup": None} | fields | _shown_markup(call.parameters)
        is_same = all(message.wire.get(name) == value for name, value in fields.items())
        if is_same and body is None:
            raise bad_request(NOT_MODIFIED)
        message.chat.board.change(message, fields, by_bot=True, body=body)
        return message.json()


def _shown_markup(given: Json) -> Json:
    """An inline keyboard becomes part of the message; other keyboards do not."""
    rows = given.get("reply_markup", {}).get("inline_keyboard")
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _words(given: Json, place: str, most: int, *, editing: bool = False) -> Json:
    """A text or caption as it is shown, with its entities. Raises Refused and Breach."""
    if place not in given:
        if place == "text":
            raise Breach("text: missing", "message text is empty")
        return {}
    entities_place = "entities" if place == "text" else "caption_entities"
    try:
        text, entities = parsed(given[place], given.get("parse_mode", ""))
    except MarkupError as error:
        raise Breach(f"{place}: {error}", f"can't parse entities: {error}") from error
    entities = entities or given.get(entities_place, [])
    breach = too_long(text, most, editing=editing)
    if breach is not None:
        raise breach
    if not text.strip():
        if place == "text":
            raise Breach("a text without words", "message text is empty")
        return {place: None, entities_place: None}
    found = [each for each in detected(text) if not any(_overlap(each, other) for other in entities)]
    both = sorted([*entities, *found], key=lambda each: (each["offset"], -each["length"]))
    return {place: text, entities_place: both or None}


def _overlap(one: Json, other: Json) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])
