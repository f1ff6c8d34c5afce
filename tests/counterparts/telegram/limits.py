"""The published limits of the Bot API that its types do not tell: parameters and files in, what is too much out.

Each limit stands at https://core.telegram.org/bots/api under the method or type it is named after.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from PIL import Image, UnidentifiedImageError

from tests.counterparts.telegram.bodies import Json, Upload
from tests.counterparts.telegram.entities import units
from tests.counterparts.telegram.refusals import Breach

MB = 1024 * 1024
UPLOAD = 50 * MB
"""Of a file that a bot sends (sendVideo, sendDocument: "up to 50 MB")."""
UPLOAD_LOCAL = 2000 * MB
"""The same at a local Bot API server (https://core.telegram.org/bots/api#using-a-local-bot-api-server)."""
DOWNLOAD = 20 * MB
"""Of a file that a bot fetches (getFile: "up to 20MB"); none at a local server."""
PHOTO = 10 * MB
PHOTO_SIDES = 10_000
"""Width and height together, in pixels (sendPhoto)."""
PHOTO_RATIO = 20
THUMBNAIL = 200_000
"""Bytes: "less than 200 kB in size"."""
THUMBNAIL_SIDE = 320
TEXT = 4096
CAPTION = 1024
"""Both after entities parsing. Counted in UTF-16 units: the stricter reading of "characters"."""
CALLBACK_DATA = 64
CALLBACK_ANSWER = 200
BUTTONS = 100
"""In one keyboard, and in a row 8: what Telegram's servers accept, not published."""
ALBUM = range(2, 11)
COMMANDS = 100
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
COMMAND_DESCRIPTION = range(1, 257)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LANGUAGE = re.compile(r"([a-z]{2})?")
POLL = range(1, 101)
DESCRIPTIONS = {"setMyDescription": ("description", 512), "setMyShortDescription": ("short_description", 120)}
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


def breaches(method: str, parameters: Json, uploads: Iterable[Upload], *, local: bool) -> list[Breach]:
    """Every limit that a request breaks by itself, whatever the chat it is for. Texts are looked at in `too_long`."""
    found = [
        *_of_uploads(method, parameters, list(uploads), local=local),
        *_of_keyboard(parameters.get("reply_markup")),
    ]
    match method:
        case "setMyCommands":
            found.extend(_of_commands(parameters))
        case "setWebhook":
            secret = parameters.get("secret_token")
            if secret is not None and SECRET.fullmatch(secret) is None:
                said = "secret token is too long" if len(secret) > 256 else "secret token contains unallowed characters"
                found.append(Breach(f"secret_token of {len(secret)} characters", said))
        case "answerCallbackQuery":
            if units(parameters.get("text", "")) > CALLBACK_ANSWER:
                found.append(Breach("text over 200 characters", "MESSAGE_TOO_LONG"))
        case "sendMediaGroup":
            if len(parameters["media"]) not in ALBUM:
                found.append(Breach(f"an album of {len(parameters['media'])}", "group of media has wrong size"))
        case "sendChatAction":
            if parameters["action"] not in ACTIONS:
                found.append(Breach(f"action {parameters['action']!r}", "wrong parameter action in request"))
        case "deleteMessages":
            if not 1 <= len(parameters["message_ids"]) <= 100:
                found.append(Breach("message_ids must be 1-100", "too many message identifiers specified"))
        case "getUpdates":
            if parameters.get("limit", 100) not in POLL:
                found.append(Breach("limit must be 1-100", "invalid limit"))
    if method in DESCRIPTIONS:
        name, most = DESCRIPTIONS[method]
        if units(parameters.get(name, "")) > most:
            found.append(Breach(f"{name} over {most} characters", f"{name.upper()}_TOO_LONG"))
    return found


def too_long(text: str, most: int, *, editing: bool) -> Breach | None:
    """For a text or caption whose markup was taken out already."""
    if units(text) <= most:
        return None
    said = "message is too long" if most == TEXT else "message caption is too long"
    return Breach(f"{units(text)} characters, {most} are allowed", "MESSAGE_TOO_LONG" if editing else said)


def _of_uploads(method: str, parameters: Json, uploads: list[Upload], *, local: bool) -> Iterator[Breach]:
    most = UPLOAD_LOCAL if local else UPLOAD
    roles = _roles(method, parameters)
    for each in uploads:
        role = roles.get(f"attach://{each.field}", "")
        if each.size == 0:
            yield Breach(f"{each.field} is empty", "file must be non-empty")
        elif each.size > most:
            yield Breach(f"{each.field} has {each.size} bytes, {most} are allowed", "Request Entity Too Large", 413)
        elif role == "thumbnail":
            yield from _of_thumbnail(each)
        elif role == "photo":
            yield from _of_photo(each)


def _roles(method: str, parameters: Json) -> dict[str, str]:
    """What each attached file is sent as: `photo`, `thumbnail`, `video`, …"""
    roles = {}
    described = parameters.get("media", [])
    for each in described if isinstance(described, list) else [described]:
        roles[each["media"]] = each["type"]
        roles[each.get("thumbnail", "")] = "thumbnail"
    for name in ("photo", "thumbnail"):
        if name in parameters and method.startswith("send"):
            roles[parameters[name]] = name
    return roles


def _of_photo(upload: Upload) -> Iterator[Breach]:
    """What keeps a file from being sent as a photo."""
    if upload.size > PHOTO:
        said = f"file of size {upload.size} bytes is too big for a photo; the maximum size is {PHOTO} bytes"
        yield Breach(f"a photo of {upload.size} bytes", said)
        return
    size = _measures(upload)
    if size is None:
        yield Breach("a photo that is no picture", "IMAGE_PROCESS_FAILED")
    elif sum(size[1:]) > PHOTO_SIDES or max(size[1:]) > PHOTO_RATIO * min(size[1:]):
        yield Breach(f"a photo of {size[1]}×{size[2]}", "PHOTO_INVALID_DIMENSIONS")


def _of_thumbnail(upload: Upload) -> Iterator[Breach]:
    """Telegram leaves a wrong thumbnail out silently; here it is refused, so that a test sees it."""
    size = _measures(upload)
    if size is None or size[0] != "JPEG":
        yield Breach("a thumbnail that is no JPEG", "wrong thumbnail")
    elif max(size[1:]) > THUMBNAIL_SIDE:
        yield Breach(f"a thumbnail of {size[1]}×{size[2]}", "wrong thumbnail")
    if upload.size >= THUMBNAIL:
        yield Breach(f"a thumbnail of {upload.size} bytes", "wrong thumbnail")


def _measures(upload: Upload) -> tuple[str, int, int] | None:
    try:
        with Image.open(upload.path) as picture:
            return (picture.format or "", *picture.size)
    except (UnidentifiedImageError, OSError):
        return None


def _of_keyboard(markup: object) -> Iterator[Breach]:
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    buttons = [button for row in rows for button in row]
    if len(buttons) > BUTTONS:
        yield Breach(f"{len(buttons)} buttons", "reply markup is too long")
    for button in buttons:
        kinds = [each for each in button if each not in {"text", "style", "icon_custom_emoji_id"}]
        if not button["text"]:
            yield Breach("a button without a label", "BUTTON_TEXT_INVALID")
        if len(kinds) != 1:
            yield Breach(f"a button with {len(kinds)} actions", "text buttons are unallowed in the inline keyboard")
        size = len(button.get("callback_data", "-").encode())
        if not 1 <= size <= CALLBACK_DATA:
            yield Breach(f"callback_data of {size} bytes", "BUTTON_DATA_INVALID")


def _of_commands(parameters: Json) -> Iterator[Breach]:
    commands = parameters["commands"]
    if len(commands) > COMMANDS:
        yield Breach(f"{len(commands)} commands", "BOT_COMMANDS_TOO_MUCH")
    for each in commands:
        if COMMAND.fullmatch(each["command"]) is None:
            yield Breach(f"command {each['command']!r}", "BOT_COMMAND_INVALID")
        if units(each["description"]) not in COMMAND_DESCRIPTION:
            yield Breach(f"description of {each['command']}", "BOT_COMMAND_DESCRIPTION_INVALID")
    names = [each["command"] for each in commands]
    if len(set(names)) < len(names):
        yield Breach("a command twice", "BOT_COMMAND_INVALID")
    if LANGUAGE.fullmatch(parameters.get("language_code", "")) is None:
        yield Breach(f"language_code {parameters['language_code']!r}", "LANG_CODE_INVALID")
