"""Every recorded or captured answer there is, given to the type that would get it: none is passed over.

``data/answers_expected.jsonl`` says of each file which question of which type it came in answer to and what is read of
it: so many ``items``, a ``session``, an empty ``page`` made of an error, or the ``error`` with words of its message; an
answer to another question is one, never "nothing found". What the items say is held by the types' own tests, and what
feeds say by ``test_recorded_feeds``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import SourceError
from mentionwatch.fetch.error_mapping import from_status
from mentionwatch.messages import Page, Response, Secret
from mentionwatch.sources import Source, StreamSource, SupportsLogin, explain_error
from mentionwatch.sources.registry import describe, source_type
from mentionwatch.sources.testing import assert_sound, parse
from mentionwatch.urls import host_of
from support.paths import ROOT
from support.recorded import EXPECTED, FEEDS
from support.replay import ACME, NOW
from support.samples import OURS, build

DATA = Path(__file__).parent / "data"
#: No source asks for these, and why.
NOT_ASKED = {
    "captured/bluesky/firehose/*.bin": "the firehose's CBOR: the same posts are heard from Jetstream (test_jetstream)",
    "captured/isso/l*.body": "JSON of a comment server whose Atom feed is read (test_recorded_feeds)",
    "captured/jetstream/*": "messages of a stream (test_jetstream)",
    "captured/mail/*": "what a mail server took from us: mail is sent, and alerts are read from mails of another form",
    "captured/ntfy/*": "a service that alerts are sent to (test_alerts)",
    "recorded/google_news/article_ids.json": "ids out of addresses, not an answer (test_urls)",
    "recorded/producthunt/urls_2026.txt": "addresses out of answers, not an answer (test_producthunt)",
}
#: What stands beside answers: where they come from, and what was sent with them.
BESIDE = ("*.headers", "*.http.json", "*README.md", "*LICENSE*", "*MANIFEST.tsv")


def answers(shared: Path) -> Iterator[str]:
    """Every file that is an answer, by its path below the corpus."""
    corpus = shared / "corpus"
    for folder in ("recorded", "captured"):
        for path in sorted((corpus / folder).rglob("*")):
            name = path.relative_to(corpus).as_posix()
            if path.is_file() and not any(fnmatch(name, beside) for beside in BESIDE):
                yield name


def test_no_recorded_answer_is_passed_over(shared: Path) -> None:
    """A line of a table has its recording; a recording without a line is told by name.

    The corpus is other people's and grows without us: what is new in it turns no suite red that was green.
    """
    there = set(answers(shared))
    known = FEEDS | {line["file"] for line in EXPECTED}
    not_asked = {name for name in there if any(fnmatch(name, pattern) for pattern in NOT_ASKED)}

    assert known - there == set()
    if new := sorted(there - known - not_asked):
        pytest.skip(f"{len(new)} recorded answers have no line in answers_expected.jsonl yet: {', '.join(new)}")


def sent_with(path: Path) -> tuple[int, dict[str, str]]:
    """The status and headers of an answer, as they were recorded beside it; else the status its name tells."""
    headers, recording = path.with_suffix(".headers"), path.with_name(f"{path.name}.http.json")
    if path.suffix == ".body" and headers.is_file():
        first, *lines = headers.read_text(encoding="latin-1").splitlines()
        pairs = (line.partition(":") for line in lines if ":" in line)
        return int(first.split()[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}
    if recording.is_file():
        response = json.loads(recording.read_text(encoding="utf-8"))["response"]
        return response["status"], {name.lower(): str(value) for name, value in response["headers"].items()}
    named = re.search(r"error_([45]\d\d)", path.name)
    return int(named[1]) if named else 200, {}


def read(source: Source, response: Response, question: str) -> tuple[str, Page]:
    """What is made of an answer: ``items``, ``session`` or ``page``; raises the error that it is."""
    if response.status >= 400:
        host = host_of(response.url) or ""
        error = from_status(response.status, host, response.headers, response.received_at, known=True)
        error.response = response
        said = explain_error(source, error) or error
        if isinstance(said, Page):
            return "page", said
        raise said
    if question == "login":
        assert isinstance(source, SupportsLogin)
        source.read_session(response)
        return "session", Page(())
    return "items", parse(source, response)


@pytest.mark.parametrize("expected", EXPECTED, ids=[line["file"] for line in EXPECTED])
def test_each_is_read_or_refused_with_its_reason(shared: Path, expected: dict[str, Any]) -> None:
    """As many items as a person counts in it, each fit to be kept, or the error that it is."""
    given: dict[str, Any] = {
        key: Secret("t0ken") if value is True and key in ("token", "client_secret", "password") else value
        for key, value in expected.get("options", {}).items()
    }
    options: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in given.items()}
    source = build(expected["type"], everything=False, **options)
    requests = {request.query_key: request for request in source.requests((ACME,), {}, NOW)}
    if expected["question"] == "login":
        assert isinstance(source, SupportsLogin)
        requests["login"] = source.login()
    path = shared / "corpus" / expected["file"]
    status, headers = sent_with(path)
    status = expected.get("status", status)
    request = requests[expected["question"]]
    response = Response(request, status, request.url, headers, path.read_bytes(), NOW)

    if "error" in expected:
        with pytest.raises(SourceError) as caught:
            read(source, response, expected["question"])
        assert (caught.value.code, expected["says"] in caught.value.message) == (expected["error"], True)
        return
    what, page = read(source, response, expected["question"])
    assert (what, len(page.items)) == (expected.get("is", "items"), expected.get("items", 0))
    for item in page.items:
        assert_sound(item, type(source).platform)


def tally(kind: str) -> str:
    """What was made of the recorded answers of a type, in the words of the table; ``""`` where there are none."""
    made: Counter[str] = Counter()
    for line in EXPECTED:
        if line["type"] == kind and "_shape_samples" not in line["file"]:
            made["items"] += line.get("items", 0)
            made[
                "errors" if "status" in line else
                "sessions" if line.get("is") == "session" else
                "to other questions refused" if "error" in line else
                "read" if line.get("items") else "empty"
            ] += 1  # fmt: skip
    items = made.pop("items", 0)
    parts = [
        f"{made[what]} {what.removesuffix('s') if made[what] == 1 and what in ('sessions', 'errors') else what}"
        + (f" ({items:,} item{'s' * (items != 1)})" if what == "read" else "")
        for what in ("read", "empty", "sessions", "errors", "to other questions refused")
        if made[what]
    ]
    return f"{made.total()} recorded: {', '.join(parts)}" if parts else ""


#: Types whose answers are tested elsewhere, and on what.
PROVED_ELSEWHERE = {
    "feed": "recorded feeds (test_recorded_feeds)",
    "imap": "alerts in the form of a genuine mail, from Dovecot (live/test_imap)",
    "jetstream": "messages of production servers (test_jetstream)",
    "json": "genuine answers of five platforms (test_json)",
    "mastodon_stream": "genuine statuses (below)",
}


@pytest.mark.parametrize("kind", OURS)
def test_a_type_that_never_read_a_genuine_answer_is_experimental(kind: str) -> None:
    """And no other: neither documentation's examples nor other projects' inventions prove anything."""
    genuine = any(
        line["type"] == kind
        and line.get("items")
        and line.get("genuine", True)
        and "_shape_samples" not in line["file"]
        for line in EXPECTED
    )

    assert describe(source_type(kind)).experimental is not (genuine or kind in PROVED_ELSEWHERE)


def test_a_stream_reads_genuine_statuses(shared: Path) -> None:
    """As a page to catch up with, and each as an event."""
    source = build("mastodon_stream", everything=False)
    body = (shared / "corpus/recorded/mastodon/timeline_public_anon.json").read_bytes()
    request = next(iter(source.requests((ACME,), {}, NOW)))
    page = parse(source, Response(request, 200, request.url, {}, body, NOW))
    events = [b"event: update\ndata: " + json.dumps(status).encode() for status in json.loads(body)]
    assert isinstance(source, StreamSource)
    heard = source.parse_messages(events, NOW)

    assert len(page.items) == len(heard.items) == 8
    assert heard.odd == 0


@pytest.mark.parametrize("kind", OURS)
def test_the_table_of_types_says_what_each_was_tested_on(kind: str) -> None:
    """docs/sources.md counts the recorded answers, and calls untested what has never read one nor met a real server."""
    page = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    table = page.partition("## What each type was tested on")[2].partition("\n## ")[0]
    (row,) = (line for line in table.splitlines() if line.startswith(f"| `{kind}` |"))
    _, _, tested, server, unverified, _ = row.split("|")

    assert tally(kind) in tested
    proved = " read (" in tested or "genuine" in tested or "recorded" in tested or "make test-live" in server
    assert proved or "untested against the live service" in unverified
    assert describe(source_type(kind)).experimental is ("experimental" in tested)
