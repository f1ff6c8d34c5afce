"""What else updates mean: whom a message is from, what it answers, and what befell a chat."""

from __future__ import annotations

from typing import Any

import pytest

from bots.telegram.updates import Joined, Left, Moved, album_of, chat_of, meaning
from core.chat import ChatKind, ChatRef, Incoming, MediaKind, Person, Press
from tests.bots.telegram.writing import (
    ANN,
    BOT,
    CHANNEL,
    GROUP,
    ME,
    PRIVATE,
    Json,
    mentioning,
    message,
    of,
    update,
)


def heard(said: Json) -> Incoming:
    found = meaning((of(said),), ME)
    assert isinstance(found, Incoming)
    return found


def to_bot(text: str, chat: Json = GROUP, **fields: Any) -> Json:
    words, entity = mentioning(text)
    return message(chat, text=words, entities=[entity], **fields)


def test_a_person_of_a_private_chat_manages_it() -> None:
    found = heard(message(text="hello"))
    assert found.person == Person("5", "Ann Lee", "en", is_admin=True)
    assert (found.message, found.reply_to) == ("42", None)


def test_a_person_of_a_group_is_not_known_to_manage_it() -> None:
    assert heard(to_bot("hello")).person == Person("5", "Ann Lee", "en", is_admin=False)


def test_an_anonymous_administrator_is_the_group_itself() -> None:
    nobody = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    found = heard(to_bot("hello", **{"from": nobody, "sender_chat": GROUP}))
    assert found.person == Person("-1005", "Harbour", is_admin=True)


def test_item_2_an_anonymous_administrator_is_known_by_its_account_alone() -> None:
    nobody = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    assert heard(to_bot("hello", **{"from": nobody})).person == Person("-1005", "Harbour", is_admin=True)


def test_item_1_of_two_commands_the_first_counts() -> None:
    marks = [{"type": "bot_command", "offset": 0, "length": 8}, {"type": "bot_command", "offset": 9, "length": 7}]
    found = heard(message(GROUP, text="/animate /export", entities=marks))
    assert (found.command, found.text) == ("animate", "/export")


def test_a_channel_that_speaks_in_a_group_is_no_administrator() -> None:
    channel_bot = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
    found = heard(to_bot("hello", **{"from": channel_bot, "sender_chat": CHANNEL}))
    assert found.person == Person("-1009", "News", is_admin=False)


def test_a_channel_is_the_person_of_its_posts() -> None:
    found = heard(to_bot("hello", CHANNEL, sender_chat=CHANNEL))
    assert found.person == Person("-1009", "News", is_admin=True)
    assert found.chat_kind is ChatKind.CHANNEL


def test_another_bot_is_not_answered() -> None:
    other = {"id": 8, "is_bot": True, "first_name": "Other", "username": "other_bot"}
    assert meaning((of(to_bot("hello", **{"from": other})),), ME) is None


def test_a_mention_without_a_name_by_its_account() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 9, "user": BOT}
    assert heard(message(GROUP, text="Stillreel zoom in", entities=[entity])).text == "zoom in"


def test_another_name_that_begins_alike_is_no_mention() -> None:
    text = "@stillreel_bot2 zoom"
    assert (
        meaning((of(message(GROUP, text=text, entities=[{"type": "mention", "offset": 0, "length": 15}])),), ME) is None
    )


def test_places_in_a_text_count_utf_16() -> None:
    text = "🎬🎬 @stillreel_bot 放大"
    entity = {"type": "mention", "offset": 5, "length": 14}
    assert heard(message(GROUP, text=text, entities=[entity])).text == "🎬🎬  放大"


def test_a_reply_to_the_bot_means_that_message() -> None:
    mine = message(GROUP, **{"from": BOT}, message_id=40, text="Done.")
    found = heard(message(GROUP, text="make it slower", reply_to_message=mine))
    assert (found.text, found.reply_to) == ("make it slower", "40")


def test_a_reply_to_somebody_else_is_overheard() -> None:
    other = message(GROUP, message_id=40, text="look")
    assert meaning((of(message(GROUP, text="nice", reply_to_message=other)),), ME) is None


def test_animate_this_takes_the_photo_replied_to() -> None:
    photo = message(GROUP, message_id=40, photo="sizes")
    found = heard(to_bot("animate this", reply_to_message=photo))
    assert [(item.ref, item.kind) for item in found.media] == [("large", MediaKind.PHOTO)]
    assert found.reply_to is None
    command = [{"type": "bot_command", "offset": 0, "length": 8}]
    assert heard(message(GROUP, text="/animate", entities=command, reply_to_message=photo)).media == found.media


def test_in_a_private_chat_a_reply_to_a_photo_means_its_clip() -> None:
    found = heard(message(text="slower", reply_to_message=message(message_id=40, photo="sizes")))
    assert (found.media, found.reply_to) == ((), "40")


def test_the_bots_own_video_is_not_taken_as_a_photo() -> None:
    film = {"file_id": "f", "file_unique_id": "f", "width": 4, "height": 3, "duration": 2}
    found = heard(to_bot("slower", reply_to_message=message(GROUP, **{"from": BOT}, message_id=40, video=film)))
    assert (found.media, found.reply_to) == ((), "40")


def topic(thread: int | None) -> Json:
    return {} if thread is None else {"is_topic_message": True, "message_thread_id": thread}


@pytest.mark.parametrize(("fields", "thread"), [(topic(7), "7"), (topic(1), None), (topic(None), None)])
def test_the_general_topic_is_no_thread(fields: Json, thread: str | None) -> None:
    assert heard(to_bot("hello", **fields)).chat == ChatRef("telegram", "-1005", thread)


def test_a_thread_of_replies_outside_of_topics_is_no_thread() -> None:
    assert heard(to_bot("hello", message_thread_id=7)).chat.thread is None


def test_the_message_that_opened_a_topic_is_not_answered() -> None:
    opened = message(GROUP, message_id=7, forum_topic_created={"name": "Films", "icon_color": 7322096}, **topic(7))
    assert meaning((of(message(GROUP, text="hi", reply_to_message=opened, **topic(7))),), ME) is None
    assert heard(to_bot("hello", reply_to_message=opened, **topic(7))).reply_to is None


def test_an_album_is_one_message_in_its_order() -> None:
    items = [
        of(message(message_id=43 + n, media_group_id="a", photo=[_size(f"p{n}")], caption=words), 1000 + n)
        for n, words in ((1, "one film"), (0, None), (2, None))
    ]
    assert {album_of(item) for item in items} == {"a"}
    found = meaning(items, ME)
    assert isinstance(found, Incoming)
    assert [item.ref for item in found.media] == ["p0", "p1", "p2"]
    assert (found.text, found.message, found.event) == ("one film", "44", "album-a-43")


def test_an_album_of_a_group_is_addressed_by_any_of_its_items() -> None:
    words, entity = mentioning("one film")
    plain = message(GROUP, message_id=43, media_group_id="a", photo=[_size("p0")])
    named = message(
        GROUP, message_id=44, media_group_id="a", photo=[_size("p1")], caption=words, caption_entities=[entity]
    )
    found = meaning([of(plain), of(named)], ME)
    assert isinstance(found, Incoming)
    assert len(found.media) == 2
    assert meaning([of(plain)], ME) is None


def _size(name: str) -> Json:
    return {"file_id": name, "file_unique_id": name, "width": 90, "height": 90}


def press(chat: Json, **fields: Any) -> Json:
    return {
        "id": "q",
        "from": ANN,
        "chat_instance": "i",
        "data": "x.job.",
        "message": message(chat, **{"from": BOT}, message_id=40, text="…", **fields),
    }


def test_a_press_carries_who_where_and_what() -> None:
    found = meaning((update("callback_query", press(GROUP, **topic(7))),), ME)
    person = Person("5", "Ann Lee", "en")
    assert found == Press("1000", ChatRef("telegram", "-1005", "7"), person, "40", "x.job.", ChatKind.GROUP)
    alone = meaning((update("callback_query", press(PRIVATE)),), ME)
    assert isinstance(alone, Press)
    assert alone.person.is_admin


def test_a_press_under_a_message_that_telegram_no_longer_shows() -> None:
    gone = {**press(GROUP), "message": {"chat": GROUP, "message_id": 40, "date": 0}}
    found = meaning((update("callback_query", gone),), ME)
    assert isinstance(found, Press)
    assert found.message == "40"


def member(status: str, **fields: Any) -> Json:
    return {"user": BOT, "status": status, **fields}


def change(chat: Json, before: Json, now: Json) -> Json:
    return {"chat": chat, "from": ANN, "date": 1, "old_chat_member": before, "new_chat_member": now}


_MUTED = dict.fromkeys(
    (
        "is_member", "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos",
        "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
        "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
        "can_edit_tag", "can_react_to_messages",
    ),
    False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("chat", "now"),
    [
        (GROUP, member("left")),
        (GROUP, member("kicked", until_date=0)),
        (PRIVATE, member("kicked", until_date=0)),
        (GROUP, member("restricted", until_date=0, **{**_MUTED, "is_member": True})),
        (GROUP, member("restricted", until_date=0, **{**_MUTED, "can_send_messages": True})),
    ],
)
def test_removed_blocked_or_muted(chat: Json, now: Json) -> None:
    found = meaning((update("my_chat_member", change(chat, member("member"), now)),), ME)
    assert found == Left(ChatRef("telegram", str(chat["id"])))


def test_added_to_a_group() -> None:
    found = meaning((update("my_chat_member", change(GROUP, member("left"), member("member"))),), ME)
    assert found == Joined(ChatRef("telegram", "-1005"), "en", is_admin=False)
    assert (
        meaning((update("my_chat_member", change(PRIVATE, member("kicked", until_date=0), member("member"))),), ME)
        is None
    )


def test_a_group_that_became_a_supergroup_says_so_in_both() -> None:
    old = {"id": -12, "type": "group", "title": "Harbour"}
    new = {"id": -1005, "type": "supergroup", "title": "Harbour"}
    for told in (message(old, migrate_to_chat_id=-1005), message(new, migrate_from_chat_id=-12)):
        assert meaning((of(told),), ME) == Moved(ChatRef("telegram", "-12"), ChatRef("telegram", "-1005"))


def test_edited_messages_and_strange_updates_mean_nothing() -> None:
    for kind in ("edited_message", "edited_channel_post"):
        edited = update(kind, message(text="zoom in"))
        assert meaning((edited,), ME) is None
        assert chat_of(edited) is None


@pytest.mark.parametrize("chat", [GROUP, CHANNEL])
def test_words_that_nobody_marked_are_understood_by_their_looks(chat: Json) -> None:
    assert heard(message(chat, text="👩‍👩‍👧 zoom in @STILLREEL_bot")).text == "👩‍👩‍👧 zoom in"
    found = heard(message(chat, text="/animate@stillreel_bot slowly"))
    assert (found.command, found.text) == ("animate", "slowly")
    assert heard(message(chat, text="/help")).command == "help"
    for words in ("/weather", "/help@other_bot", "ann@stillreel_bot.org", "@stillreel_bot2 hello", "a/help"):
        assert meaning((of(message(chat, text=words)),), ME) is None, words
    marked = {"type": "code", "offset": 0, "length": 14}
    assert meaning((of(message(chat, text="@stillreel_bot", entities=[marked])),), ME) is None, "Telegram marks names"
