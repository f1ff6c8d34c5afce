"""The settings of fair shares in the whole program: a quota, a list and the operator's commands, in Telegram."""

from __future__ import annotations

from pathlib import Path

from tests.bots.telegram import running
from tests.bots.telegram.running import TOKEN, said, video
from tests.counterparts.telegram import Telegram


async def test_item_4_quota_list_and_operator_in_telegram(tmp_path: Path, photo: bytes) -> None:
    async with Telegram(TOKEN) as telegram:
        ann, ben, root = (telegram.person(name) for name in ("Ann", "Ben", "Root"))
        chat, other, office = (telegram.private(person) for person in (ann, ben, root))
        limits = {"QUOTA_PERSON_DAILY": "1", "ADMINS": f"telegram:{root.id}", "BLOCK": f"telegram:{ben.id}"}
        async with running.bot(telegram, tmp_path / "data", limits):
            await chat.sends(ann, caption="1 second", photo=photo)
            await other.sends(ben, caption="1 second", photo=photo)
            await said(other, "does not let it work for you")
            await video(chat)
            await chat.sends(ann, "slower")
            await said(chat, "You have had your videos of today (1 a day)")
            await office.sends(root, "/stats")
            stats = await said(office, "Today (UTC)")
            assert f"Most today: telegram:{ann.id} (1)." in stats.words
            assert "Refused today: 1 for a quota" in stats.words
            await office.sends(root, f"/block telegram:{ann.id}")
            await said(office, f"Blocked: telegram:{ann.id}, telegram:{ben.id}.")
            await chat.sends(ann, "/stats")
            await said(chat, "does not let it work for you")
            assert not any("Today (UTC)" in message.words for message in chat.from_bot)
        shown = {scope for (scope, _), menu in telegram.methods.commands.items() if "stats" in str(menu)}
        assert shown == {f"chat {office.id}"}
