"""Drafts of answers: whole or refused, as long as the platform takes, and never posted."""

from __future__ import annotations

import contextlib
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.errors import UserError
from mentionwatch.model import Author, Item, Mention, Template
from mentionwatch.response.post_length import LIMITS, graphemes, measure
from mentionwatch.response.templates import acknowledges, fill_template, placeholders, same_words, values_of
from support.world import MORNING, Ran, World

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1eb\U0001f1f7"


# -- placeholders ------------------------------------------------------------------------------------------------------


def test_placeholders_are_names_and_nothing_else() -> None:
    assert placeholders("{author}, {{not}} {day}: {author}") == ("author", "day")


@pytest.mark.parametrize(
    "text",
    [
        "{author.__class__}", "{0}", "{}", "{author!r}", "{author:>9999999}", "{author[0]}", "{ author }", "{Author}",
        "{a{b}}", "{author", "author}", "{" + "a" * 99 + "}", "{a\n}",
    ],
)  # fmt: skip
def test_what_is_no_name_is_told(text: str) -> None:
    """No attribute, no index, no format can be asked for."""
    with pytest.raises(ValueError, match=r"."):
        placeholders(text)


def mention(**more: Any) -> Mention:
    author = Author(name="Jo {by}", handle="jo@x.example")
    item = Item("mastodon", "post", url="https://social.example/1", author=author)
    return Mention("m_1", "Acme", item, None, "s", MORNING, (), **more)


def test_what_is_put_in_is_one_clean_line_that_is_read_no_further() -> None:
    """A stranger's name holds no placeholder, no line break, no colour and no turn of the text."""
    values = values_of(mention(), "sam") | {"day": "\x1b[31mto\u202emor\nrow\x00 " + "x" * 999}
    made = fill_template(Template("t", "{{{author}}} {handle} {day}", limit=5000), "mastodon", values)

    assert made.text.startswith("{Jo {by}} @jo@x.example ")
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for c in made.text)
    assert len(made.text) < 340


def test_a_draft_with_a_hole_in_it_is_refused() -> None:
    """Every hole is named, known ones and others."""
    with pytest.raises(UserError) as caught:
        fill_template(Template("t", "{title} {day} {by}"), "mastodon", values_of(mention(), "sam"))

    assert [problem.split(" is not ")[0] for problem in caught.value.problems] == ["t: {title}", "t: {day}"]


def test_a_limit_of_ones_own_is_called_so() -> None:
    with pytest.raises(UserError, match="5 characters, 2 too many: its max is 3"):
        fill_template(Template("t", "hello", limit=3), "mastodon", {})


def test_a_template_of_another_platform_is_refused() -> None:
    with pytest.raises(UserError, match="is for reddit, and this was said on mastodon"):
        fill_template(Template("t", "hi", "reddit"), "mastodon", {})


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_value_breaks_a_draft(text: str, value: str) -> None:
    """Whatever stands in a template or a name, it is filled or refused with words."""
    made = ""
    with contextlib.suppress(UserError, ValueError):
        made = fill_template(Template("t", text + "{author}"), "x", {"author": value, "by": "sam"}).text
    assert "{author}" not in made or "{author}" in value


# -- lengths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "platform", "count"),
    [
        ("a" * 280, "x", 280),
        ("é" * 10, "x", 10),
        ("e\u0301" * 10, "x", 10),
        ("日本語", "x", 6),
        ("“quoted” – so", "x", 13),
        (f"hi {FAMILY}", "x", 5),
        (FLAG, "x", 2),
        ("see https://acme.example/a/very/long/path?with=much&more=1 now", "x", 4 + 23 + 4),
        (FAMILY * 3 + FLAG * 2, "bluesky", 5),
        ("e\u0301\r\n각", "bluesky", 3),
        ("👍🏽1\ufe0f\u20e3", "bluesky", 2),
        ("@jo@social.example hi https://acme.example/" + "a" * 99, "mastodon", 3 + 4 + 23),
        ("a" * 700, "stackexchange", 700),
        ("日本語", "reddit", 3),
    ],
)
def test_each_platform_counts_in_its_own_way(text: str, platform: str, count: int) -> None:
    assert measure(text, platform).count == count


@pytest.mark.parametrize("platform", sorted(LIMITS))
def test_what_just_fits_fits_and_one_more_is_told(platform: str) -> None:
    most = LIMITS[platform].most
    assert fill_template(Template("t", "a" * most), platform, {}).measure.over == 0
    with pytest.raises(UserError, match=rf"1 too many: {platform} takes {most:,}"):
        fill_template(Template("t", "a" * (most + 1)), platform, {})


def test_where_no_figure_is_known_none_is_held_against_a_draft() -> None:
    assert fill_template(Template("t", "a" * 9_000), "feed", {}).measure.limit is None
    with pytest.raises(UserError, match="10 characters, 5 too many"):
        fill_template(Template("t", "a" * 10, limit=5), "feed", {})


@given(st.text(max_size=80))
def test_graphemes_lose_nothing(text: str) -> None:
    assert "".join(graphemes(text)) == text


# -- what deserves a second look ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("We are so sorry about this, your refund is on its way.", True),
        ("Thank you so much for letting us know, we will look into it today.", True),
        ("That should not have happened. We will send you a new one tomorrow.", True),
        ("You’re right, and we will do better with the next order.", True),
        ("We cannot apologise enough for what happened to you.", True),
        ("We are not sorry, and there will be no refund for you.", False),
        ("No apology is due from us, please read the terms.", False),
        ("We don't regret that at all, and it was not our fault.", False),
        ("Please open a ticket at our site and wait for an answer.", False),
        ("Have you tried turning it off and on again?", False),
        ("Es tut uns leid, wir kümmern uns sofort um Ihre Bestellung.", None),
    ],
)
def test_whether_an_answer_has_heard(text: str, heard: bool | None) -> None:
    assert acknowledges(text) is heard


def test_the_same_words_are_the_same_whatever_their_dress() -> None:
    assert same_words("Sorry, JO!  It leaves today.", ["x", "sorry jo – it leaves today"])
    assert not same_words("Sorry, Jo! It leaves tomorrow.", ["sorry jo it leaves today"])


# -- as a user meets it ------------------------------------------------------------------------------------------------

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]

[[sources]]
type = "json"
name = "board"
url = "https://board.example/new"
items = "$"
link = "link"
text = "text"
author_handle = "handle"

[[templates]]
name = "late"
text = "Your order leaves {day}, {author}. {by}"

[[templates]]
name = "sorry"
text = "We are sorry about the wait for your order, it leaves today. {by}"
"""
URL = "https://board.example/new"
COMPLAINT = "Acme Coffee charged me twice and nobody answers my mails. Terrible service, I want a refund now."


@pytest.fixture
def inbox(world: World) -> World:
    """Two complaints by Jo are new."""
    world.configure(CONFIG)
    world.serve(URL, json.dumps([{"link": "https://board.example/0", "text": "nothing"}]))
    world.run("scan")
    world.later(minutes=70)
    told = [{"link": f"https://board.example/{n}", "text": f"{COMPLAINT} {n}", "handle": "jo"} for n in (1, 2)]
    world.serve(URL, json.dumps(told))
    assert world.run("scan").status == 0
    return world


def ids(world: World) -> list[str]:
    found = [json.loads(line) for line in world.run("list", "--jsonl").out.splitlines()]
    assert all("complaint" in one["flags"] for one in found)
    return [one["id"] for one in found]


def reply(world: World, *args: str) -> Ran:
    return world.run("reply", "--by", "sam", *args)


def test_a_draft_is_printed_and_nothing_noted(inbox: World) -> None:
    """The clock runs on: nobody has answered yet."""
    one, _ = ids(inbox)
    ran = reply(inbox, one, "--template", "Late", "--set", "day=today", "--set", "author=Jo")

    assert (ran.status, ran.out) == (0, "Your order leaves today, Jo. sam\n")
    assert ran.err == f"{one}: is a complaint, and the draft does not acknowledge it: sorry, thank you for …\n"
    assert json.loads(inbox.run("show", one, "--json").out)["log"] == []


def test_the_same_words_to_the_same_person_are_told(inbox: World) -> None:
    """On another of their posts too, as far as it was noted what was said."""
    one, other = ids(inbox)
    assert reply(inbox, one, "--template", "sorry").err == ""
    noted = reply(inbox, one, "--template", "sorry", "--url", "https://social.example/@acme/1")
    assert (noted.status, noted.out, noted.err) == (0, "", "")
    assert "in the words of “sorry”" in inbox.run("show", one).out

    again = reply(inbox, other, "--template", "sorry")
    assert (again.status, again.out) == (0, "We are sorry about the wait for your order, it leaves today. sam\n")
    assert again.err == f"{other}: the same words went to this person before; put it differently\n"
    assert reply(inbox, other, "--template", "sorry", "--by", "kim").err == ""


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (["--template", "late"], 1, "late: {day} is not filled; say it with --set day=…"),
        (["--template", "lat", "--set", "day=today"], 1, 'did you mean "late"?'),
        (["--template", "late", "--set", "day"], 2, "write name=value"),
        (
            ["--template", "late", "--set", "day=1", "--set", "dya=2"],
            1,
            '"dya": is not a placeholder of late; did you mean "day"?',
        ),
        (["--set", "day=today", "--url", "https://a.example/1"], 2, "fills the placeholders of a --template"),
        (["--template", "sorry", "--promise", "refund by Fri"], 2, "is recorded with --url or --private"),
        ([], 2, "Give --url URL, or --private"),
    ],
)
def test_what_cannot_be_drafted_is_told(inbox: World, args: list[str], status: int, said: str) -> None:
    one, _ = ids(inbox)
    ran = reply(inbox, one, *args)

    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err


def test_one_at_a_time(inbox: World) -> None:
    ran = reply(inbox, *ids(inbox), "--template", "sorry")
    assert (ran.status, ran.out) == (2, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "a"\ntext = "{author.__class__}"\n', "{author.__class__} is not a placeholder"),
        ('name = "a"\ntext = "hi {author"\n', "a { is single"),
        ('name = "a"\ntext = "hi"\nplatform = "blusky"\n', 'did you mean "bluesky"?'),
        ('name = "a"\ntext = "hi"\nmax = 0\n', "templates[2].max"),
        ('name = "LATE"\ntext = "hi"\n', "was used on line"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_line(inbox: World, text: str, said: str) -> None:
    inbox.configure(CONFIG + "[[templates]]\n" + text)
    ran = inbox.run("check")

    assert ran.status == 78
    assert said in ran.err
    assert "mentionwatch.toml:" in ran.err
