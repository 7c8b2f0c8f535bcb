"""The user's own rules, the people they know, and what they say of a verdict – as they meet it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from mentionwatch.errors import UserError
from mentionwatch.judge import NO_RULES, Rulebook, judge, rules_version
from mentionwatch.match.people import People, account_of
from mentionwatch.match.view import ItemView
from mentionwatch.model import Account, Author, Brand, Engagement, Item, Person, Rule
from mentionwatch.query.evaluate import compile as compile_query
from mentionwatch.query.facts import Facts
from mentionwatch.query.fault import QueryError
from mentionwatch.query.parse import parse
from mentionwatch.query.write import format
from world import Ran, World

BASE = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]

[[sources]]
type = "json"
name = "board"
url = "https://board.example/new"
items = "posts"
link = "link"
text = "text"
text_is = "plain"
author = "name"
author_handle = "handle"
followers = "followers"
replies = "replies"
rating = "stars"
published = "at"
every = "1m"
"""
URL = "https://board.example/new"
COMPLAINT = "Acme Coffee charged me twice and nobody answers, I want a refund. Terrible."
CALM = "Acme Coffee opens a shop at the quay."


class Desk(World):
    """A user's machine beside a board of posts."""

    posts: list[dict[str, Any]]

    def begin(self, more: str = "") -> None:
        """Configure, and scan a board that has nothing to say yet."""
        self.posts = [{"link": "https://board.example/p/old", "text": "nothing", "at": self.now.isoformat()}]
        self.rules(more)
        self.scan()

    def rules(self, more: str) -> None:
        self.configure(BASE + more)

    def say(self, text: str, handle: str = "jo", **more: object) -> None:
        number = len(self.posts)
        post = {"link": f"https://board.example/p/{number}", "text": text, "handle": handle, "at": self.now.isoformat()}
        self.posts.insert(0, post | more)

    def scan(self) -> Ran:
        self.later(minutes=10)
        self.serve(URL, json.dumps({"posts": self.posts}))
        ran = self.run("scan")
        assert (ran.status, ran.out, ran.err) == (0, "", "")
        return ran

    def mentions(self, *args: str) -> list[dict[str, Any]]:
        """Oldest first."""
        ran = self.run("list", "--jsonl", *args)
        assert ran.err == ""
        return [json.loads(line) for line in ran.out.splitlines()][::-1]

    def log(self, mention: str) -> list[tuple[str, str, object]]:
        """Who did what."""
        told = json.loads(self.run("show", mention, "--json").out)
        return [(one["by"], one["action"], one["data"].get("to")) for one in told["log"]]


@pytest.fixture
def desk(tmp_path: Any) -> Desk:
    return Desk(tmp_path)


def rule(when: str, then: str, name: str = "press") -> str:
    return f"\n[[rules]]\nname = {json.dumps(name)}\nwhen = {json.dumps(when)}\nthen = {{ {then} }}\n"


# -- what a rule may ask -----------------------------------------------------------------------------------------------

KNOWN = Item(
    platform="mastodon",
    kind="post",
    text="this is awful, refund",
    author=Author(handle="jo@x.example", followers=20_000),
    rating=2.0,
    engagement=Engagement(replies=3),
)
FACTS = Facts("Acme Coffee", "mast-1", "negative", "high", ("complaint",), "Dana Reyes", "journalist")


@pytest.mark.parametrize(
    "query",
    [
        "followers>10k", "followers:>=20000", "followers>=20k", "stars<=2", "stars=2", "stars:2", "rating<3",
        "replies<5",
        "sentiment:(negative OR neutral)", "-sentiment:positive", "flag:complaint refund", 'brand:"acme coffee"',
        "brand:acme*", "source:mastodon", "source:mast-1", "platform:mastodon", "kind:post", "-lang:en",
        'person:"Dana Reyes" role:journalist', "person:dana*", "urgency:high", "author:jo", "views>5 OR replies>2",
    ],
)  # fmt: skip
def test_what_a_rule_may_ask_holds(query: str) -> None:
    """Verdict, counts, brand, source, people, and all that a query may ask; written out, it reads the same."""
    assert compile_query(query, True).decides(ItemView(KNOWN), FACTS) is not None
    assert parse(format(parse(query, True)), True) == parse(query, True)


@pytest.mark.parametrize(
    "query",
    [
        "followers>20k", "followers<20000", "stars>2", "views>0", "views<5", "likes=0", "sentiment:none", "role:troll",
        "flag:praise", "brand:acme", "source:mast", "person:dana", "urgency:(urgent OR low)", "lang:en", "tea",
    ],
)  # fmt: skip
def test_what_is_not_so_or_not_known_does_not_hold(query: str) -> None:
    """A count that no source gave is neither more nor less than any number."""
    assert compile_query(query, True).decides(ItemView(KNOWN), FACTS) is None


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("followers>many", "many is no number"),
        ("sentiment:bad", "one of negative, neutral, positive, none"),
        ("role:", "nothing stands after role:"),
        ("flag:rude", "one of complaint, question, praise, abuse"),
        ("followers>", "is no number"),
        ("sentimant:x", "there is no field sentimant:"),
    ],
)
def test_what_a_rule_cannot_ask_is_told_with_its_mend(query: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query, True)
    assert said in str(caught.value)


def test_a_brands_query_knows_nothing_of_verdicts() -> None:
    """It is read before anything is judged; what reads like a comparison is text there."""
    with pytest.raises(QueryError, match="known of mentions only"):
        parse("acme sentiment:negative")
    assert format(parse("followers>10")) != format(parse("followers>10", True))


# -- judging -----------------------------------------------------------------------------------------------------------

BRAND = Brand("Acme Coffee")


def test_rules_apply_in_order_and_each_sees_what_those_before_it_left() -> None:
    book = Rulebook(
        (
            Rule("first", "refund", urgency="high", tags=("money",), assign="jo"),
            Rule("second", "urgency:high -lang:de", urgency="urgent", tags=("money", "now"), assign="sam"),
            Rule("third", "urgency:low", urgency="low"),
        )
    )
    made = judge(Item("feed", "post", text="Acme Coffee, a refund"), BRAND, book=book)

    assert made.urgency.level == "urgent"
    assert made.urgency.reasons[:2] == (
        "rule “second”: urgency:high AND NOT lang:de",
        "rule “first”: refund",
    )
    assert made.tags == ("money", "now")
    assert [hit.rule for hit in made.hits] == ["first", "second"]
    assert [(move.by, move.to) for move in made.moves] == [("rule:second", "sam")]


@pytest.mark.parametrize("held", ["own", "backlog"])
def test_what_is_ours_or_was_there_before_is_only_marked(held: str) -> None:
    book = Rulebook((Rule("all", "acme", urgency="urgent", tags=("seen",), assign="jo"),))
    made = judge(Item("feed", "post", text="Acme Coffee"), BRAND, book=book, **{held: True})  # type: ignore[arg-type]

    assert (made.urgency.level, made.tags, made.moves) == ("low", ("seen",), ())


def test_who_speaks_raises_or_holds_down() -> None:
    """A journalist's question is high whatever its tone; a customer's complaint counts more; a troll wakes nobody."""

    def said(text: str, role: str) -> tuple[str, tuple[str, ...]]:
        people = (Person("Dana", role, (Account("dana", "reddit"),)),)  # type: ignore[arg-type]
        item = Item("reddit", "post", text=text, author=Author(handle="Dana"))
        made = judge(item, BRAND, book=Rulebook(people=people))
        assert (made.person, made.role) == ("Dana", role)
        return made.urgency.level, made.urgency.reasons

    asks = "Who speaks for Acme Coffee about the new shop at the quay?"
    assert said(asks, "journalist")[0] == "high"
    assert said(asks, "partner")[0] == "normal"
    order = ["low", "normal", "high", "urgent"]
    assert order.index(said(COMPLAINT, "customer")[0]) >= order.index(said(COMPLAINT, "partner")[0])
    assert "a customer of [[people]]" in said(COMPLAINT, "customer")[1]
    assert said(COMPLAINT, "troll") == ("low", ("a troll of [[people]]: told in no alert",))


def test_a_configuration_without_rules_judges_as_ever() -> None:
    """Nobody's mentions are judged again because the program has learnt of rules."""
    assert rules_version(BRAND) == rules_version(BRAND, NO_RULES) == rules_version(BRAND, Rulebook())
    assert len(rules_version(BRAND).split()) == 2


# -- people ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "known"),
    [
        (Item("reddit", "post", author=Author(handle="Dana_R")), True),
        (Item("reddit", "post", author=Author(handle="u/dana_r")), True),
        (Item("hackernews", "post", author=Author(handle="dana_r")), False),
        (Item("mastodon", "post", author=Author(handle="@dana@social.example")), True),
        (Item("lemmy", "post", author=Author(handle="dana@social.example")), True),
        (Item("mastodon", "post", author=Author(handle="dana@other.example")), False),
        (Item("feed", "article", author=Author(name="Dana_R")), False),
        (Item("feed", "article", author=Author(url="https://www.press.example/authors/dana?x=1")), True),
        (Item("feed", "article", author=Author(url="https://press.example/authors/danae")), False),
        (Item("feed", "article", url="https://blog.dana.example/2026/acme"), True),
        (Item("feed", "article", url="https://notdana.example/2026/acme"), False),
        (Item("feed", "article", url="https://press.example/authors/dana", author=Author(url="javascript:1")), True),
        (Item("feed", "article"), False),
    ],
)
def test_people_are_known_by_account_and_page_and_never_by_their_shown_name(item: Item, known: bool) -> None:
    """Anybody can call themselves Dana; the same handle on another platform is somebody else."""
    dana = Person(
        "Dana",
        "journalist",
        (account_of("reddit:u/Dana_R"), account_of("@dana@social.example")),
        ("press.example/authors/dana", "https://dana.example/"),
    )
    assert (People([dana]).who(item, "Acme Coffee") is not None) is known


def test_of_two_who_fit_the_first_who_is_meant_for_the_brand() -> None:
    item = Item("reddit", "post", author=Author(handle="jo"))
    account = (Account("jo", "reddit"),)
    people = People([Person("a", "troll", account, brands=("Tea",)), Person("b", "customer", account)])

    assert [one.name for brand in ("Tea", "Coffee") if (one := people.who(item, brand))] == ["a", "b"]


@pytest.mark.parametrize("written", ["dana", "@dana", "", "@", "reddit:", "reddit: ", "a b@c.example"])
def test_a_handle_that_may_be_anybody_is_refused(written: str) -> None:
    with pytest.raises(UserError):
        account_of(written)


# -- as a user meets it ------------------------------------------------------------------------------------------------


def test_a_rule_is_seen_wherever_the_mention_is(desk: Desk) -> None:
    """In JSON, in `show`, in `why`, in the view; with the clause that decided."""
    desk.begin(rule("followers>10k OR shop", 'urgency = "urgent", tag = ["press", "Quay"], assign = "sam"'))
    desk.say(CALM, followers=3)
    desk.scan()

    (told,) = desk.mentions()
    assert told["urgency"] == {
        "level": "urgent",
        "reasons": ["rule “press”: shop", "nothing in it asks for an answer"],
    }
    assert (told["tags"], told["rules"], told["assignee"], told["status"]) == (
        ["press", "quay"],
        ["press"],
        "sam",
        "open",
    )
    assert desk.log(told["id"]) == [("rule:press", "assign", "sam")]
    assert "press: shop" in desk.run("show", told["id"]).out
    why = desk.run("why", told["id"]).out
    assert "rule 'press': shop" in why
    assert "tagged press, quay" in why
    with sqlite3.connect(desk.folder / "mentions.db") as database:
        row = database.execute("SELECT tags, rules FROM mentions").fetchone()
    database.close()
    assert row == ('["press","quay"]', '["press"]')


def test_a_rule_acts_once_and_never_against_somebody(desk: Desk) -> None:
    """Taken back, it is not done again, however often `scan` runs and whatever changes; nor where somebody was."""
    desk.begin(rule("acme", 'assign = "sam"'))
    desk.say(CALM)
    desk.say(COMPLAINT)
    desk.scan()
    one, other = (desk.mentions(word)[0]["id"] for word in ("quay", "refund"))
    assert desk.run("undo", one, "--by", "jo").status == 0
    assert desk.run("assign", other, "jo", "--by", "jo").status == 0

    desk.posts[-1] |= {"replies": 40}
    desk.posts[-2] |= {"replies": 40}
    desk.scan()
    desk.rules(rule("acme AND replies>30", 'assign = "kim"'))
    desk.scan()

    assert desk.log(one) == [("rule:press", "assign", "sam"), ("jo", "undo", None)]
    assert desk.log(other)[1:] == [("jo", "assign", "jo")]


def test_a_new_rule_judges_the_past_and_leaves_what_was_done_about_it(desk: Desk) -> None:
    """Urgency and tags hold for every mention from the next scan on; nobody finds a year of posts assigned to them."""
    desk.begin()
    desk.say(CALM)
    desk.scan()
    assert desk.mentions()[0]["tags"] == []

    desk.rules(rule("quay", 'urgency = "high", tag = "quay", assign = "sam"'))
    desk.say("Acme Coffee at the quay again")
    desk.scan()

    old, new = desk.mentions()
    assert [(m["urgency"]["level"], m["tags"], m["assignee"]) for m in (old, new)] == [
        ("high", ["quay"], None),
        ("high", ["quay"], "sam"),
    ]

    desk.rules("")
    desk.scan()
    assert [(m["urgency"]["level"], m["tags"]) for m in desk.mentions()] == [("low", []), ("low", [])]


def test_ignoring_by_rule_is_an_entry_like_any_other(desk: Desk) -> None:
    desk.begin(rule("shop", "ignore = true", "noise"))
    desk.say(CALM)
    desk.scan()

    (told,) = desk.mentions()
    assert told["status"] == "ignored"
    assert desk.log(told["id"]) == [("rule:noise", "ignore", None)]
    assert desk.run("reopen", told["id"], "--by", "jo").status == 0
    desk.scan()
    assert desk.mentions()[0]["status"] == "open"


def test_people_are_told_of_in_the_mention(desk: Desk) -> None:
    """Role and name in JSON, `show` and `why`; who sees to them gets what they say."""
    desk.begin(
        '\n[[people]]\nname = "Dana Reyes"\nrole = "journalist"\nhandles = ["json:dana"]\nassign = "sam"\n'
        '[[people]]\nname = "We"\nrole = "own"\nhandles = ["json:acme_team"]\n'
    )
    desk.say("Acme Coffee: who can tell me more?", handle="Dana")
    desk.say(CALM, handle="acme_team")
    desk.say(CALM + " Nice.", handle="dan")
    desk.scan()

    said = {m["author"]["handle"]: m for m in desk.mentions()}
    dana, ours, other = said["Dana"], said["acme_team"], said["dan"]
    assert (dana["author"]["person"], dana["author"]["role"]) == ("Dana Reyes", "journalist")
    assert (dana["urgency"]["level"], dana["assignee"]) == ("high", "sam")
    assert desk.log(dana["id"]) == [("person:Dana Reyes", "assign", "sam")]
    assert (ours["own"], ours["author"]["role"], other["own"], other["author"]["role"]) == (True, "own", False, None)
    assert "Dana Reyes, journalist" in desk.run("show", dana["id"]).out
    assert "by Dana Reyes, journalist" in desk.run("why", dana["id"]).out


def test_a_label_outranks_the_verdict_at_once(desk: Desk) -> None:
    """In list and filter, with who said so; taken back, what was read in it holds again."""
    desk.begin()
    desk.say(COMPLAINT)
    desk.scan()
    (before,) = desk.mentions("--sentiment", "negative")

    assert desk.run("label", before["id"], "positive", "--by", "jo").status == 0
    (after,) = desk.mentions("--sentiment", "positive")
    assert after["sentiment"]["reasons"] == ["labelled by jo"]
    assert (after["urgency"]["level"], "complaint" in after["flags"]) == ("low", False)
    desk.scan()
    assert desk.mentions() == [after]

    desk.run("undo", before["id"], "--by", "jo")
    assert desk.mentions()[0]["sentiment"] == before["sentiment"]


# -- what is wrong in the configuration --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rule("acme", 'urgency = "very"'), "rules[0].then.urgency"),
        (rule("acme", 'colour = "red"'), "rules[0].then.colour: unknown key"),
        (rule("acme", ""), "says nothing; write urgency, assign, tag, ignore or notify"),
        (rule("acme (", 'tag = "x"'), "rules[0].when: column"),
        (rule("person:dana", 'tag = "x"'), 'there is no person "dana"'),
        (rule('brand:"Acme Cofee"', 'tag = "x"'), 'did you mean "Acme Coffee"?'),
        (rule("acme", 'notify = "oncal"'), 'there is no [[notify]] "oncal"'),
        (rule("acme", 'ignore = true, assign = "jo"'), "ignore and assign contradict each other"),
        (rule("acme", 'tag = "two words"'), "is no tag"),
        (rule("acme", 'assign = "joe"') + '[response]\nteam = ["jo"]\n', 'did you mean "jo"?'),
        (rule("a1", 'tag = "x"') + rule("a2", 'tag = "y"'), '"press" was given on line'),
        ('[[people]]\nname = "D"\nrole = "friend"\nhandles = ["reddit:d"]\n', "people[0].role"),
        ('[[people]]\nname = "D"\nrole = "troll"\nhandles = ["@dana"]\n', "say which, as in reddit:dana"),
        ('[[people]]\nname = "D"\nrole = "troll"\nhandles = ["redit:dana"]\n', 'did you mean "reddit"?'),
        ('[[people]]\nname = "D"\nrole = "troll"\n', "nothing tells them; write handles or urls"),
        ('[[people]]\nname = "D"\nrole = "troll"\nurls = ["dana"]\n', "is no page"),
        ('[[people]]\nname = "D"\nrole = "troll"\nurls = ["d.example"]\nbrands = ["X"]\n', 'there is no brand "X"'),
        (
            "".join(f'[[people]]\nname = "{n}"\nrole = "troll"\nhandles = ["reddit:d"]\n' for n in "DE"),
            '"reddit:d" is the person on line',
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(desk: Desk, text: str, said: str) -> None:
    desk.configure(BASE + text)
    ran = desk.run("check")

    assert ran.status == 78
    assert said in ran.err
    assert all(line.startswith("mentionwatch.toml:") or ".toml:" in line for line in ran.err.splitlines())


def test_nobody_signs_as_a_rule(desk: Desk) -> None:
    """What a rule did can be told from what somebody did."""
    desk.begin()
    desk.say(CALM)
    desk.scan()
    ran = desk.run("ack", desk.mentions()[0]["id"], "--by", "rule:press")

    assert ran.status == 2
    assert "is how rules sign" in ran.err
