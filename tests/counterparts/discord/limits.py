"""Published limits that the description does not have, or has otherwise: what no message may be.

https://discord.com/developers/docs/resources/message#create-message,
https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from typing import Any

from tests.counterparts.discord.messages import COMPONENTS_V2
from tests.counterparts.discord.refusals import breach
from tests.counterparts.telegram.bodies import Json

CONTENT = 2000
"""Characters."""
NONCE = 25
CUSTOM_ID = 100
LABEL = 80
ROWS = 5
BUTTONS_IN_A_ROW = 5
FILES = 10
REQUEST_BYTES = 25 * 1024 * 1024
"""https://discord.com/developers/docs/reference#uploading-files: of a whole request."""
UPLOAD_BYTES = 20 * 1024 * 1024
"""Of a file, where nothing raises it; since September 2026."""
_ROW, _BUTTON, _FIRST_OF_V2 = 1, 2, 9
_LINK, _PREMIUM = 5, 6


def check_message(body: Json) -> None:
    """Raises Breach for a message that Discord would refuse."""
    content = body.get("content")
    if isinstance(content, str) and len(content) > CONTENT:
        raise breach("content", "BASE_TYPE_MAX_LENGTH", f"Must be {CONTENT} or fewer in length.")
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > NONCE:
        raise breach("nonce", "NONCE_TYPE_TOO_LONG", f"Nonce must be {NONCE} or fewer in length.")
    if body.get("enforce_nonce") and nonce is None:
        raise breach("nonce", "BASE_TYPE_REQUIRED", "This field is required.")
    attachments = body.get("attachments") or []
    if len(attachments) > FILES:
        raise breach("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")
    components = body.get("components") or []
    if isinstance(components, list):
        _check_components(components, is_v2=bool((body.get("flags") or 0) & COMPONENTS_V2))


def _check_components(components: list[Any], *, is_v2: bool) -> None:
    if not is_v2 and len(components) > ROWS:
        raise breach("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS} in length.")
    seen: set[str] = set()
    for index, each in enumerate(components):
        at = f"components.{index}"
        if not isinstance(each, dict):
            raise breach(at, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        if not is_v2 and each.get("type") != _ROW:
            raise breach(f"{at}.type", "BASE_TYPE_CHOICES", f'Value of field "type" must be one of ({_ROW},).')
        _check_part(each, at, seen)


def _check_part(part: Json, at: str, seen: set[str]) -> None:
    custom_id = part.get("custom_id")
    if custom_id is not None:
        if not 1 <= len(str(custom_id)) <= CUSTOM_ID:
            raise breach(f"{at}.custom_id", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {CUSTOM_ID} in length.")
        if custom_id in seen:
            raise breach(
                f"{at}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        seen.add(custom_id)
    if part.get("type") == _BUTTON:
        _check_button(part, at)
    inner = part.get("components") or []
    if part.get("type") == _ROW and not 1 <= len(inner) <= BUTTONS_IN_A_ROW:
        raise breach(f"{at}.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {BUTTONS_IN_A_ROW} in length.")
    if part.get("type") == _ROW and len(inner) > 1 and any(each.get("type") != _BUTTON for each in inner):
        raise breach(
            f"{at}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
        )
    for index, each in enumerate(inner):
        _check_part(each, f"{at}.components.{index}", seen)


def _check_button(button: Json, at: str) -> None:
    if len(button.get("label") or "") > LABEL:
        raise breach(f"{at}.label", "BASE_TYPE_MAX_LENGTH", f"Must be {LABEL} or fewer in length.")
    if not button.get("label") and not button.get("emoji") and button.get("style") != _PREMIUM:
        raise breach(f"{at}.label", "BUTTON_COMPONENT_INVALID", "A button must have a label or an emoji.")
    wanted = {_LINK: "url", _PREMIUM: "sku_id"}.get(button.get("style", 0), "custom_id")
    if not button.get(wanted):
        raise breach(f"{at}.{wanted}", "BASE_TYPE_REQUIRED", "This field is required.")
