"""The user's own rules, the people they know, and what they say of a verdict – as they meet it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from mentionwatch.analysis import NO_RULES, Rulebook, analyse, rules_version
from mentionwatch.analysis.default_rules import default_rules
from mentionwatch.analysis.episode_replay import MentionSample, episodes
from mentionwatch.analysis.urgency import GROUP_POINTS, LEVELS, NEW_POINTS, SNOWBALL_POINTS, WAITS_POINTS
from mentionwatch.errors import UserError
from mentionwatch.match.people import People, parse_account
from mentionwatch.match.view import ItemView
from mentionwatch.model import Account, Author, Brand, Engagement, Item, Person, Rule
from mentionwatch.query.errors import QueryError
from mentionwatch.query.evaluate import compile_query
from mentionwatch.query.mention_fields import MentionValues
from mentionwatch.query.parse import parse
from mentionwatch.query.unparse import unparse
from support.paths import ROOT
from support.tables import rows
from support.world import Ran, Reply, World

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

    def told(self, hook: str) -> list[tuple[str, str]]:
        """What a webhook was told: kind and words of each event, and of nothing a mention of which is not there."""
        bodies = [json.loads(asked.content) for asked in self.network.asked if asked.url.path == hook]
        words = {m["id"]: m["text"] for body in bodies for m in body["mentions"]}
        return [(event["event"], words[event["mention"]]) for body in bodies for event in body["events"]]

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
FACTS = MentionValues("Acme Coffee", "mast-1", "negative", "high", ("complaint",), "Dana Reyes", "journalist")


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
    assert parse(unparse(parse(query, True)), True) == parse(query, True)


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
        ("followers>many", "many is not a number"),
        ("sentiment:bad", "one of negative, neutral, positive, none"),
        ("role:", "nothing follows role:"),
        ("flag:rude", "one of complaint, question, praise, abuse"),
        ("followers>", "is not a number"),
        ("sentimant:x", "there is no field sentimant:"),
    ],
)
def test_what_a_rule_cannot_ask_is_told_with_its_mend(query: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query, True)
    assert said in str(caught.value)


def test_a_brands_query_knows_nothing_of_verdicts() -> None:
    """It is read before anything is judged; what reads like a comparison is text there."""
    with pytest.raises(QueryError, match="known for mentions only"):
        parse("acme sentiment:negative")
    assert unparse(parse("followers>10")) != unparse(parse("followers>10", True))


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
    made = analyse(Item("feed", "post", text="Acme Coffee, a refund"), BRAND, book=book)

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
    made = analyse(Item("feed", "post", text="Acme Coffee"), BRAND, book=book, **{held: True})  # type: ignore[arg-type]

    assert (made.urgency.level, made.tags, made.moves) == ("low", ("seen",), ())


def test_who_speaks_raises_or_holds_down() -> None:
    """A journalist's question is high whatever its tone; a customer's complaint counts more; a troll wakes nobody."""

    def said(text: str, role: str) -> tuple[str, tuple[str, ...]]:
        people = (Person("Dana", role, (Account("dana", "reddit"),)),)  # type: ignore[arg-type]
        item = Item("reddit", "post", text=text, author=Author(handle="Dana"))
        made = analyse(item, BRAND, book=Rulebook(people=people))
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
        (parse_account("reddit:u/Dana_R"), parse_account("@dana@social.example")),
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
        parse_account(written)


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
    assert rows(desk.folder, "SELECT tags, rules FROM mentions") == [('["press","quay"]', '["press"]')]


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


def test_a_label_holds_also_where_the_clock_was_set_back(desk: Desk) -> None:
    """The last that was said holds, and not the last by a clock that was wrong."""
    desk.begin()
    desk.say(COMPLAINT)
    desk.scan()
    (found,) = desk.mentions()
    desk.later(hours=-5)

    assert desk.run("label", found["id"], "positive").status == 0
    assert desk.mentions()[0]["sentiment"]["label"] == "positive"
    assert desk.run("undo", found["id"]).status == 0
    assert desk.mentions()[0]["sentiment"]["label"] == "negative"


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
        (rule("acme", ""), "does nothing; write urgency, assign, tag, ignore or notify"),
        (rule("acme (", 'tag = "x"'), "rules[0].when: column"),
        (rule("person:dana", 'tag = "x"'), 'there is no person "dana"'),
        (rule('brand:"Acme Cofee"', 'tag = "x"'), 'did you mean "Acme Coffee"?'),
        (rule("acme", 'notify = "oncal"'), 'there is no [[notify]] "oncal"'),
        (rule("acme", 'ignore = true, assign = "jo"'), "ignore and assign contradict each other"),
        (rule("acme", 'tag = "two words"'), "is not a tag"),
        (rule("acme", 'assign = "joe"') + '[response]\nteam = ["jo"]\n', 'did you mean "jo"?'),
        (rule("a1", 'tag = "x"') + rule("a2", 'tag = "y"'), '"press" was used on line'),
        ('[[people]]\nname = "D"\nrole = "friend"\nhandles = ["reddit:d"]\n', "people[0].role"),
        ('[[people]]\nname = "D"\nrole = "troll"\nhandles = ["@dana"]\n', "say which, as in reddit:dana"),
        ('[[people]]\nname = "D"\nrole = "troll"\nhandles = ["redit:dana"]\n', 'did you mean "reddit"?'),
        ('[[people]]\nname = "D"\nrole = "troll"\n', "nothing identifies them; write handles or urls"),
        ('[[people]]\nname = "D"\nrole = "troll"\nurls = ["dana"]\n', "is not a page"),
        ('[[people]]\nname = "D"\nrole = "troll"\nurls = ["d.example"]\nbrands = ["X"]\n', 'there is no brand "X"'),
        (
            "".join(f'[[people]]\nname = "{n}"\nrole = "troll"\nhandles = ["reddit:d"]\n' for n in "DE"),
            '"reddit:d" is the person on line',
        ),
        ('[[rules]]\nname = "a"\nthen = { ignore = true }\n', "when is missing; a query, which may ask for"),
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


# -- the command -------------------------------------------------------------------------------------------------------


def test_all_rules_are_on_one_screen(desk: Desk) -> None:
    """The built-in ones with the figures that judge, then one's own in their order, and the people by role."""
    desk.configure(
        BASE
        + rule("followers>10k", 'urgency = "urgent", assign = "jo", tag = "press"')
        + '[[people]]\nname = "D"\nrole = "troll"\nhandles = ["reddit:d"]\n'
    )
    told = desk.run("rules").out
    for part in (
        "harm",
        "+4",
        "6 points and more",
        "when followers>10k",
        "then urgency urgent; assign jo; tag",
        "1 troll",
    ):
        assert part in told
    assert len(told.splitlines()) <= 46
    rows = json.loads(desk.run("rules", "list", "--json").out)["rules"]
    assert rows[-1] == {
        "name": "press",
        "built_in": False,
        "when": "followers>10k",
        "then": {"urgency": "urgent", "assign": "jo", "tag": ["press"], "ignore": False, "notify": []},
    }
    assert all(row["built_in"] for row in rows[:-1])
    assert desk.run("rules", "list", "--jsonl").out.count("\n") == len(rows)


def test_the_table_of_the_docs_is_the_list_of_the_program(desk: Desk) -> None:
    """docs/judging.md says no other figures."""
    page = (ROOT / "docs" / "judging.md").read_text()
    for name, _, then in default_rules():
        if then.startswith("+") and name in GROUP_POINTS:
            assert any(f"**{name}**" in row and row.endswith(f"| {then[1:]} |") for row in page.splitlines())
    # What changes with time is in the list like all else: what grows, and what waits.
    told = {condition: then for _, condition, then in default_rules()}
    for least, points in NEW_POINTS:
        assert told[f"{least} or more new replies or shares in the last hour"] == f"+{points}"
    assert told["a snowball: 15 of them, doubling within 3 h"] == f"+{SNOWBALL_POINTS}"
    assert told["negative, and unanswered for more than 24 h"] == f"+{WAITS_POINTS}"
    for least, level in LEVELS[:2]:
        assert any(f"{least}" in row and level in row for row in page.splitlines() if row.startswith("|"))


def test_a_changed_configuration_is_tried_before_it_holds(desk: Desk) -> None:
    """What each rule fits, with examples, and what would be otherwise; nothing is written."""
    desk.begin()
    desk.say(CALM)
    desk.say("Acme Coffee is here")
    desk.scan()
    before = desk.mentions()
    new = desk.folder / "new.toml"
    new.write_text(
        f'database = "{desk.folder / "mentions.db"}"\n'
        + BASE
        + rule("quay", 'urgency = "high", tag = "quay"')
        + rule("nothing-of-that", "ignore = true", "none"),
        encoding="utf-8",
    )

    ran = desk.run("rules", "test", "--config", str(new))
    assert (ran.status, ran.err) == (0, "")
    for part in (
        "2 mentions since",
        "press: matches 1 (50.0%)",
        "none: matches 0",
        "no stored mention",
        "1 low → high",
    ):
        assert part in ran.out
    told = json.loads(desk.run("rules", "test", "--config", str(new), "--json").out)
    quay = next(m["id"] for m in before if "quay" in m["text"])
    assert (told["mentions"], told["rules"][0]["examples"], told["retagged"]) == (2, [quay], 1)
    assert told["urgency"] == [{"from": "low", "to": "high", "mentions": 1}]
    assert desk.mentions() == before


def test_a_query_is_tried_without_writing_it_anywhere(desk: Desk) -> None:
    desk.begin()
    desk.say(CALM)
    desk.scan()
    assert "--when: matches 1 (100.0%); nothing: it is only tried" in desk.run("rules", "test", "--when", "quay").out
    wrong = desk.run("rules", "test", "--when", "sentiment:bad")
    assert (wrong.status, wrong.out) == (1, "")
    assert wrong.err.startswith("--when: column 11: there is no sentiment bad")


def test_a_rule_that_fits_everything_is_told_by_check(desk: Desk) -> None:
    """With the share of what is stored; before anything is stored there is nothing to say."""
    text = rule("acme", 'tag = "all"') + rule("quay", 'tag = "quay"', "some")
    desk.begin(text)
    assert "ok       rule press: acme" in desk.run("check").out
    for n in range(25):
        desk.say(f"Acme Coffee number {n} {'quay' if n % 3 == 0 else ''}")
    desk.scan()
    ran = desk.run("check")

    assert ran.status == 0
    assert "warning  rule press: matches 100% of the newest 25 mentions: too broad to help" in ran.out
    assert "ok       rule some: quay" in ran.out
    assert "it matches nearly everything" in desk.run("rules", "test").out


def test_replay_says_how_often_it_would_have_fired(desk: Desk) -> None:
    """Week by week: rules, levels, clocks, spikes, and what each of [[notify]] would have been told, a story once."""
    desk.environ["HOOK"] = "json+https://hook.example/"
    desk.begin()
    for n in range(3):
        desk.say(f"{COMPLAINT} I will sue you, fraud! Number {n} {'x' * n}", handle="jo", link=f"https://b.example/{n}")
        desk.scan()
        desk.later(days=7)
    desk.rules(
        rule("fraud", 'tag = "legal"')
        + '[[notify]]\nname = "oncall"\nurl = { env = "HOOK" }\nwhen = ["urgent", "overdue", "spike"]\n'
        + '[[notify]]\nname = "press"\nurl = { env = "HOOK" }\nwhen = ["rule"]\nroles = ["journalist"]\n'
        + '[response]\nreply_within = { urgent = "1h" }\n'
    )
    ran = desk.run("rules", "replay", "--since", "28d", "--json")
    assert (ran.status, ran.err) == (0, "")
    rows = {(row["what"], row["name"]): row for row in json.loads(ran.out)["rows"]}

    assert rows["rule", "press"]["fired"] == 3
    assert rows["level", "urgent"]["fired"] == 3
    assert sum(rows["rule", "press"]["per_week"]) == 3
    assert len(rows["rule", "press"]["per_week"]) == 4
    assert max(rows["rule", "press"]["per_week"]) == 1
    assert 1 <= rows["alert oncall", "urgent"]["fired"] <= 3
    assert rows["alert oncall", "overdue"]["fired"] == rows["clock", "answered too late, or not yet"]["fired"] >= 2
    assert ("alert press", "rule") not in rows
    assert "rule: press" in desk.run("rules", "replay").out
    assert "is in the future" in desk.run("rules", "replay", "--since", "2027-01-01").err


def test_episodes_keep_their_rest_when_replayed() -> None:
    """A burst of two days begins two episodes at most a day apart, and a calm brand none."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    calm = [MentionSample(start + timedelta(hours=n), False) for n in range(24 * 20)]
    assert episodes(calm, start, start + timedelta(days=15), start + timedelta(days=20)) == ([], [])

    burst = [MentionSample(start + timedelta(days=16, minutes=n), True) for n in range(0, 48 * 60, 2)]
    told = sorted([*calm, *burst], key=lambda one: one.at)
    volume, negative = episodes(told, start, start + timedelta(days=15), start + timedelta(days=20))
    assert volume
    assert negative
    for times in (volume, negative):
        assert all(b - a >= timedelta(hours=24) for a, b in pairwise(times))
        assert timedelta(days=16) <= times[0] - start <= timedelta(days=16, hours=6)


def test_the_past_is_acted_on_when_asked_and_once(desk: Desk) -> None:
    desk.begin()
    desk.say(CALM)
    desk.say(COMPLAINT)
    desk.scan()
    one, other = (desk.mentions(word)[0]["id"] for word in ("quay", "refund"))
    assert desk.run("ack", other, "--by", "jo").status == 0
    desk.later(minutes=1)
    desk.rules(rule("acme", 'assign = "sam", tag = "ours"'))

    assert desk.run("rules", "apply", "--dry-run").out == "1 entry in the log would be made, 0 mentions judged again\n"
    assert desk.log(one) == []
    assert desk.run("rules", "apply").out == "1 entry in the log made, 2 mentions judged again\n"
    assert desk.run("rules", "apply").out == "0 entries in the log made, 0 mentions judged again\n"
    assert desk.log(one) == [("rule:press", "assign", "sam")]
    assert desk.log(other) == [("jo", "ack", None)]
    assert all(m["tags"] == ["ours"] for m in desk.mentions())


# -- told at once ------------------------------------------------------------------------------------------------------

HOOKS = """
[[notify]]
name = "oncall"
url = { env = "ONCALL" }
when = ["urgent", "overdue", "spike"]

[[notify]]
name = "press"
url = { env = "PRESS" }
when = ["person", "overdue", "rule"]
roles = ["journalist"]
rules = ["quay", "any"]

[[people]]
name = "Dana"
role = "journalist"
handles = ["json:dana"]

[[people]]
name = "Grump"
role = "troll"
handles = ["json:grump"]
note = "Writes every Friday."

[response]
hours = "Mon-Sun 00:00-24:00"
reply_within = { urgent = "30m", low = "30m", normal = "30m" }
"""
FIRE = "The Acme Coffee machine caught fire and burnt my hand. This is dangerous, I am calling my lawyer."


def hooked(desk: Desk, more: str = "") -> None:
    for name in ("oncall", "press"):
        desk.environ[name.upper()] = f"json+https://hook.example/{name}"
        desk.network.pages[f"https://hook.example/{name}"] = Reply(b"ok")
    desk.begin(HOOKS + rule("quay", 'notify = "oncall"', "quay") + rule("acme", 'tag = "any"', "any") + more)


def test_alerts_go_to_those_a_rule_names_and_those_who_asked_for_these_people(desk: Desk) -> None:
    """Each once, however often `scan` runs; one mention is one event to one name."""
    hooked(desk)
    desk.say(CALM, "jo")
    desk.say("Acme Coffee as Dana sees it", "dana")
    desk.say(FIRE, "kim")
    desk.scan()
    desk.scan()

    assert sorted(desk.told("/oncall")) == [("rule", CALM), ("urgent", FIRE)]
    assert desk.told("/press") == [("rule", "Acme Coffee as Dana sees it")]
    desk.later(minutes=40)
    desk.scan()
    assert {kind for kind, _ in desk.told("/press")} == {"rule", "overdue"}
    assert {text for _, text in desk.told("/press")} == {"Acme Coffee as Dana sees it"}
    assert ("overdue", CALM) in desk.told("/oncall")


def test_a_troll_is_counted_and_wakes_nobody(desk: Desk) -> None:
    """Whatever a rule says of them: kept, listed, in the digest's count with how many are muted, and in no alert."""
    hooked(desk, rule("author:grump", 'urgency = "urgent", notify = ["oncall", "press"]', "grump"))
    desk.say(FIRE, "Grump")
    desk.say(FIRE.replace("machine", "grinder"), "Grump")
    desk.scan()
    desk.later(hours=2)
    desk.scan()

    assert desk.told("/oncall") == desk.told("/press") == []
    assert [m["urgency"]["level"] for m in desk.mentions()] == ["urgent", "urgent"]
    digest = json.loads(desk.run("digest", "--since", "1d", "--json").out)
    assert (digest["brands"][0]["count"], digest["brands"][0]["muted"]) == (2, 2)
    assert "2 muted" in desk.run("digest", "--since", "1d").out


# -- what is known of an author ----------------------------------------------------------------------------------------


def test_show_gives_an_authors_history(desk: Desk) -> None:
    """How much they said, how, what was answered, and how often the same; on their platform only."""
    hooked(desk)
    for text in (COMPLAINT, COMPLAINT.upper(), CALM):
        desk.say(text, "grump")
        desk.scan()
    desk.say(CALM, "somebody")
    desk.scan()
    one = desk.mentions("quay")[0]["id"]
    angry = desk.mentions("refund")[0]["id"]
    assert desk.run("reply", angry, "--private", "--by", "jo").status == 0

    known = json.loads(desk.run("show", angry, "--json").out)["author"]
    assert {k: known[k] for k in ("mentions", "negative", "judged", "answered", "repeated")} == {
        "mentions": 3,
        "negative": 2,
        "judged": 3,
        "answered": 1,
        "repeated": 1,
    }
    assert (known["person"], known["role"]) == ("Grump", "troll")
    shown = desk.run("show", angry).out
    assert "  Grump, troll: Writes every Friday." in shown
    assert "3 mentions, from" in shown
    assert "2 of 3 judged negative, 1 answered, 1 more that says the same" in shown
    other = json.loads(desk.run("show", one, "--json").out)["author"]
    assert other["mentions"] in (1, 3)


def test_nobody_in_particular_has_no_history(desk: Desk) -> None:
    """A post without handle and page is nobody's: all of those are not one author."""
    desk.begin()
    for text in (CALM, COMPLAINT):
        desk.say(text, "")
    desk.scan()

    assert [json.loads(desk.run("show", m["id"], "--json").out)["author"] for m in desk.mentions()] == [None, None]


def test_corrections_are_counted_against_the_verdicts(desk: Desk) -> None:
    """`brand health` holds labels against what is judged without them; a share is said from 30 on."""
    desk.begin()
    for text in (COMPLAINT, CALM, "Acme Coffee, eta munduan ez dago besterik ni wach esnatzen nauenik"):
        desk.say(text)
    desk.scan()
    for word, said in (("refund", "negative"), ("quay", "positive"), ("wach", "negative")):
        assert desk.run("label", desk.mentions(word)[0]["id"], said, "--by", "jo").status == 0

    told = json.loads(desk.run("brand", "health", "--json").out)["brands"][0]["sentiment"]
    assert (told["labelled"], told["agreed"], told["share"]) == (3, 1, None)
    assert sorted((str(v), label, n) for v, label, n in told["others"]) == [
        ("None", "negative", 1),
        ("neutral", "positive", 1),
    ]
    shown = desk.run("brand", "health").out
    assert "sentiment: 3 labels, 1 as judged (a share is given from 30 on)" in shown
    assert "1 judged not at all, labelled negative" in shown


def test_a_move_of_what_the_terms_no_longer_match_is_logged_with_a_word(desk: Desk) -> None:
    """Its id may stand in a ticket or a mail; what was done is kept, and so is why it is in no list."""
    desk.begin()
    desk.say(CALM)
    desk.scan()
    one = desk.mentions()[0]["id"]
    desk.configure(BASE.replace('names = ["Acme Coffee"]', 'names = ["Brasswell"]'))
    desk.scan()
    ran = desk.run("ack", one, "--by", "jo")

    assert (ran.status, ran.out) == (0, "")
    assert ran.err == f"{one}: the terms no longer match it; logged all the same\n"
