"""Groups that become supergroups: another id, other message ids, and the same people with the same clips."""

from __future__ import annotations

import pytest

from tests import clips
from tests.bots.telegram.running import said, video
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_migration_to_a_supergroup_keeps_the_session(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Harbour", [ann])
    await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    await video(group)
    new = await group.migrates(ann)
    await telegram.taken()
    await new.sends(ann, "@stillreel_bot 2 seconds")
    film = await video(new)
    assert film.file.path is not None
    found = clips.clip(film.file.path)
    assert (found.width, found.frames) == (1080, 60)
    assert not any("Hello" in message.text for message in new.from_bot), "nobody is welcomed to where they were"


async def test_a_group_that_moves_while_its_video_is_made_gets_it(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Harbour", [ann])
    held = telegram.hold("sendVideo", chat=group)
    await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    await wait_until(held.reached.is_set, 30)
    new = await group.migrates(ann)
    held.release()
    await wait_until(lambda: new.videos, 30)
    assert new.videos[0].reply is None
    assert group.videos == []


async def test_a_job_that_fails_after_its_group_moved_says_so_there(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Harbour", [ann])
    held = telegram.hold("sendVideo", chat=group)
    await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    await wait_until(held.reached.is_set, 30)
    new = await group.migrates(ann)
    telegram.drop("sendVideo", effect=False, chat=new)
    held.release()
    problem = await said(new, "no answer came", 30)
    await new.presses(ann, problem, "Retry")
    film = await video(new)
    assert film.reply is None
    assert new.from_bot == [film], "what was said of it is gone"
