"""Phrase files: what a speaker of a language may write in one, and what is found by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mentionwatch.analysis import analyse
from mentionwatch.analysis.phrases import (
    PhraseFault,
    book,
    contradictions,
    find,
    frequent_words,
    library,
    parse,
    read_words,
    shipped,
)
from mentionwatch.analysis.rules import Rulebook
from mentionwatch.model import Brand, Item
from support.world import World

FILE = """
name = "Test"
frequent = "und der"
mine = "mein ich"
[denial]
before = ["niemand", "kein*"]
after = ["wurde niemand", "ではない"]
[harmless]
phrases = ["feuer und flamme", "nicht nur", "燃えるセール"]
[groups]
harm = ["(ist|sind) … explodiert", "überhitz*", "*brand", "*kurzschluss*", "verletzt", "l'incendie",
        "in (flammen|vollem brand)", "火事", "発火…火傷"]
[weak]
harm = ["feuer"]
"""
BOOK = parse(FILE, "xx", "xx.toml")


def quotes(text: str) -> list[str]:
    return [found.quote for found in find(text, [BOOK])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Das Ladegerät IST heute Nacht einfach EXPLODIERT", ["IST heute Nacht einfach EXPLODIERT"]),
        ("Es ist. Heute explodiert nichts", []),
        ("Es ist heute Nacht um genau drei Uhr früh explodiert", []),
        ("Es ueberhitzt", ["ueberhitzt"]),
        ("Es uberhitzte", ["uberhitzte"]),
        ("Wohnungsbrand", ["Wohnungsbrand"]),
        ("Gleich zwei Kurzschlussgefahren", ["Kurzschlussgefahren"]),
        ("Alles in vollem Brand", ["in vollem Brand", "Brand"]),
        ("Alles in Flammen", ["in Flammen"]),
        ("à cause de l'incendie, l’INCENDIE", ["l'incendie", "l’INCENDIE"]),
        ("niemand wurde verletzt", []),
        ("Verletzt wurde niemand", []),
        ("Niemand da, verletzt", ["verletzt"]),
        ("Acmeで火事", ["火事"]),
        ("火事ではない", []),
        ("充電器が発火して手を火傷した", ["発火して手を火傷"]),
        ("Feuer und Flamme", []),
        ("#InFlammen", ["#InFlammen"]),
    ],
)
def test_a_phrase_is_found_as_people_write_it(text: str, found: list[str]) -> None:
    """Capitals, accents, umlauts spelt out, endings, words between, tags; not where it is denied or harmless."""
    assert quotes(text) == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('name = "X"\n[groups]\nharm = ["ok", "…"]\n', 3),
        ('name = "X"\n[groups]\nharm = ["a*b"]\n', 3),
        ('name = "X"\n\n[groups]\nfire = ["x"]\n', 4),
        ('name = "X"\n[groups]\nharm = "fire"\n', 3),
        ('name = "X"\n[groups]\nharm = [3]\n', 3),
        ('name = "X"\n[groups\n', 2),
        ('name = "X"\nwords = "a"\n', 2),
        ("name = 3\n", 1),
        ('name = "X"\n[groups]\nharm = ["(火事"]\n', 3),
        ('name = "X"\n[groups]\nharm = ["(fire|smoke alarm"]\n', 3),
    ],
)
def test_a_faulty_file_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(PhraseFault, match=rf"^my\.toml:{line}: "):
        parse(text, "my", "my.toml")


@pytest.mark.parametrize("code", sorted(shipped()))
def test_shipped_phrases_do_not_contradict_each_other(code: str) -> None:
    """Nothing is harmless and harm, strong and weak, or an alarm twice by the same words."""
    assert contradictions(book(shipped()[code])) == []


@pytest.mark.parametrize("code", sorted(shipped()))
def test_the_frequent_words_are_read_without_the_rest(code: str) -> None:
    assert frequent_words(shipped()[code]) == book(shipped()[code]).frequent


def test_contradictions_are_found() -> None:
    said = contradictions(
        parse(
            '[harmless]\nphrases = ["fire sale", "hot|cold"]\n'
            '[groups]\nharm = ["fire sale", "cold", "smoke"]\nlegal = ["smoke"]\n[weak]\nharm = ["smoke"]\n',
            "xx",
            "xx.toml",
        )
    )

    assert said == [
        "“fire sale” is both harmless and harm",
        "“fire sale” of harm never counts: “fire sale” is harmless",
        "“cold” of harm never counts: “cold” is harmless",
        "“smoke” is both harm and legal",
        "“smoke” is both harm and weak harm",
    ]


def test_the_users_files_add_or_replace_and_a_faulty_one_is_left_out(tmp_path: Path) -> None:
    """A speaker corrects a language, or adds one, without touching the program."""
    more, instead, new, faulty = (tmp_path / name for name in ("en.toml", "de.toml", "qq.toml", "fr.toml"))
    more.write_text('[groups]\nharm = ["flibber*"]\n[harmless]\nphrases = ["exploded view"]\n')
    instead.write_text('name = "Deutsch"\nreplaces = true\nfrequent = "und der die"\n[groups]\nharm = ["kaputt"]\n')
    new.write_text('name = "Quenya"\nfrequent = "ar i na"\n[groups]\nharm = ["naur*"]\n', encoding="utf-8")
    faulty.write_text('[groups]\nharm = ["…"]\n', encoding="utf-8")
    book_ = Rulebook(phrases=(more, instead, new, faulty))

    def level(text: str, language: str | None = None) -> tuple[str, tuple[str, ...]]:
        urgency = analyse(Item("x", "post", text=text, language=language), Brand("Acme"), book=book_).urgency
        return urgency.level, urgency.reasons

    assert "harm: “flibbered”" in level("The Acme thing flibbered in the night")[1]
    assert level("An exploded view of the Acme grinder")[0] == "low"
    assert "harm: “kaputt” (Deutsch)" in level("Das ist kaputt und der Rest die Hölle", "de")[1]
    assert "harm: “naur” (Quenya)" in level("ar i naur na Acme", "qq")[1]
    assert level("La charge Acme a pris feu cette nuit dans la chambre", "fr")[0] in ("high", "urgent")
    assert list(library(book_.phrases).faults()) == [faulty]


def test_check_tells_a_faulty_phrase_file_and_the_others_work(world: World) -> None:
    """With file and line; a scan judges by what is left."""
    folder = world.config_file.parent / "phrases"
    folder.mkdir()
    (folder / "en.toml").write_text('[groups]\nharm = ["flibbered"]\n')
    (folder / "es.toml").write_text('[groups]\n\nharm = ["a*b"]\n')
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme"]\n[judging]\nphrases = ["phrases"]\n'
        '[[sources]]\ntype = "feed"\nname = "one"\nurl = "https://one.example/rss"\n'
    )
    told = [json.loads(line) for line in world.run("check", "--jsonl").out.splitlines()]

    said = {row["name"]: row for row in told if row["about"] == "phrases"}
    assert said["en"]["state"] == "ok"
    assert said["es"]["state"] == "wrong"
    assert f"{folder / 'es.toml'}:3: " in said["es"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        "🔥" * 10_000,
        "fire " * 100_000,
        "explode" * 100_000,
        "caught … " * 50_000,
        "#" * 100_000,
        "火事" * 50_000,
        "'" * 9999,
    ],
)
def test_any_text_is_read_within_bounds(text: str) -> None:
    """Ten thousand emoji, one word a hundred thousand times."""
    assert len(read_words(text).compared) <= 900
    assert analyse(Item("x", "post", text=text), Brand("Acme")).urgency.reasons
