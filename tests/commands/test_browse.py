"""Looking at what is kept: list, show, why, sources, coverage, match."""

from __future__ import annotations

import json

import pytest

from mentionwatch.cli import main
from support.paths import ROOT
from support.world import Reply, World, entry, rss

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee", { text = "Acme", context = ["beans"] }]
exclude = ["hiring"]
own = ["acme.example"]

[[brands]]
name = "Brasswell"
kind = "competitor"
names = ["Brasswell"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss?token=s3cret"

[[sources]]
type = "feed"
name = "dead"
url = "https://dead.example/rss"
"""
FEED = rss(
    entry("Acme Coffee burnt my beans", "https://news.example/burnt?utm_source=rss", guid="1", text="Never again."),
    entry("Join Acme Coffee: we are hiring", "https://jobs.example/acme", guid="2"),
    entry("Acme Coffee roasts: our new blend", "https://acme.example/blend", guid="3"),
    entry("Brasswell and Acme Coffee compared", "https://news.example/compared", guid="4"),
    entry("Ferry timetable", "https://news.example/ferry", guid="5"),
)


@pytest.fixture
def scanned(world: World) -> World:
    world.configure(CONFIG)
    world.serve("https://one.example/rss", FEED)
    world.serve("https://dead.example/rss", "oops", status=503)
    assert world.run("scan").status == 0
    return world


def listed(world: World, *args: str) -> list[dict[str, object]]:
    ran = world.run("list", "--jsonl", *args)
    assert (ran.status, ran.err) == (0, "")
    return [json.loads(line) for line in ran.out.splitlines()]


def test_list_filters_by_brand_source_and_words(scanned: World) -> None:
    """Words must all stand in title or text; words in quotes stand together."""
    assert len(listed(scanned)) == 4
    assert [m["brand"] for m in listed(scanned, "--brand", "Brasswell")] == ["Brasswell"]
    assert len(listed(scanned, "burnt")) == 1
    assert len(listed(scanned, "beans burnt")) == 1
    assert listed(scanned, '"beans burnt"') == []
    assert len(listed(scanned, "--source", "one")) == 4
    assert listed(scanned, "--source", "dead") == []
    assert len(listed(scanned, "--limit", "2")) == 2


@pytest.mark.parametrize("words", ['"', "NEAR(", "a AND", "title:x", "*", "-", "'; drop table items", "🫘", "咖啡"])
def test_nothing_a_user_types_is_taken_for_the_index_s_own_syntax(scanned: World, words: str) -> None:
    """The query is words."""
    assert scanned.run("list", "--jsonl", "--", words).status == 0


def test_own_posts_are_kept_and_marked(scanned: World) -> None:
    """They are listed, and counted nowhere."""
    own = [m["title"] for m in listed(scanned) if m["own"]]

    assert own == ["Acme Coffee roasts: our new blend"]
    digest = json.loads(scanned.run("digest", "--since", "1d", "--json").out)
    assert {b["name"]: b["count"] for b in digest["brands"]} == {"Acme Coffee": 2, "Brasswell": 1}


def test_an_unknown_brand_or_id_is_named_with_a_guess(scanned: World) -> None:
    """The message names the thing and the mend."""
    brand = scanned.run("list", "--brand", "Acme Cofee")
    digest = scanned.run("digest", "--brand", "Acme Cofee")
    unknown = scanned.run("show", "m_nothing")

    assert (brand.status, digest.status, unknown.status) == (1, 1, 1)
    assert 'did you mean "Acme Coffee"' in brand.err
    assert 'did you mean "Acme Coffee"' in digest.err
    assert "mentionwatch list" in unknown.err


def test_a_future_since_is_refused(scanned: World) -> None:
    """It would be a digest that is empty for ever."""
    ran = scanned.run("digest", "--since", "2027-01-01")

    assert ran.status == 1
    assert "future" in ran.err


def test_show_takes_an_id_cut_short(scanned: World) -> None:
    """As much of it as tells it apart."""
    mention = listed(scanned, "burnt")[0]
    ran = scanned.run("show", str(mention["id"])[:7], "--json")

    assert json.loads(ran.out)["mentions"][0] == mention
    assert "Never again." in scanned.run("show", str(mention["id"])).out


def test_why_says_what_brought_it_and_what_decided(scanned: World) -> None:
    """Promise 4, for a mention and by any spelling of its address; no token shows."""
    ran = scanned.run("why", "http://www.news.example/burnt")

    assert ran.status == 0
    assert "one" in ran.out
    assert "'Acme Coffee'" in ran.out
    assert "s3cret" not in ran.out
    mention = listed(scanned, "burnt")[0]
    assert scanned.run("why", str(mention["id"])).out == ran.out


def test_why_names_the_clause_that_rejected(scanned: World) -> None:
    """One terminal reason for each brand, always."""
    by_exclude = json.loads(scanned.run("why", "--json", "https://jobs.example/acme").out)
    by_nothing = json.loads(scanned.run("why", "--json", "https://news.example/ferry").out)

    assert "hiring" in by_exclude["items"][0]["brands"][0]["outcome"]
    assert all(b["outcome"].startswith("rejected: ") for b in by_nothing["items"][0]["brands"])


def test_why_says_so_of_what_was_never_seen(scanned: World) -> None:
    """And points at what could not be seen."""
    ran = scanned.run("why", "https://never.example/x")

    assert ran.status == 1
    assert "coverage" in ran.err


def test_sources_and_coverage_name_the_dead_one(scanned: World) -> None:
    """Promise 3."""
    state = {s["name"]: s for s in json.loads(scanned.run("sources", "--json").out)["sources"]}
    coverage = json.loads(scanned.run("coverage", "--json").out)

    assert (state["one"]["state"], state["dead"]["state"]) == ("ok", "failing")
    assert "dead.example" in state["dead"]["error"]
    outcomes = {s["source"]: [i["outcome"] for i in s["intervals"]] for s in coverage["sources"]}
    assert outcomes == {"one": ["answered"], "dead": ["failed"]}
    strips = {line.split()[0]: line.split()[1] for line in scanned.run("coverage").out.splitlines()[:2]}
    assert (strips["one"][-1], strips["dead"][-1]) == ("█", "×")
    assert "s3cret" not in json.dumps(coverage)


def test_sources_say_how_much_of_what_they_bring_is_a_mention(scanned: World) -> None:
    """Over-fetching is no secret: so many new items came in thirty days, and so many of them were kept as mentions."""
    one = {s["name"]: s for s in json.loads(scanned.run("sources", "--json").out)["sources"]}["one"]
    mentions = [json.loads(line) for line in scanned.run("list", "--jsonl").out.splitlines()]

    assert one["mentions_30d"] == len({each["canonical_url"] for each in mentions})
    assert one["new_items_30d"] > one["mentions_30d"] > 0
    assert f"{one['mentions_30d']} of {one['new_items_30d']}" in scanned.run("sources").out
    later = json.loads(scanned.later(days=40).run("sources", "--json").out)["sources"]
    assert all(each["new_items_30d"] == 0 for each in later)


def test_every_type_of_source_says_what_it_needs(scanned: World) -> None:
    """`sources --types`: what it asks, its options, the account, what it cannot see."""
    types = {t["type"]: t for t in json.loads(scanned.run("sources", "--types", "--json").out)["sources"]}

    assert {"feed", "google_news", "hackernews", "mastodon", "lobsters"} <= set(types)
    assert all(t["asks"] and t["account"] and t["cannot_see"] for t in types.values())


def test_match_says_what_the_terms_make_of_a_text(scanned: World) -> None:
    """For one text in words, and for a file of cases in one run: other keys pass through."""
    lines = [
        {"case": 1, "text": "I like Acme Coffee"},
        {"case": 2, "title": "Acme", "text": "beans"},
        {"case": 3, "text": "Acme anvils"},
        {"case": 4, "links": ["https://x.example"], "author": "jo", "language": "en"},
    ]
    ran = scanned.run("match", "-", stdin="\n".join(map(json.dumps, lines)).encode())
    back = [json.loads(line) for line in ran.out.splitlines()]

    assert [b["case"] for b in back] == [1, 2, 3, 4]
    assert [[(m["brand"], m["term"], m["start"]) for m in b["matches"]] for b in back] == [
        [("Acme Coffee", "Acme Coffee", 7)],
        [("Acme Coffee", "Acme", 0)],
        [],
        [],
    ]
    assert "Acme Coffee" in scanned.run("match", "I like Acme Coffee").out


@pytest.mark.parametrize("line", [b"not json", b"[1]", b'{"text": 3}', b'{"links": "x"}', b"\xff\xfe", b"[" * 100_000])
def test_match_names_the_line_that_is_wrong(scanned: World, line: bytes) -> None:
    """No traceback for what a user can mend."""
    ran = scanned.run("match", "-", stdin=b'{"text": "ok"}\n' + line)

    assert ran.status == 1
    assert ran.err.startswith("line 2: ")


def test_commands_without_a_database_say_what_to_do(world: World) -> None:
    """Before the first scan."""
    world.configure(CONFIG)

    for command in ("list", "digest", "coverage", "deliveries"):
        ran = world.run(command)
        assert (ran.status, "mentionwatch scan" in ran.err) == (1, True)


def test_schedule_prints_lines_with_absolute_paths(scanned: World) -> None:
    """It prints; it never installs."""
    cron, systemd = scanned.run("schedule", "cron"), scanned.run("schedule", "systemd")

    assert f"--config {scanned.config_file} scan" in cron.out
    assert f'--config "{scanned.config_file}" scan' in systemd.out
    assert "OnCalendar=*:0/10" in systemd.out


def test_backup_is_a_whole_database(scanned: World) -> None:
    """It lists the same, and is not overwritten."""
    copy = scanned.folder / "copy.db"

    assert scanned.run("backup", str(copy)).status == 0
    assert scanned.run("--db", str(copy), "list", "--jsonl").out == scanned.run("list", "--jsonl").out
    assert scanned.run("backup", str(copy)).status == 1


def test_output_goes_into_a_file_whole(scanned: World) -> None:
    """-o replaces the file at once, and says when it cannot."""
    target = scanned.folder / "out.jsonl"

    assert scanned.run("list", "--jsonl", "-o", str(target)).out == ""
    assert target.read_text().count("\n") == 4
    assert scanned.run("list", "--jsonl", "-o", str(scanned.folder / "no" / "such")).status == 1


@pytest.mark.parametrize("group", ["brand", "deliveries", "opml", "query", "schedule", "story"])
def test_a_group_s_help_says_each_command_whole(world: World, group: str) -> None:
    """No sentence ends in three dots at 80 columns."""
    assert "..." not in world.run(group, "--help").out.split("Commands:")[1]


def test_a_brand_taken_for_a_digest_is_told_so(scanned: World) -> None:
    """`digest NAME` is a digest of the configuration; a brand goes with --brand."""
    assert scanned.run("digest", "Brasswell").err == "digest 'Brasswell': that is a brand; write --brand 'Brasswell'\n"
    assert "no [[digests]]; add one" in scanned.run("digest", "morning").err


def test_global_options_stand_before_or_after_the_command(scanned: World) -> None:
    """What stands after wins."""
    config = str(scanned.config_file)

    assert (
        scanned.run("--db", "/nowhere/x.db", "list", "-c", config, "--db", str(scanned.folder / "mentions.db")).status
        == 0
    )


@pytest.mark.parametrize("command", ["list", "digest", "due", "deliveries", "brand"])
def test_the_version_and_help_stand_after_any_command(scanned: World, command: str) -> None:
    """As before it."""
    assert scanned.run(command, "-V").out == scanned.run("-V").out != ""
    assert scanned.run(command, "-h").out.startswith("Usage: mentionwatch")


def test_global_options_stand_before_the_verb_of_a_noun_too(scanned: World) -> None:
    """`deliveries --db X`, `brand --config X list`, `deliveries --db X list`."""
    db = str(scanned.folder / "mentions.db")
    elsewhere = ("--db", "/nowhere/x.db")

    assert scanned.run(*elsewhere, "deliveries", "--db", db).status == 0
    assert scanned.run(*elsewhere, "deliveries", "--db", db, "list").status == 0
    assert scanned.run(*elsewhere, "deliveries", "list", "--db", db).status == 0
    assert scanned.run(*elsewhere, "brand", "--db", db, "health").status == 0
    assert scanned.run(*elsewhere, "brand", "health").status == 1


LISTS = (
    ("list",),
    ("digest",),
    ("due",),
    ("check",),
    ("sources",),
    ("sources", "--types"),
    ("coverage",),
    ("deliveries",),
    ("deliveries", "list"),
    ("brand", "list"),
    ("brand", "health"),
    ("backtest",),
    ("why", "https://news.example/burnt"),
)


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_every_list_has_the_same_four_options(scanned: World, command: tuple[str, ...]) -> None:
    """`--json` is `-f json`, a document that names its schema; `--jsonl` is `-f jsonl`; `-o` writes the same."""
    # Every list exits as it would without the option: `check` complains of nothing here.
    by_flag, by_format = scanned.run(*command, "--json"), scanned.run(*command, "-f", "json")
    document = json.loads(by_flag.out)

    assert by_flag == by_format
    assert by_flag.status == 0
    assert document["schema"].startswith("mentionwatch.")
    lines = scanned.run(*command, "--jsonl")
    assert lines == scanned.run(*command, "--format", "jsonl")
    assert all(isinstance(json.loads(line), dict) for line in lines.out.splitlines())
    target = scanned.folder / "out"
    assert scanned.run(*command, "-f", "text", "-o", str(target)).out == ""
    assert target.read_text(encoding="utf-8").rstrip() == scanned.run(*command, "-f", "text").out.rstrip() != ""
    assert scanned.run(*command, "--json", "--jsonl").status == 2
    assert scanned.run(*command, "-f", "text", "--json").status == 2


def test_show_and_story_show_have_them_too(scanned: World) -> None:
    """For the one mention, and for the tellings of a story."""
    mention = listed(scanned, "burnt")[0]

    for command in (("show",), ("story", "show")):
        assert json.loads(scanned.run(*command, str(mention["id"]), "-f", "jsonl").out) == mention
        target = scanned.folder / "out"
        assert scanned.run(*command, str(mention["id"]), "-o", str(target)).out == ""
        assert str(mention["id"]) in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "command",
    [
        ("forget", "jo"),
        ("forget", "jo", "--dry-run"),
        ("prune",),
        ("prune", "--dry-run"),
        ("verify",),
        ("story", "merge", "s_a", "s_b"),
        ("story", "split", "m_a"),
        ("ack", "m_a"),
        ("label", "m_a", "noise"),
    ],
    ids=" ".join,
)
def test_a_slip_in_the_database_s_name_makes_no_new_one(world: World, command: tuple[str, ...]) -> None:
    """Only `scan` makes one; every other command says that it is not there, and leaves nothing behind."""
    world.configure(CONFIG)
    ran = world.run("--db", str(world.folder / "slip.db"), *command)

    assert ran.status == 1
    assert "there is no database" in ran.err
    assert not (world.folder / "slip.db").exists()


def test_why_does_without_a_configuration(scanned: World) -> None:
    """What was kept says its reason by itself, and what was not says what it takes to know more."""
    scanned.config_file.unlink()
    scanned.environ["MENTIONWATCH_CONFIG"] = str(scanned.folder / "none.toml")
    out = scanned.folder / "out"

    def why(url: str) -> str:
        command = ["--db", str(scanned.folder / "mentions.db"), "why", url, "-o", str(out)]
        assert main(command, env=scanned.env) == 0
        return out.read_text(encoding="utf-8")

    assert "kept as backlog" in why("https://news.example/burnt")
    assert "--config" in why("https://news.example/ferry")


def test_why_still_knows_a_brand_that_is_watched_no_more(scanned: World) -> None:
    """Its mention is in the database, and so is the reason."""
    scanned.configure(CONFIG.replace('name = "Brasswell"\n', 'name = "Other"\n').replace('["Brasswell"]', '["Other"]'))
    brands = json.loads(scanned.run("why", "--json", "https://news.example/compared").out)["items"][0]["brands"]

    assert [b["brand"] for b in brands] == ["Acme Coffee", "Other", "Brasswell"]
    assert "Brasswell" in brands[2]["outcome"]
    assert brands[2]["mention"].startswith("m_")


@pytest.mark.parametrize("option", [("--title", "x"), ("--url", "https://x.example"), ("--author", "jo"), ("--json",)])
def test_match_refuses_what_it_would_not_heed(scanned: World, option: tuple[str, ...]) -> None:
    """With - each line says its own title, and lines are what comes back."""
    assert scanned.run("match", "-", *option, stdin=b'{"text": "Acme Coffee"}').status == 2


def test_what_to_know_of_a_type_before_relying_on_it_is_said_once_and_calmly(world: World) -> None:
    """That it was never tested on a genuine answer, and terms that exclude some uses: no warning, nothing fails."""
    sources = '[[sources]]\ntype = "gdelt"\nname = "{}"\n'
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n[[sources]]\ntype = "bing_news"\n'
        + sources.format("one")
        + sources.format("two")
    )
    nothing = Reply(
        b'<rss version="2.0"><channel><title>x</title></channel></rss>', headers={"content-type": "text/xml"}
    )
    world.network.pages["https://www.bing.com/news/search"] = nothing
    world.network.pages["https://api.gdeltproject.org/api/v2/doc/doc"] = Reply(b"{}")
    checked = world.run("check")
    notes = [one for one in json.loads(world.run("check", "--json").out)["checks"] if one["state"] == "note"]
    listed = {one["type"]: one for one in json.loads(world.run("sources", "--types", "--json").out)["sources"]}
    first = world.run("scan", "-v")
    again = world.later(hours=13).run("scan", "-v")
    quiet = world.later(hours=13).run("scan")
    rows = {one["name"]: one["experimental"] for one in json.loads(world.run("sources", "--json").out)["sources"]}

    assert (checked.status, first.status) == (0, 0)
    assert checked.out.count("experimental") == first.err.count("experimental") == 1
    assert "personal, non-commercial use only" in checked.out
    assert "personal, non-commercial use only" in first.err
    assert [one["name"] for one in notes] == ["bing_news", "gdelt"]
    assert (listed["gdelt"]["experimental"], listed["bing_news"]["experimental"]) == (True, False)
    assert "non-commercial" in listed["bing_news"]["terms"]
    assert listed["feed"]["terms"] is None
    assert "experimental" not in again.err + quiet.err
    assert rows == {"bing_news": False, "one": True, "two": True}
    assert "gdelt (experimental): " in world.run("sources", "--types").out


def test_nothing_proposes_a_source_that_a_business_may_not_use(world: World) -> None:
    """Neither ``init`` nor an example: Bing's feed is for personal, non-commercial use."""
    made = world.run("init", "Acme")
    shipped = (*(ROOT / "examples").iterdir(), *(ROOT / "src/mentionwatch/demo").glob("*.toml"))
    proposals = (*world.folder.glob("*.toml"), *shipped)

    assert (made.status, world.config_file in proposals) == (0, True)
    assert not [path for path in proposals if path.is_file() and "bing" in path.read_text("utf-8").lower()]
