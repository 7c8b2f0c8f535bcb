"""The plan of the house (docs/house.md), held against the imports of every file.

All imports count: those in functions, under ``TYPE_CHECKING``, and modules named in strings for a loader. An exception
carries its reason, and fails when it is no longer needed, so that the lists can only shrink.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from support.paths import SOURCE, TESTS

FIRST = {
    "model",
    "records",
    "errors",
    "env",
    "files",
    "times",
    "messages",
    "mail_batch",
    "dataclass_json",
    "text",
    "urls",
}
PURE = {
    "query",
    "match",
    "identity",
    "stories",
    "analysis",
    "digest",
    "coverage",
    "precision",
    "response",
    "alerts",
    "report",
    "evidence",
}
#: What a face knows: things done, values as text, the configuration, and what may go wrong.
FACE = {"app", "render", "config", "errors", "model"}

#: Room → the rooms it may import, its own always included.
MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "records": set(),
    "errors": {"messages", "deprecated"},  # an error carries the answer it came from
    "env": set(),
    "files": {"errors"},
    "times": set(),
    "messages": {"model"},
    "mail_batch": set(),
    "dataclass_json": set(),
    # Where plug-ins written for version 0.1 find things.
    "deprecated": set(),
    "exchange": {"messages", "deprecated"},
    "mailbag": {"mail_batch", "deprecated"},
    "text": set(),
    "urls": {"text"},
    "config": FIRST | {"match", "query", "sources", "response"},  # what a query or a template may hold is told by line
    **dict.fromkeys(PURE, FIRST | PURE),
    "sources": FIRST | {"query", "deprecated"},
    "fetch": FIRST,
    "sandbox": FIRST | {"sources"},
    "store": FIRST | {"evidence"},
    "render": FIRST | PURE,
    "deliver": FIRST | {"config", "store", "fetch"},
    "demo": FIRST | {"config"},
    "collect": FIRST | PURE | {"config", "sources", "fetch", "sandbox", "store"},
    "app": FIRST | PURE | {"config", "demo", "sources", "fetch", "sandbox", "collect", "store", "deliver", "render"},
    "tui": FACE,
    "cli": FACE | {"tui"},  # the command that starts the screen
    "__main__": {"cli"},
    "__init__": set(),
}
#: Reason → file → rooms that it knows beyond its room's own in the table.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "-o FILE is written by the one function that writes files.": {
        "cli/console.py": "files",
        "cli/evidence.py": "files",
        "cli/opml.py": "files",
    },
    "A duration that a user types, and one that is shown, is read and worded by the one module for it.": {
        "cli/deliveries.py": "times",
        "cli/params.py": "times",
        "cli/scan_report.py": "times",
        "cli/spike.py": "times",
        "cli/stream_reporter.py": "times",
    },
    "A type or a rule of that room is used as it is: app should give it.": {
        "cli/coverage.py": "records",
        "cli/query.py": "query",
        "cli/sources.py": "sources",
    },
    "The demo plays on its own network.": {
        "cli/demo.py": "demo",
        "cli/demo_terminal.py": "demo env fetch",
    },
    "The program starts here, with the real clock and environment.": {
        "cli/__init__.py": "env",
        "cli/console.py": "env",
        "cli/context.py": "env",
    },
}
#: Reason → file → the modules of ours that it imports inside functions.
LAZY: dict[str, dict[str, str]] = {
    "--help loads click and nothing else: a command imports what it runs.": {
        "cli/__init__.py": "errors",
        "cli/brand.py": "app.backtest app.brand_health app.brands render.brand_health render.phrases render.sanitize",
        "cli/check.py": "app.check config.load config.search_path render.sanitize",
        "cli/context.py": "app.installation app.mail config.load config.search_path",
        "cli/coverage.py": "app.coverage render.coverage render.json_fields",
        "cli/deliveries.py": "app.alerts cli.delivery_reports",
        "cli/demo.py": "app.demo cli.demo_terminal demo demo.script",
        "cli/digest.py": "app.mail cli.delivery_reports",
        "cli/due.py": "render.terminal",
        "cli/evidence.py": "app.evidence_capture app.ids",
        "cli/inbox.py": "tui.inbox",
        "cli/match.py": "app.match render.sanitize",
        "cli/mentions.py": "app.mention_details render.json render.jsonl render.mention_details render.terminal",
        "cli/opml.py": "app.opml files",
        "cli/query.py": "app.query query.check query.importers render.query",
        "cli/reply.py": "app.drafts",
        "cli/report.py": "render.report_html render.report_json",
        "cli/rules.py": "app.rule_replay app.rules render.phrases render.rules",
        "cli/scan.py": "app.scan cli.delivery_reports cli.scan_report",
        "cli/setup.py": "app.init_config app.schedule config.search_path config.sections render.schema",
        "cli/sources.py": "app.sources render.json_fields render.source_phrases",
        "cli/story.py": "render.json render.jsonl render.story",
        "cli/stream.py": "app.stream cli.stream_reporter",
    },
    "Most brands have no query and most queries no regular expression: the language and RE2 are imported when used.": {
        "app/check.py": "query.evaluate",
        "app/mentions.py": "app.mention_query",
        "config/build.py": "query.check query.evaluate",
        "config/people_and_rules.py": "query.evaluate query.tree",
        "query/check.py": "query.evaluate",
        "query/evaluate.py": "query.required_literals",
        "query/leaves.py": "match.addresses query.regex",
        "query/matcher.py": "query.evaluate",
        "query/search_terms.py": "match.names match.terms query.parse query.search_clauses",
        "query/tokens.py": "query.regex",
    },
    "Most feeds need neither the thorough reader nor the page reader.": {
        "sources/feed/loader.py": "sources.feed.page",
        "sources/feed/page.py": "sources.feed.full_reader",
    },
    "check loads the network and mail libraries only with --online, and the database only to try rules.": {
        "app/check.py": "app.check_online app.rules deliver.message deliver.smtp deliver.webhook store",
    },
    "IMAP is imported when a mailbox is read.": {
        "fetch/__init__.py": "fetch.imap",
    },
    "Models and rules are read when the first text is judged, and not where nothing is judged.": {
        "analysis/__init__.py": "match.view query.mention_fields",
        "analysis/rules.py": "query.evaluate query.parse",
        "app/check.py": "analysis.phrases",
        "response/templates.py": "analysis.language analysis.tokenizer",
    },
    "Old names of version 0.1 are looked up when a plug-in asks for them.": {
        "errors.py": "deprecated",
    },
}
#: Library → the files that may import it.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "click": ("cli/",),
    "httpx": ("fetch/",),
    "pycurl": ("fetch/",),
    "websockets": ("fetch/",),
    "protego": ("fetch/",),
    "certifi": ("fetch/",),
    "feedparser": ("sources/feed/full_reader.py",),
    "sqlite3": ("store/",),
    "sqlite_utils": ("store/",),
    "rich": ("render/terminal.py", "tui/"),
    "textual": ("tui/",),
    "jinja2": ("render/html.py",),
    "smtplib": ("deliver/",),
    "imaplib": ("fetch/imap.py",),
    "apprise": ("deliver/",),
    "tomli": ("config/",),
    "re2": ("query/regex.py",),
    "publicsuffixlist": ("urls/suffixes.py",),
    "subprocess": ("sandbox.py", "config/secrets.py", "fetch/browser.py"),
}
#: Calls that read the clock or the environment; env.py alone makes them.
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "sleep"),
    ("time", "monotonic"),
    ("os", "getenv"),
    ("os", "environ"),
}
#: File → why it may all the same.
CLOCK_EXCEPTIONS: dict[str, str] = {
    "env.py": "it is the clock",
}

FILES = sorted(SOURCE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The dotted name of a file of the program."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def short(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def room_of(module: str) -> str:
    """The top-level file or folder."""
    return module.split(".")[1] if "." in module else "__init__"


@cache
def tree(path: Path) -> ast.Module:
    """Parsed once for all the rules."""
    return ast.parse(path.read_text(encoding="utf-8"))


def names(node: ast.AST) -> Iterator[str]:
    """The modules that a single node of the tree imports, or names for a loader."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "a relative import"
        assert node.module is not None
        # "from mentionwatch.render import json" imports the module mentionwatch.render.json.
        full = (f"{node.module}.{alias.name}" for alias in node.names)
        yield from {name if name in MODULES else node.module for name in full}
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):  # a loader's table
        if node.value in MODULES and MODULES[node.value].name != "__init__.py":
            yield node.value
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):  # "mentionwatch.render.{form}"
        folder = re.fullmatch(r"(mentionwatch\.[\w.]+\.)", str(node.values[0].value))
        yield from (name for name in MODULES if folder and name.startswith(folder[1]))


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module imported anywhere in a file."""
    return frozenset(name for node in ast.walk(tree(path)) for name in names(node))


def ours(modules: frozenset[str]) -> set[str]:
    return {name for name in modules if name in MODULES}


def lazily_imported(path: Path) -> set[str]:
    """The modules of ours that are imported inside functions of a file."""
    functions = (n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    inside = (node for function in functions for node in ast.walk(function))
    return {n for node in inside if isinstance(node, ast.Import | ast.ImportFrom) for n in names(node) if n in MODULES}


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_room_knows_only_the_rooms_it_may(path: Path) -> None:
    """A new import is a decision about the house: it is made in the table above."""
    room = room_of(module_of(path))
    strangers = {room_of(name) for name in ours(imports(path))} - MAY_IMPORT[room] - {room}

    assert strangers == {room for files in EXCEPTIONS.values() for room in files.get(short(path), "").split()}


def test_exceptions_are_of_files_that_exist() -> None:
    listed = {file for table in (EXCEPTIONS, LAZY) for files in table.values() for file in files}

    assert listed <= {short(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=short)
def test_an_import_inside_a_function_has_its_reason(path: Path) -> None:
    """Start-up is the only one: a new one is listed in ``LAZY`` with its reason, one that is gone is taken out."""
    listed = {f"mentionwatch.{name}" for files in LAZY.values() for name in files.get(short(path), "").split()}

    assert lazily_imported(path) == listed


def test_no_files_import_each_other_in_a_circle() -> None:
    """A circle hidden in functions or under ``TYPE_CHECKING`` is one all the same."""
    graph = {module: ours(imports(path)) - {module} for module, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
        circle = []
    except CycleError as error:
        circle = error.args[1]

    assert circle == []


def test_rooms_do_not_know_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        room = room_of(module)
        graph.setdefault(room, set()).update({room_of(name) for name in ours(imports(path))} - {room})
    try:
        TopologicalSorter(graph).prepare()
        circle = []
    except CycleError as error:
        circle = error.args[1]

    assert circle == []


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_library_stays_in_its_room(path: Path) -> None:
    """Imported in one place each library can be exchanged."""
    used = {name.split(".")[0] for name in imports(path)}

    assert [name for name in used if name in LIBRARIES and not short(path).startswith(LIBRARIES[name])] == []


@pytest.mark.parametrize("path", FILES, ids=short)
def test_only_env_reads_the_clock(path: Path) -> None:
    """Time is handed in, so that a test can move it."""
    if short(path) in CLOCK_EXCEPTIONS:
        return
    found = [
        f"line {node.lineno}: {node.value.id}.{node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCKS
    ]

    assert found == []


def test_no_file_is_named_after_nothing() -> None:
    """The name says what is inside."""
    meaningless = {"utils", "util", "base", "common", "misc", "helpers", "helper", "manager", "handler"}

    assert [path for path in FILES if path.stem.strip("_") in meaningless] == []


def test_no_test_imports_a_test() -> None:
    """What tests share lies in tests/support: a test may be moved, renamed or removed without another noticing."""
    found = [
        f"{path.relative_to(TESTS)}: {name}"
        for path in sorted(TESTS.rglob("*.py"))
        for name in imports(path)
        if any(part.startswith("test_") for part in name.split("."))
    ]

    assert found == []
