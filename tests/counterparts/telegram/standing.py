"""What the bot is in a chat, and what it may do there: Refused where Telegram would refuse it to write."""

from __future__ import annotations

from dataclasses import dataclass

from tests.counterparts.telegram.people import RIGHTS
from tests.counterparts.telegram.refusals import bad_request, forbidden


@dataclass(slots=True)
class Standing:
    """`kind`: of the chat. `status`: member, administrator, restricted, left or kicked (in a private chat: blocked),
    or "absent": it never was there.
    """

    kind: str
    status: str
    denied: frozenset[str] = frozenset()
    """The rights that were taken from a restricted bot."""

    @property
    def is_in(self) -> bool:
        return self.status in {"member", "administrator", "restricted"}

    @property
    def is_admin(self) -> bool:
        return self.status == "administrator"

    def change(self, status: str, denied: frozenset[str] = frozenset()) -> None:
        self.status, self.denied = status, denied

    def check_access(self) -> None:
        """Raises Refused where the bot may not write at all."""
        if self.kind == "private":
            if self.status == "kicked":
                raise forbidden("bot was blocked by the user")
            if self.status == "absent":
                raise forbidden("bot can't initiate conversation with a user")
        elif self.status == "kicked":
            raise forbidden(f"bot was kicked from the {self.kind} chat")
        elif not self.is_in:
            raise forbidden(f"bot is not a member of the {self.kind} chat")

    def check_right(self, kind: str) -> None:
        """Raises Refused where the bot may not send this kind of message."""
        if self.kind == "channel" and not self.is_admin:
            raise bad_request("need administrator rights in the channel chat")
        right, named = RIGHTS[kind]
        if self.status == "restricted" and right in self.denied:
            raise bad_request(f"not enough rights to send {named} to the chat")
