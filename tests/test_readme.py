"""The README says what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mentionwatch.cli import cli
from readme_parts import PARTS, README, part

TEXT = README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PARTS)
def test_what_is_made_from_the_program_is_up_to_date(name: str) -> None:
    """Mend it with ``python tests/readme_parts.py``."""
    assert part(TEXT, name) == PARTS[name]()


def test_every_command_and_option_the_readme_shows_exists() -> None:
    """A reader who types what stands there meets no usage error."""
    shown = re.findall(r"^(?:\$ )?mentionwatch (\w+)([^\n|]*)", TEXT, re.MULTILINE)
    context = click.Context(cli)
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


def test_help_loads_click_and_nothing_heavy() -> None:
    """Start-up: help and the digest load no network and no feed parser."""
    code = (
        "import sys, contextlib, io\n"
        "from mentionwatch.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules} &"
        " {'httpx', 'feedparser', 'sqlite_utils', 'rich', 'jinja2', 'tomli'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == ""


def test_the_digest_loads_no_network_and_no_feed_parser(tmp_path: Path) -> None:
    """What reads the database starts at once."""
    code = f"import sys\nfrom mentionwatch.cli import main\nmain(['demo', {str(tmp_path / 'd')!r}])\n"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    code = (
        "import sys\n"
        "from mentionwatch.cli import main\n"
        f"status = main(['-c', {str(tmp_path / 'd' / 'mentionwatch.toml')!r}, 'digest', '-f', 'text'])\n"
        "print(status, *sorted({name.split('.')[0] for name in sys.modules} &"
        " {'httpx', 'feedparser', 'sqlite_utils', 'rich', 'jinja2'}), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stderr.strip() == "0"
