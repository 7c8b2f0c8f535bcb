"""What a page or an agent does: the same as the commands, by values alone, without a terminal."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mentionwatch.app.deadlines import DueRequest, TriageFilter, list_due
from mentionwatch.app.drafts import draft_reply
from mentionwatch.app.evidence import export_evidence, list_evidence, verify_bundle, verify_evidence
from mentionwatch.app.evidence_capture import capture_evidence
from mentionwatch.app.inbox import read_inbox
from mentionwatch.app.mention_details import show_mention
from mentionwatch.app.mentions import MentionQuery, list_mentions
from mentionwatch.app.report import ReportRequest, make_report
from mentionwatch.app.stories import merge_stories, show_story, split_story
from mentionwatch.app.triage import label_data, note_data, record_action, reply_data, team_member
from mentionwatch.app.why import explain_item
from mentionwatch.config import Config
from mentionwatch.config.load import load_config
from mentionwatch.errors import InvalidRequest, UserError
from mentionwatch.store import Store
from support.world import MORNING, World, entry, rss

CONFIG = """
[response]
timezone = "UTC"
hours = "Mon-Sun 00:00-24:00"
reply_within = { urgent = "30m", high = "60m" }
team = ["Ada"]

[[templates]]
name = "sorry"
text = "Sorry, {name}: {day}."

[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
backlog = "tell"
"""
BURNT = "Acme never answered, I want a refund. Worst service ever"


@pytest.fixture
def config(world: World) -> Config:
    world.configure(CONFIG)
    burnt = entry(BURNT, "https://n.example/1", guid="1", at="Fri, 20 Nov 2026 07:10:00 GMT")
    world.serve("https://one.example/rss", rss(burnt, entry("Acme opens a shop", "https://n.example/2", guid="2")))
    assert world.run("scan").status == 0
    return load_config(world.config_file, world.environ, frozenset())


@pytest.fixture
def store(world: World, config: Config) -> Iterator[Store]:
    """The database, with stdout and stderr closed: what prints, fails."""
    closed = io.StringIO()
    closed.close()
    with (
        contextlib.closing(Store.open(world.folder / "mentions.db", write=True)) as opened,
        contextlib.redirect_stdout(closed),
        contextlib.redirect_stderr(closed),
    ):
        yield opened


def find(store: Store, config: Config, words: str) -> str:
    (mention,) = list_mentions(store, config, MentionQuery(words=words), MORNING).mentions
    return mention.id


def test_triage_from_the_deadline_to_the_answer(store: Store, config: Config) -> None:
    """Due, assigned, drafted, answered: then nothing is due."""
    (first,) = list_due(store, config, DueRequest(), MORNING).due
    id_ = first.mention.id
    assert id_ == find(store, config, "refund")
    assert read_inbox(store, config, (), (), MORNING)[0].mention.id == id_

    record_action(store, config, [id_], "assign", {"to": team_member(config, "ada")}, by="jo", now=MORNING)
    draft = draft_reply(store, config, id_, "sorry", {"name": "Jo", "day": "today"}, "ada")
    assert draft.text == "Sorry, Jo: today."
    data = reply_data(config, "https://n.example/1#answer", None, MORNING) | draft.log_data()
    assert record_action(store, config, [id_], "reply", data, by="ada", now=MORNING).changed == (id_,)

    assert list_due(store, config, DueRequest(), MORNING).count == 0
    answered = MentionQuery(triage=TriageFilter(statuses=("replied",), assignees=("Ada",)))
    assert [mention.id for mention in list_mentions(store, config, answered, MORNING).mentions] == [id_]
    assert [logged.action for logged in show_mention(store, config, id_, MORNING).log] == ["assign", "reply"]


@pytest.mark.parametrize(
    "make",
    [
        lambda config: note_data(" "),
        lambda config: label_data("fine"),
        lambda config: reply_data(config, "nowhere", None, MORNING),
        lambda config: reply_data(config, None, "soon", MORNING),
    ],
)
def test_a_value_that_cannot_be_understood_is_an_invalid_request(
    config: Config, make: Callable[[Config], object]
) -> None:
    """Whoever asks: exit status 2 of a command, 400 of a page."""
    with pytest.raises(InvalidRequest):
        make(config)


def test_what_names_nothing_is_an_error_and_changes_nothing(store: Store, config: Config) -> None:
    """One problem for each id; the mention that is there stays as it was."""
    id_ = find(store, config, "shop")
    with pytest.raises(UserError) as error:
        record_action(store, config, [id_, "m_no-such", "m_nor-such"], "ack", {}, by="jo", now=MORNING)
    assert len(error.value.problems) == 2
    assert show_mention(store, config, id_, MORNING).mention.status == "new"


def test_evidence_from_the_page_to_the_proof(store: Store, config: Config, world: World, tmp_path: Path) -> None:
    """Captured, listed, exported, verified."""
    world.serve("https://n.example/1", "<p>Acme", content_type="text/html")
    captured = capture_evidence(store, config, world.env, find(store, config, "refund"), by="jo")
    assert captured.problems == ()
    assert [parsed.by for _, parsed in list_evidence(store)] == ["jo"]
    bundle = tmp_path / "post.zip"
    bundle.write_bytes(export_evidence(store, captured.id)[0])
    assert verify_bundle(bundle, [captured.id]) == verify_evidence(store, [captured.id])


def test_stories_why_and_the_report(store: Store, config: Config, world: World) -> None:
    """Merged and split again; explained as JSON; counted."""
    first, second = find(store, config, "refund"), find(store, config, "shop")
    merge_stories(store, first, [second], MORNING)
    assert show_story(store, first).size == 2
    split_story(store, [second], MORNING)
    assert [mention.id for mention in show_story(store, second).mentions] == [second]

    (item,) = json.loads(json.dumps(explain_item(store, config, "https://n.example/2")))["items"]
    assert item["brands"][0]["mention"] == second
    assert make_report(store, config, ReportRequest(since=MORNING.replace(hour=0)), world.now).count == 2
