"""Source types: found by file name and entry point, imported when asked for, described by themselves."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.app.sources import list_source_types
from mentionwatch.errors import UserError
from mentionwatch.messages import Secret
from mentionwatch.sources import Source
from mentionwatch.sources.registry import describe, find_all, options, source_type, type_names
from support.paths import ROOT
from support.replay import answer, params, scan
from support.waiting import PATIENCE

GOOD = """
    from dataclasses import dataclass, field
    from typing import ClassVar
    from mentionwatch.messages import Limits, Page

    @dataclass(frozen=True, slots=True)
    class Gazette:
        '''The village gazette.

        Told by the crier.
        '''

        type: ClassVar[str] = "gazette"
        platform: ClassVar[str] = "gazette"
        limits: ClassVar[Limits] = Limits()
        account: ClassVar[str] = "none"
        limitations: ClassVar[str] = "what the crier forgets"
        server: str = field(metadata={"help": "Where the crier lives."})

        def requests(self, brands, checkpoints, now):
            return iter(())

        def parse(self, response):
            return Page(())
    """


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Installs a package with an entry point, as a package manager would leave it."""

    def installed(name: str, module: str, code: str, value: str) -> None:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[mentionwatch.sources]\n{name} = {value}\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    return installed


def test_a_plug_in_is_a_type_like_any_other(install) -> None:  # type: ignore[no-untyped-def]
    """An installed package's source is listed, found by its name and described."""
    install("gazette", "gazette_one", GOOD, "gazette_one:Gazette")
    cls = source_type("gazette")

    assert "gazette" in type_names()
    assert find_all().types["gazette"] is cls
    assert isinstance(cls(server="x"), Source)  # type: ignore[call-arg]
    said = describe(cls)
    assert (said.asks, said.more) == ("The village gazette.", "Told by the crier.")
    assert [(option.name, option.required, option.address) for option in said.options] == [("server", True, True)]


@pytest.mark.parametrize(
    ("code", "value", "why"),
    [
        ("raise RuntimeError('no crier')", "broken:Gazette", r"cannot be loaded: RuntimeError: no crier"),
        ("import sys; sys.exit(3)", "broken:Gazette", r"cannot be loaded: SystemExit: 3"),
        ("x = 1", "broken:Gazette", r"cannot be loaded: AttributeError"),
        ("Gazette = 1", "broken:Gazette", r"is not a dataclass"),
        (GOOD.replace('"gazette"', '"paper"'), "broken:Gazette", r"says its type is 'paper'"),
        (GOOD.replace("def parse", "def read"), "broken:Gazette", r"lacks parse"),
        (GOOD.replace("account:", "konto:"), "broken:Gazette", r"lacks account"),
        (GOOD.replace("server: str", "every: str"), "broken:Gazette", r"options every source has already: every"),
    ],
)
def test_a_broken_plug_in_is_a_problem_and_no_more(install, code: str, value: str, why: str) -> None:  # type: ignore[no-untyped-def]
    """It is told by name, and every other type is there."""
    install("gazette", "broken", code, value)
    sys.modules.pop("broken", None)
    found = find_all()

    assert "gazette" not in found.types
    assert "hackernews" in found.types
    [problem] = found.problems
    assert "source plug-in 'gazette' (broken:Gazette)" in problem
    described, problems = list_source_types()
    assert ({about.type for about in described}, problems) == (set(found.types), found.problems)
    with pytest.raises(UserError, match=why):
        source_type("gazette")


def test_a_plug_in_takes_no_built_in_types_name(install) -> None:  # type: ignore[no-untyped-def]
    """A package cannot put itself in the place of ours."""
    install("hackernews", "usurper", GOOD.replace('"gazette"', '"hackernews"'), "usurper:Gazette")

    assert source_type("hackernews").__module__ == "mentionwatch.sources.platforms.hackernews"
    assert find_all().types["hackernews"].__module__ == "mentionwatch.sources.platforms.hackernews"
    assert find_all().problems == (
        "source plug-in 'hackernews' (usurper:Gazette) is not used: a built-in type has this name",
    )


def test_of_two_plug_ins_with_one_name_one_is_used_and_the_other_told(install) -> None:  # type: ignore[no-untyped-def]
    """Which one does not depend on the order of installation."""
    install("gazette", "gazette_b", GOOD, "gazette_b:Gazette")
    install("gazette", "gazette_a", GOOD, "gazette_a:Gazette")

    assert source_type("gazette").__module__ == "gazette_a"
    assert find_all().problems == (
        "source plug-in 'gazette' (gazette_b:Gazette) is not used: gazette_a:Gazette has the same name",
    )


def test_the_example_in_the_documentation_is_a_source(install) -> None:  # type: ignore[no-untyped-def]
    """The class shown in docs/sources.md, installed as a plug-in, asks, reads and passes the test shown below it."""
    code, test, *_ = re.findall(r"```python\n(.*?)```", (ROOT / "docs/sources.md").read_text(), re.DOTALL)
    install("gazette", "village_gazette", code, "village_gazette:Gazette")
    source = source_type("gazette")(server="gazette.example")  # type: ignore[call-arg]
    articles = [
        {"id": 17, "link": "/17", "title": "Acme  opens", "body": "<p>A&amp;B</p>", "date": "2026-11-20T08:01:02Z"}
    ]
    done = scan(source, lambda request: answer(request, {"articles": articles}))
    again = scan(source, lambda request: answer(request, {"articles": []}), done.checkpoints)

    assert [(item.title, item.text, item.url) for item in done.items][:1] == [
        ("Acme opens", "A&B", "https://gazette.example/17")
    ]
    assert {params(request)["since"] for request in again.asked} == {"1795158062"}
    shown: dict[str, Any] = {}
    exec(compile(test, "docs/sources.md", "exec"), shown)
    checks = [name for name in dir(shown["TestGazette"]) if name.startswith("test_")]
    assert len(checks) > 15
    for name in checks:
        getattr(shown["TestGazette"](), name)()


def test_a_mistyped_name_gets_a_guess() -> None:
    """``hakernews`` is nearly right; ``zzz`` is not, and gets the list."""
    with pytest.raises(UserError, match="no source type 'hakernews'; did you mean 'hackernews'"):
        source_type("hakernews")
    with pytest.raises(UserError, match=r"no source type 'zzz'; there are: .*hackernews, .*mastodon"):
        source_type("zzz")
    with pytest.raises(UserError, match="no source type 'registry'"):
        source_type("registry")
    with pytest.raises(UserError, match="no source type '_json'"):
        source_type("_json")


def test_options_say_what_a_value_must_be() -> None:
    """The server is required and an address, the token a secret, the hashtags a list that may be empty."""
    server, token, tags = options(source_type("mastodon"))

    assert (server.name, server.annotation, server.required, server.address, server.secret) == (
        "server", str, True, True, False,
    )  # fmt: skip
    assert (token.name, token.annotation, token.required, token.default, token.secret) == (
        "token", Secret | None, False, None, True,
    )  # fmt: skip
    assert (tags.name, tags.annotation, tags.default) == ("tags", tuple[str, ...], ())


def test_asking_for_one_type_imports_no_other() -> None:
    """A config with one source does not pay for the others."""
    code = (
        "import sys; from mentionwatch.sources.registry import source_type, type_names;"
        "type_names(); source_type('lobsters');"
        "print([name for name in sys.modules if name in ("
        "'mentionwatch.sources.platforms.mastodon', 'mentionwatch.sources.platforms.hackernews',"
        " 'feedparser', 'httpx')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)

    assert done.stdout.strip() == "[]"
