"""A plug-in written for version 0.1 still runs, and each old name that it uses warns with the new one."""

from __future__ import annotations

import importlib
import pickle
import shutil
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from mentionwatch import errors, messages, sources
from mentionwatch.model import Item
from mentionwatch.sources import (
    ExplainsErrors,
    HasFullParser,
    NeedsFullParser,
    RecheckedItems,
    Source,
    StreamBatch,
    SupportsRecheck,
    explain_error,
    limits_of,
)
from mentionwatch.sources.registry import describe, source_type
from support.paths import DATA
from support.replay import NOW, answer, params, scan

OLD = (
    "exchange", "mailbag", "sources._address", "sources._again", "sources._batches", "sources._dates",
    "sources._events", "sources._feeds", "sources._flakes", "sources._found", "sources._json", "sources._links",
    "sources._listing", "sources._marks", "sources._questions", "sources._said", "sources._terms", "sources._times",
    "sources.hackernews", "sources.json", "sources.x",
)  # fmt: skip


@pytest.fixture
def gazette(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Source]:
    """The type of the old plug-in, installed as a package manager would leave it."""
    shutil.copy(DATA / "old_plugin.py", tmp_path / "old_gazette.py")
    info = tmp_path / "old_gazette-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: old_gazette\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mentionwatch.sources]\ngazette = old_gazette:Gazette\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [*(f"mentionwatch.{name}" for name in OLD), "old_gazette"]:
        sys.modules.pop(name, None)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        return source_type("gazette")


def test_an_old_plug_in_polls(gazette: type[Source]) -> None:
    """It asks, reads, turns its page and goes on from its checkpoint."""
    source = gazette(server="gazette.example")  # type: ignore[call-arg]
    articles = [{"id": 17, "link": "/17", "title": "Acme opens", "body": "A", "date": "2026-11-20T08:01:02Z"}]
    done = scan(source, lambda request: answer(request, {"articles": articles}))
    again = scan(source, lambda request: answer(request, {"articles": []}), done.checkpoints)

    assert isinstance(source, Source)
    assert limits_of(source).min_interval == 1.0
    assert describe(gazette).limitations == "letters to the editor"
    assert {item.external_id for item in done.items} == {"17"}
    assert {params(request)["since"] for request in again.asked} == {"1795158062"}
    (request, *_) = again.asked
    assert request.query_key == request.question == "text:acme coffee"  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(request)) == request
    page = source.parse(answer(request, {"articles": articles, "more": True}))
    assert page.next is not None
    assert (page.next.page_state, page.next.page, page.cost) == ("more", 1, 1)
    assert replace(page.next, page_state=None).page_state is None


def test_its_optional_abilities_are_known_by_their_new_names(gazette: type[Source]) -> None:
    """Errors, the full parser, rechecks and streamed messages."""
    source = gazette(server="gazette.example")  # type: ignore[call-arg]
    request = messages.Request("text:acme", "https://gazette.example/search.json")
    assert isinstance(source, ExplainsErrors)
    assert isinstance(source, HasFullParser)
    assert isinstance(source, SupportsRecheck)
    denied = errors.AuthFailed("401")
    denied.response = answer(next(iter(scan(source, lambda one: answer(one, {"articles": []})).asked)), {}, status=401)

    assert isinstance(explain_error(source, denied), errors.AuthFailed)
    with pytest.raises(NeedsFullParser):
        source.parse(answer(request, {"odd": True}))
    with pytest.raises(errors.UnexpectedResponse):
        source.parse(answer(request, {}))
    assert source.parse_fully(answer(request, {})).note == "read with care"
    item = Item("gazette", "article", "17")
    (recheck,) = source.recheck_requests([item], [])
    assert source.parse_recheck(answer(recheck.request, {}), recheck) == RecheckedItems({0: item})
    assert source.parse_messages([b"x"], NOW) == StreamBatch(odd=1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OLD)
def test_an_old_module_warns_with_its_new_place(name: str) -> None:
    """It is there, and all that it had before."""
    sys.modules.pop(f"mentionwatch.{name}", None)
    with pytest.warns(DeprecationWarning, match=rf"^mentionwatch\.{name} is deprecated: import mentionwatch\.\w+"):
        module = importlib.import_module(f"mentionwatch.{name}")

    assert module.__name__ == f"mentionwatch.{name}"


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        (errors, "NotUnderstood", errors.UnexpectedResponse),
        (errors, "BadCredentials", errors.AuthFailed),
        (errors, "LimitReached", errors.RateLimited),
        (errors, "ServerBroken", errors.ServerError),
        (errors, "Refused", errors.BlockedAddress),
        (errors, "TooSlow", errors.TimedOut),
        (errors, "NotAsked", errors.Skipped),
        (sources, "Unsure", sources.NeedsFullParser),
        (sources, "AsksAgain", sources.SupportsRecheck),
        (sources, "Again", sources.RecheckRequest),
        (sources, "Reread", sources.RecheckedItems),
        (sources, "OpensSession", sources.SupportsLogin),
        (sources, "Completes", sources.Enriches),
        (sources, "Streams", sources.StreamSource),
        (sources, "Heard", sources.StreamBatch),
        (sources, "ParsesIsolated", sources.HasFullParser),
        (sources, "explained", sources.explain_error),
    ],
)
def test_an_old_name_is_the_new_thing(module: object, old: str, new: object) -> None:
    """Both are the same object, so ``except`` and ``isinstance`` hold."""
    with pytest.warns(DeprecationWarning, match=rf"\.{old} is deprecated: use mentionwatch\.[\w.]+$"):
        assert getattr(module, old) is new


def test_what_never_was_is_not_there() -> None:
    """No module makes up a name."""
    for module in (errors, sources):
        with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
            module.Nothing  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("mentionwatch.sources._nothing")
