"""The parts of the README that are made from the program: ``make snapshots`` rewrites them."""

from __future__ import annotations

import re

from mentionwatch.cli.commands import COMMANDS
from mentionwatch.sources.registry import describe, source_type, type_names
from support.paths import ROOT

README = ROOT / "README.md"


def sources_table() -> str:
    """Every type of source: what it asks, the account it needs, what it cannot see."""
    rows = ["| type | asks | account | cannot see |", "|---|---|---|---|"]
    for name in type_names():
        about = describe(source_type(name))
        mark = " *(experimental)*" if about.experimental else ""
        account = "; ".join(filter(None, (about.account, about.terms and f"**terms:** {about.terms}")))
        rows.append(f"| `{name}`{mark} | {about.asks.rstrip('.')} | {account} | {about.limitations} |")
    return "\n".join(rows)


def commands_table() -> str:
    """Every command with its one line."""
    return "\n".join(
        ["| command | does |", "|---|---|", *(f"| `{name}` | {about} |" for name, (_, _, about) in COMMANDS.items())]
    )


PARTS = {"sources": sources_table, "commands": commands_table}


def part(readme: str, name: str) -> str:
    """What stands between the marks of a part."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", readme, re.DOTALL)
    assert found is not None, f"the README has no part {name}"
    return found[1]


def main() -> None:
    text = README.read_text(encoding="utf-8")
    for name, make in PARTS.items():
        text = text.replace(f"<!-- {name} -->\n{part(text, name)}\n", f"<!-- {name} -->\n{make()}\n")
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
