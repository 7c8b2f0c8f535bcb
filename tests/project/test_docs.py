"""What the documents show can be typed: command lines, configurations, links."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mentionwatch.cli import cli, main
from mentionwatch.config.load import load_config
from support.paths import ROOT, SOURCE
from support.world import World

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in DOCS}
GLOSSARY = TEXTS["docs/glossary.md"]

#: What a fragment may name without defining it.
NAMED = {
    "brands": '[[brands]]\nname = "Acme Coffee"\nnames = ["Acme Coffee"]\n',
    "notify": '[[notify]]\nname = "oncall"\nurl = { env = "ONCALL_URL" }\nwhen = ["urgent"]\n',
    "sources": '[[sources]]\ntype = "mastodon"\nname = "mastodon-acme"\nserver = "https://social.example"\n',
}
#: Commands that ask a server or a person, or are given a file the reader has: they are only parsed.
ASKING = re.compile(
    r"(?:scan|stream|check --online|evidence export|evidence verify post|inbox|init|demo)\b|.*--(?:email|screenshot)"
)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Language and content of each fenced block."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def command_lines(text: str) -> Iterator[str]:
    """What stands behind ``mentionwatch`` at the beginning of a line or behind a pipe, in fenced blocks."""
    for language, block in blocks(text):
        if language not in ("", "sh", "console"):
            continue
        for line in block.splitlines():
            if re.match(r"(?:\$ )?mentionwatch [a-z]", line):
                for part in re.sub(r"\s#.*|…", "", line).split(" | "):
                    program, _, rest = part.removeprefix("$ ").strip().partition(" ")
                    if program == "mentionwatch":
                        yield rest.strip()


LINES = [(name, line) for name, text in TEXTS.items() for line in command_lines(text)]


def parsed(line: str) -> str | None:
    """What click says against a command line, if anything."""
    command: click.Command = cli
    args = shlex.split(line)
    context = click.Context(cli, info_name="mentionwatch", **cli.context_settings)
    try:
        while isinstance(command, click.Group) and args and (found := command.get_command(context, args[0])):
            command, args = found, args[1:]
        if command is cli:
            return f"no command {args[:1]}"
        command.make_context(line, list(args), parent=context)
    except click.exceptions.Exit:
        return None
    except click.ClickException as error:
        return error.format_message()
    return None


@pytest.mark.parametrize(("name", "line"), LINES, ids=[f"{name}: {line}" for name, line in LINES])
def test_a_command_line_is_understood(name: str, line: str) -> None:
    """No usage error waits for who types what stands there."""
    assert parsed(line) is None


def test_what_the_prose_calls_a_command_is_one() -> None:
    """In backticks stand commands and their options as they are."""
    wrong = []
    for name, text in TEXTS.items():
        for said in re.findall(r"`mentionwatch ([a-z][^`\n]*)`", text):
            words = said.split()
            command: click.Command | None = cli
            options: set[str] = set()
            context = click.Context(cli, **cli.context_settings)
            while isinstance(command, click.Group) and words and not words[0].startswith("-"):
                inner = command.get_command(context, words[0])
                if inner is None:
                    break
                command, words = inner, words[1:]
            assert command is not None
            options = {option for parameter in command.params for option in parameter.opts}
            wrong += [
                f"{name}: {said}" for word in words if word.startswith("--") and word.split("=")[0] not in options
            ]
            if command is cli:
                wrong.append(f"{name}: {said}")

    assert wrong == []


def test_the_command_lines_that_ask_nobody_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each document's one after the other as they stand, on what the demo made; an ID is one of the demo's."""
    demo = tmp_path / "demo"
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["demo", str(demo)]) == 0
    with (demo / "mentionwatch.toml").open("a", encoding="utf-8") as more:
        more.write('[[templates]]\nname = "late"\ntext = "{author}, it will be there {day}."\n')
    shutil.copy(demo / "mentionwatch.toml", demo / "new.toml")
    failed = []
    for name in TEXTS:
        world = World(tmp_path / name.replace("/", "-"))
        shutil.copytree(demo, world.folder)
        monkeypatch.chdir(world.folder)
        one = json.loads(world.run("list", "--status", "new", "--jsonl").out.partition("\n")[0])["id"]
        before = ""
        for line in (line for where, line in LINES if where == name and not ASKING.match(line)):
            ran = world.run(*shlex.split(re.sub(r"\bm_[0-9a-z]+", one, line)), stdin=before.encode())
            before = ran.out  # what stands behind a pipe reads it
            if ran.status not in (0, 3):
                failed.append((name, line, ran.status, ran.err))

    assert failed == []


@pytest.mark.parametrize(
    ("name", "block"),
    [(name, block) for name, text in TEXTS.items() for language, block in blocks(text) if language == "toml"],
)
def test_a_configuration_is_one(name: str, block: str, tmp_path: Path) -> None:
    """It loads as it stands, beside the brand or the alert that it names."""
    if "[project" in block:
        return
    path = tmp_path / "config.toml"
    path.write_text(block + "".join(f"\n{text}" for key, text in NAMED.items() if f"[[{key}]]" not in block))

    load_config(path, {})


def test_every_link_leads_somewhere() -> None:
    """Files and headings of the project; what is on the web is not asked."""
    dead = []
    for name, text in TEXTS.items():
        for link in re.findall(r"\]\(((?!https?:|mailto:)[^)\s]+)\)", text):
            path, _, heading = link.partition("#")
            target = (ROOT / name).parent / path if path else ROOT / name
            if not target.exists():
                dead.append(f"{name}: {link}")
            elif heading:
                headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
                if heading not in {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}:
                    dead.append(f"{name}: {link}")

    assert dead == []


def test_the_glossary_names_what_exists() -> None:
    """Each row ends with a file of the program, and the names in code type are defined in it."""
    missing = []
    for terms, where, name in re.findall(r"^\| (.+?) \| .+ \| `([\w/.]+)`(?: `(\w+)`)? \|$", GLOSSARY, re.MULTILINE):
        file = SOURCE / where
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        named = [*re.findall(r"`(\w+)`", terms), *([name] if name else [])]
        if not file.exists() or any(re.search(rf"\b{one}\b", text) is None for one in named):
            missing.append((where, *named))

    assert missing == []
