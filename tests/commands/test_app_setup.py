"""What a page or an agent does about the configuration: by values alone, without a terminal."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mentionwatch.app.backtest import run_backtest
from mentionwatch.app.brand_health import measure_brands
from mentionwatch.app.check import check_config
from mentionwatch.app.coverage import read_coverage
from mentionwatch.app.init_config import init_config
from mentionwatch.app.match import match_item, match_lines
from mentionwatch.app.opml import export_feeds, read_new_feeds
from mentionwatch.app.query import Sample, explain_brand, explain_query
from mentionwatch.app.rule_replay import replay_rules
from mentionwatch.app.rules import apply_rules, try_rules
from mentionwatch.app.sources import list_source_types, list_sources
from mentionwatch.config import Config
from mentionwatch.config.load import LoadedConfig, load_with_diagnostics
from mentionwatch.errors import UserError
from mentionwatch.model import Brand, Term
from mentionwatch.store import Store
from support.world import MORNING, World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]

[[brands.tests]]
text = "Acme is a shop"

[[rules]]
name = "shop"
when = "shop"
then = { assign = "ada" }

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
backlog = "tell"

[[sources]]
type = "hackernews"
enabled = false
"""
SINCE = MORNING - timedelta(days=7)


@pytest.fixture
def loaded(world: World) -> LoadedConfig:
    world.configure(CONFIG)
    items = (
        entry("Acme opens a shop", "https://n.example/1", guid="1"),
        entry("Acne", "https://n.example/2", guid="2"),
    )
    world.serve("https://one.example/rss", rss(*items))
    assert world.run("scan").status == 0
    return load_with_diagnostics(world.config_file, world.environ, frozenset())


@pytest.fixture
def config(loaded: LoadedConfig) -> Config:
    return loaded.config


@pytest.fixture
def store(world: World, loaded: LoadedConfig) -> Iterator[Store]:
    """The database, with stdout and stderr closed: what prints, fails."""
    closed = io.StringIO()
    closed.close()
    with (
        contextlib.closing(Store.open(world.folder / "mentions.db", write=True)) as opened,
        contextlib.redirect_stdout(closed),
        contextlib.redirect_stderr(closed),
    ):
        yield opened


def test_a_configuration_is_checked(world: World, store: Store, loaded: LoadedConfig) -> None:
    """With its sources polled where that is asked for; without a word on any stream."""
    database = world.folder / "mentions.db"
    offline = {(one.about, one.name): one.state for one in check_config(loaded, world.env, database)}
    online = {(one.about, one.name): one.message for one in check_config(loaded, world.env, database, online=True)}

    assert offline["brand", "Acme"] == offline["source", "one"] == offline["rule", "shop"] == "ok"
    assert offline["source", "hackernews"] == "off"
    assert online["source", "one"] == "2 items"


def test_sources_have_a_state_with_a_database_and_without(store: Store, config: Config) -> None:
    one, other = list_sources(store, config, MORNING)

    assert (one.state, one.new_items, one.mentions, other.state) == ("ok", 2, 1, "off")
    assert [status.state for status in list_sources(None, config, MORNING)] == ["never asked", "off"]
    assert "feed" in {about.type for about in list_source_types()[0]}


def test_rules_are_tried_replayed_and_applied(store: Store, config: Config) -> None:
    trial = try_rules(store, config, SINCE, "acme")
    replayed = {(row["what"], row["name"]): row["fired"] for row in replay_rules(store, config, SINCE, MORNING)}

    assert (trial.mentions, dict(trial.matches)) == (1, {"shop": 1, "--when": 1})
    assert replayed["rule", "shop"] == 1
    assert apply_rules(store, config, SINCE, MORNING, dry_run=True).judged == 0
    with pytest.raises(UserError, match=r"^--when: "):
        try_rules(store, config, SINCE, "acme AND (")


def test_terms_are_measured_on_what_is_stored(store: Store, config: Config) -> None:
    (changed,) = run_backtest(store, (Brand("Acme", terms=(Term("name", "Acne"),)),))

    assert (changed.kept, len(changed.gained), len(changed.lost), changed.lost_relevant) == (0, 1, 1, 0)
    assert [one.health.mentions for one in measure_brands(store, config)] == [1]
    assert [source.source for source in read_coverage(store, config, SINCE, MORNING).ledgers] == ["one"]


def test_a_query_is_explained_and_a_text_matched(store: Store, config: Config) -> None:
    tried = explain_query("acme -tea", config, MORNING, Sample("Acme tea"))
    (found,) = match_item({"text": "Acme"}, config.brands)
    (line,) = match_lines([b'{"text": "Acme", "own": 1}\n', b"\n"], config.brands)

    assert (tried.query, tried.matches, [one.url for one in tried.requests]) == (
        "acme AND NOT tea",
        False,
        ["https://one.example/rss"],
    )
    assert explain_brand("acme", config, MORNING).matches is None
    assert [match.text for match in found.matches] == ["Acme"]
    assert (line[0]["own"], [match.brand for match in line[1]]) == (1, ["Acme"])


def test_a_configuration_is_begun_and_takes_feeds(tmp_path: Path, store: Store, config: Config) -> None:
    path = tmp_path / "new" / "mentionwatch.toml"
    init_config(path, "Acme")
    exported = export_feeds(config)

    assert 'name = "Acme"' in path.read_text()
    with pytest.raises(UserError, match="already exists"):
        init_config(path)
    assert (exported.hidden, read_new_feeds(exported.document.encode(), config).known) == ((), 1)
    assert len(read_new_feeds(exported.document.encode(), None).entries) == 1
