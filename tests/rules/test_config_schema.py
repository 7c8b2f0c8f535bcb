"""One definition behind reader, JSON Schema and documentation: none can say what another does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator

from mentionwatch.config.load import load_config
from mentionwatch.config.scalar_types import ValueType
from mentionwatch.config.sections import ROOT, config_schema
from mentionwatch.config.source_tables import SourceTable
from mentionwatch.config.starter import starter_config
from mentionwatch.config.table_types import Either, Key, ListOf, SecretType, Table
from mentionwatch.digest import DigestInput, build_digest
from mentionwatch.errors import ConfigError
from mentionwatch.model import Author, Brand, Item, Match, Mention, Sentiment, Urgency
from mentionwatch.render import json as json_output
from mentionwatch.render.jsonl import mention_json
from mentionwatch.render.schema import digest_schema, mention_schema
from support import paths

EXAMPLE = paths.ROOT / "examples" / "config.toml"
GUIDE = paths.ROOT / "docs" / "configuration.md"


def faults(schema: dict[str, Any], document: object) -> list[str]:
    """What a validator of the public kind has against a document."""
    Draft202012Validator.check_schema(schema)
    # Through JSON, as a script or an editor would meet it.
    written = json.loads(json.dumps(document))
    return [error.message for error in Draft202012Validator(schema).iter_errors(written)]


# -- the configuration ---------------------------------------------------------------------------------------------


def test_the_complete_example_loads_and_validates() -> None:
    config = load_config(EXAMPLE, {"MASTODON_TOKEN": "t"}, secrets=())

    assert config.warnings == ()
    assert faults(config_schema(), tomli.loads(EXAMPLE.read_text())) == []


def test_the_first_configuration_validates() -> None:
    assert faults(config_schema(), tomli.loads(starter_config("Acme Coffee"))) == []


def test_the_contracts_block_loads_and_validates(shared: Path, tmp_path: Path) -> None:
    """Word for word as the contract has it."""
    block = (shared / "product.md").read_text().partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "config.toml").write_text(block)

    config = load_config(tmp_path / "config.toml", {}, secrets=())

    assert config.warnings == ()
    assert len(config.sources) == 2
    assert faults(config_schema(), tomli.loads(block)) == []


def test_the_example_holds_every_key() -> None:
    """What can be configured can be seen in one file."""
    document = tomli.loads(EXAMPLE.read_text())
    written = {way for way, _ in keys_in(document)} | {"smtp.ca_file"}  # a comment there: the file does not exist
    known = {f"{name}.{key.name}".lstrip(".") for name, table in tables(ROOT) for key in table.keys}

    assert known - written == set()


def keys_in(tree: object, way: str = "") -> Iterator[tuple[str, object]]:
    """Every key of a document, list positions left out."""
    for key, value in tree.items() if isinstance(tree, dict) else ():
        name = f"{way}.{key}".lstrip(".")
        yield name, value
        yield from keys_in(value, name)
    for value in tree if isinstance(tree, list) else ():
        yield from keys_in(value, way)


def tables(table: Table, name: str = "") -> Iterator[tuple[str, Table]]:
    """Every table a configuration may hold, by its dotted name; of sources, what all of them have."""
    yield name, table
    for key in table.keys:
        inner: ValueType = key.value_type
        while isinstance(inner, ListOf | Either):
            inner = inner.value_type if isinstance(inner, ListOf) else inner.table
        if isinstance(inner, SourceTable):
            inner = SourceTable.common
        if isinstance(inner, Table):
            yield from tables(inner, f"{name}.{key.name}".lstrip("."))


@pytest.mark.parametrize(
    "wrong",
    [
        'databse = "x"\n',
        "database = 3\n",
        '[[brands]]\nnames = ["a"]\n',
        '[[brands]]\nname = "a"\nkind = "ours"\nnames = ["a"]\n',
        '[[brands]]\nname = "a"\nnames = [{ txt = "a" }]\n',
        '[smtp]\nhost = "h.example"\nusername = "a"\npassword = "b"\n',
        '[smtp]\nhost = "h.example"\nusername = "a"\npassword = { env = "A", file = "b" }\n',
        '[[sources]]\ntype = "hackernews"\nsrver = "x"\n',
        '[[sources]]\ntype = "hackernws"\n',
        '[[sources]]\ntype = "mastodon"\n',
        '[[sources]]\ntype = "mastodon"\nserver = "ftp://social.example"\n',
        '[[sources]]\ntype = "hackernews"\nevery = "15"\n',
        '[[sources]]\ntype = "hackernews"\nevery = ""\n',
        '[[sources]]\ntype = "hackernews"\nevery = "forever"\n',
        '[retention]\nitems = "1M"\n',
        '[[digests]]\nname = "a"\nto = []\n',
    ],
)
def test_what_the_reader_refuses_the_schema_refuses_too(tmp_path: Path, wrong: str) -> None:
    """An editor shows the mistake while it is made."""
    (tmp_path / "config.toml").write_text(wrong)

    with pytest.raises(ConfigError):
        load_config(tmp_path / "config.toml", {})
    assert faults(config_schema(), tomli.loads(wrong)) != []


# -- the documentation ---------------------------------------------------------------------------------------------


def row(key: Key) -> str:
    """One key in the guide's tables."""
    toml = re.fullmatch(r'"[^"]*"|[0-9]+|true|false', key.default)
    default = "**required**" if key.required else f"`{key.default}`" if toml else key.default
    return f"| `{key.name}` | {key.value_type.what} | {default} | {key.help} |".replace("|  |", "| |")


@pytest.mark.parametrize(
    ("name", "table"),
    [*tables(ROOT), ("secret", SecretType.table)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_guide_has_every_key_and_says_of_it_what_the_program_says(name: str, table: Table) -> None:
    section = GUIDE.read_text().partition(f"<!-- keys: {name or 'top'} -->\n")[2].partition("\n\n")[0].rstrip()

    assert section.split("\n")[2:] == [row(key) for key in table.keys]


def test_what_the_guide_shows_is_right(tmp_path: Path) -> None:
    """Each piece of TOML in it loads, with what it leaves out put before it."""
    pieces = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.S)
    brand = '[[brands]]\nname = "Acme Coffee"\nnames = ["Acme Coffee"]\n'
    for piece in pieces:
        (tmp_path / "config.toml").write_text(piece if "[[brands]]" in piece else brand + piece)
        load_config(tmp_path / "config.toml", {}, secrets=())

    assert len(pieces) >= 4


# -- what comes out ------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 20, 8, 10, tzinfo=UTC)
PLAIN = Mention(
    id="m_7f3k2q9d",
    brand="Acme Coffee",
    item=Item(platform="hackernews", kind="comment", text="Acme Coffee burnt my beans"),
    canonical_url=None,
    source="hn",
    first_seen_at=NOW,
    matches=(Match("Acme Coffee", "name", "text", 0, 11, "Acme Coffee"),),
)
FULL = replace(
    PLAIN,
    id="m_7f3k2q9e",
    item=replace(
        PLAIN.item,
        url="https://news.example/1",
        title="Burnt",
        author=Author("jo", "jo", "https://news.example/jo", 3),
        published_at=NOW,
        links=("https://acme.example/shop",),
        language="en",
    ),
    canonical_url="https://news.example/1",
    sentiment=Sentiment("negative", -0.71, ("burnt",)),
    urgency=Urgency("high", ("complaint",)),
    story="s_1c9x",
    story_size=3,
    assignee="jo",
    due_at=NOW,
)


def contract_mention(shared: Path) -> dict[str, Any]:
    """The mention that stands in the contract."""
    mention: dict[str, Any] = json.loads(
        (shared / "product.md").read_text().partition("```json\n")[2].partition("```")[0]
    )
    return mention


def test_the_contracts_mention_validates(shared: Path) -> None:
    mention = contract_mention(shared)

    assert faults(mention_schema(), mention) == []
    assert set(mention) == set(mention_schema()["required"])


@pytest.mark.parametrize("mention", [PLAIN, FULL], ids=["plain", "full"])
def test_every_mention_told_validates(mention: Mention) -> None:
    assert faults(mention_schema(), mention_json(mention)) == []


def test_every_digest_told_validates() -> None:
    brands = (Brand("Acme Coffee"), Brand("Other", kind="competitor"))
    digest = build_digest(
        DigestInput(NOW.replace(hour=0), NOW, NOW, brands, (PLAIN, FULL, replace(PLAIN, id="m_3", own=True)))
    )
    document = json.loads(json_output.render(digest))

    assert faults(digest_schema(), document) == []
    assert set(document) == set(digest_schema()["required"])


def objects(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(document, dict):
        yield document
        for value in document.values():
            yield from objects(value)
    for value in document if isinstance(document, list) else ():
        yield from objects(value)


#: Keys that came after the contract: a document from before is without them.
LATER = {
    "flags",
    "tags",
    "labels",
    "priority",
    "snoozed_until",
    "noise",
    "rules",
    "stars",
    "person",
    "role",
    "muted",
    "spikes",
    "edited_at",
    "gone_at",
}


def test_a_missing_key_is_caught_and_a_further_one_is_not() -> None:
    """Keys are always present; more may come."""
    digest = build_digest(DigestInput(NOW.replace(hour=0), NOW, NOW, (Brand("Acme Coffee"),), (PLAIN, FULL)))
    for schema, document in (
        (mention_schema(), mention_json(FULL)),
        (digest_schema(), json.loads(json_output.render(digest))),
    ):
        validator = Draft202012Validator(schema)
        plain = json.loads(json.dumps(document))
        for part in list(objects(plain)):
            for key, value in list(part.items()):
                if key in LATER:
                    continue
                del part[key]
                assert not validator.is_valid(plain), key
                part[key] = value
            part["further"] = 1
            assert validator.is_valid(plain)
