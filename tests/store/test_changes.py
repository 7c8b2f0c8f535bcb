"""What became of a post after it was said: edits keep both words, deletions keep all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.collect.match_items import match_items
from mentionwatch.collect.save_items import find_item, save_items
from mentionwatch.collect.verdicts import judge_pending
from mentionwatch.identity import words_hash
from mentionwatch.model import Author, Brand, Item, Mention, Term
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BRANDS = (Brand("Acme", terms=(Term("name", "Acme"),)),)
POST = Item(
    "mastodon",
    "post",
    external_id="https://social.example/posts/1",
    url="https://social.example/@jo/1",
    text="Acme is terrible, my parcel is broken and nobody answers",
    language="en",
    author=Author(name="Jo", handle="jo@social.example"),
    published_at=NOON,
)
THANKS = replace(POST, text="Acme is wonderful, they sent a new parcel at once, thank you")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "m.db", write=True) as opened:
        with opened.writing():
            save_items(opened, "social", [POST], NOON, backlog=False, poll_id=None)
        settle(opened, NOON)
        yield opened


def settle(store: Store, now: datetime) -> None:
    """What a scan does with what is stored."""
    match_items(store, BRANDS, now)
    judge_pending(store, BRANDS, now)


def number(store: Store) -> int:
    found = find_item(store, "mastodon", "https://social.example/posts/1")
    assert found is not None
    return found


def told(store: Store, as_of: datetime | None = None) -> Mention:
    (mention,) = store.mentions.find(MentionFilter(as_of=as_of))
    return mention


def label(mention: Mention) -> str:
    assert mention.sentiment is not None
    return mention.sentiment.label


def edit(store: Store, item: Item, at: datetime) -> bool:
    with store.writing():
        changed = store.changes.mark_edited(
            number(store), "social", item, bytes.fromhex(words_hash(item)), at, "edited, says social.example"
        )
    settle(store, at)
    return changed


def test_an_edited_post_is_told_with_its_new_words_and_judged_by_them(store: Store) -> None:
    """What it said before is kept, and `--as-of` still tells that."""
    hour = NOON + timedelta(hours=1)
    before = told(store)

    assert edit(store, THANKS, hour)
    after = told(store)
    assert (after.id, after.item.text, label(after)) == (before.id, THANKS.text, "positive")
    assert (after.edited_at, after.gone_at) == (hour, None)
    assert [after.item.text[m.start : m.end] for m in after.matches] == ["Acme"]
    assert told(store, NOON + timedelta(minutes=59)) == before
    assert (before.item.text, label(before), before.edited_at) == (POST.text, "negative", None)
    (change,) = store.changes.of_item(number(store))
    assert (change.at, change.what, change.text) == (hour, "edited", THANKS.text)
    assert store.housekeeping.verify() == ()


def test_an_edit_that_is_taken_back_is_told_so_too(store: Store) -> None:
    edit(store, THANKS, NOON + timedelta(hours=1))
    assert edit(store, POST, NOON + timedelta(hours=2))
    assert (told(store).item.text, label(told(store))) == (POST.text, "negative")
    assert edit(store, THANKS, NOON + timedelta(hours=3))
    assert (told(store).item.text, told(store).matches[0].start) == (THANKS.text, 0)
    assert [change.text for change in store.changes.of_item(number(store))] == [THANKS.text, POST.text, THANKS.text]


def test_the_same_words_again_are_no_edit(store: Store) -> None:
    assert not edit(store, POST, NOON + timedelta(hours=1))
    edit(store, THANKS, NOON + timedelta(hours=1))
    assert not edit(store, THANKS, NOON + timedelta(hours=2))
    assert told(store).edited_at == NOON + timedelta(hours=1)


def test_who_edits_the_name_out_stays_a_mention_with_the_words_it_was_found_in(store: Store) -> None:
    edit(store, replace(POST, text="never mind"), NOON + timedelta(hours=1))
    assert told(store).item.text == POST.text
    assert told(store).edited_at == NOON + timedelta(hours=1)
    assert store.changes.of_item(number(store))[0].text == "never mind"


def test_a_name_edited_in_makes_a_mention(store: Store) -> None:
    other = replace(POST, external_id="2", url="https://social.example/@jo/2", text="my parcel is broken")
    with store.writing():
        save_items(store, "social", [other], NOON, backlog=False, poll_id=None)
    settle(store, NOON)
    item = find_item(store, "mastodon", "2")
    assert item is not None
    with store.writing():
        edited = replace(other, text="Acme broke my parcel")
        words = bytes.fromhex(words_hash(edited))
        store.changes.mark_edited(item, "social", edited, words, NOON + timedelta(hours=1), "")
    settle(store, NOON + timedelta(hours=1))
    assert "Acme broke my parcel" in [mention.item.text for mention in store.mentions.find(MentionFilter())]


def test_a_post_that_rewrites_itself_for_ever_does_not_fill_the_disk(store: Store) -> None:
    for n in range(40):
        edit(store, replace(POST, text=f"Acme {n}"), NOON + timedelta(minutes=n + 1))
    assert len(store.changes.of_item(number(store))) == 20
    assert store.housekeeping.verify() == ()


def test_a_deleted_post_keeps_its_words_and_counts(store: Store) -> None:
    hour = NOON + timedelta(hours=1)
    with store.writing():
        assert store.changes.mark_gone(number(store), hour, "deleted, says social.example")
        assert not store.changes.mark_gone(number(store), hour + timedelta(hours=1), "deleted")
    assert (told(store).gone_at, told(store).item.text) == (hour, POST.text)
    assert told(store, NOON).gone_at is None
    assert store.mentions.count(MentionFilter()) == {"Acme": 1}


def test_what_comes_back_is_no_longer_gone(store: Store) -> None:
    with store.writing():
        assert not store.changes.mark_back(number(store), NOON, "there again")
        store.changes.mark_gone(number(store), NOON + timedelta(hours=1), "not found twice")
        assert store.changes.mark_back(number(store), NOON + timedelta(hours=2), "there again")
    assert told(store).gone_at is None
    assert told(store, NOON + timedelta(minutes=90)).gone_at == NOON + timedelta(hours=1)


def test_forgetting_takes_edits_along(store: Store) -> None:
    edit(store, THANKS, NOON + timedelta(hours=1))
    with store.writing():
        store.changes.mark_gone(number(store), NOON + timedelta(hours=2), "deleted")
    store.housekeeping.forget("jo", NOON)
    left = {row["name"] for row in store.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"changes", "mention_words"} <= left
    for table in ("changes", "mention_words", "versions", "items"):
        assert store.database.rows(f"SELECT * FROM {table}") == [], table
    assert store.housekeeping.verify() == ()


def test_pruning_takes_edits_along(store: Store) -> None:
    edit(store, THANKS, NOON + timedelta(hours=1))
    with store.writing():
        store.housekeeping.prune(timedelta(days=1), timedelta(days=1), NOON + timedelta(days=3))
    assert store.database.rows("SELECT * FROM mention_words") == store.database.rows("SELECT * FROM changes") == []
    assert store.housekeeping.verify() == ()


def test_the_view_says_what_list_says(store: Store) -> None:
    """Whoever reads the database with other tools sees the words as they are now."""
    edit(store, THANKS, NOON + timedelta(hours=1))
    with store.writing():
        store.changes.mark_gone(number(store), NOON + timedelta(hours=2), "deleted")
    row = store.database.row("SELECT * FROM mentions")
    assert row is not None
    assert (row["text"], row["edited_at"], row["gone_at"]) == (
        THANKS.text,
        "2026-11-20T13:00:00Z",
        "2026-11-20T14:00:00Z",
    )
    assert json.loads(row["matches"])[0]["text"] == "Acme"


_ENTRY = Item(
    "feed",
    "article",
    external_id="lids-1",
    url="https://paper.example/2026/lids",
    title="Acme in Graz",
    text="Acme is wonderful, they sent a new parcel at once, thank you",
    language="en",
    published_at=NOON,
)
_CORRECTED = replace(_ENTRY, text="Acme is terrible, my parcel is broken and I will sue")


def poll(store: Store, source: str, item: Item, at: datetime) -> Mention:
    with store.writing():
        save_items(store, source, [item], at, backlog=False, poll_id=None)
    settle(store, at)
    return next(one for one in store.mentions.find(MentionFilter()) if one.item.url == item.url)


@pytest.mark.parametrize("new_guid", [False, True], ids=["the same guid", "the same address and headline"])
def test_an_entry_that_a_poll_brings_with_other_words_is_edited_and_judged_anew(store: Store, new_guid: bool) -> None:
    """A static site's correction, a post of an account that says "I will sue" since this morning."""
    first = poll(store, "blog", _ENTRY, NOON + timedelta(hours=1))
    now = replace(_CORRECTED, external_id="lids-2") if new_guid else _CORRECTED
    second = poll(store, "blog", now, NOON + timedelta(hours=2))
    again = poll(store, "blog", now, NOON + timedelta(hours=3))

    assert (first.edited_at, label(first)) == (None, "positive")
    assert (second.id, second.item.text, label(second)) == (first.id, _CORRECTED.text, "negative")
    assert second.edited_at == again.edited_at == NOON + timedelta(hours=2)
    assert poll(store, "blog", _ENTRY, NOON + timedelta(hours=4)).item.text == _ENTRY.text
    assert store.housekeeping.verify() == ()


def test_another_source_that_tells_an_entry_otherwise_has_edited_nothing(store: Store) -> None:
    poll(store, "blog", _ENTRY, NOON + timedelta(hours=1))
    excerpt = replace(_ENTRY, external_id="x", text="Acme is wonderful, they sent a new parcel …")
    for hour in (2, 3):
        found = poll(store, "planet", excerpt, NOON + timedelta(hours=hour))

    assert (found.item.text, found.edited_at) == (_ENTRY.text, None)
    assert poll(store, "blog", _ENTRY, NOON + timedelta(hours=4)).edited_at is None


def test_what_a_search_shows_of_a_page_is_no_edit(store: Store) -> None:
    page = replace(_ENTRY, platform="bing_news")
    poll(store, "search", page, NOON + timedelta(hours=1))

    assert poll(store, "search", replace(page, text="… Acme is …"), NOON + timedelta(hours=2)).edited_at is None


def test_a_post_that_a_poll_brings_with_other_words_is_edited(store: Store) -> None:
    found = poll(store, "social", THANKS, NOON + timedelta(hours=1))

    assert (found.item.text, found.edited_at) == (THANKS.text, NOON + timedelta(hours=1))
