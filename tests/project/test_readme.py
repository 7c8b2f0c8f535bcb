"""The README says what the program does."""

from __future__ import annotations

import re

import click
import pytest

from mentionwatch.cli import cli
from support.readme_parts import PARTS, README, part

TEXT = README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PARTS)
def test_what_is_made_from_the_program_is_up_to_date(name: str) -> None:
    """Mend it with ``make snapshots``."""
    assert part(TEXT, name) == PARTS[name]()


def test_every_command_and_option_the_readme_shows_exists() -> None:
    """A reader who types what stands there meets no usage error."""
    shown = re.findall(r"^(?:\$ )?mentionwatch (\w+)([^\n|]*)", TEXT, re.MULTILINE)
    context = click.Context(cli, **cli.context_settings)
    unknown = []
    for name, rest in shown:
        command = cli.get_command(context, name)
        options = set() if command is None else {o for p in command.params for o in p.opts}
        given = re.findall(r"(?<!\S)(--[\w-]+|-[a-zA-Z])\b", re.sub(r"#.*|'[^']*'|\"[^\"]*\"", "", rest))
        unknown += [f"{name} {option}" for option in given if option not in options] or (
            [name] if command is None else []
        )

    assert shown
    assert unknown == []


def test_every_document_the_readme_names_is_there() -> None:
    """No dead link inside the project."""
    links = re.findall(r"\]\(((?!https?:)[^)]+)\)", TEXT)

    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
