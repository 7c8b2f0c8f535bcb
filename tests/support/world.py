"""A world that behaves: a clock that moves when somebody sleeps or says so, and a network that is a dict."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx

from mentionwatch.cli import main
from mentionwatch.env import Env

MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server of this world answers."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of the program came to."""

    status: int
    out: str
    err: str


Answer = Reply | Exception | Callable[[httpx.Request], Reply]


class Network(httpx.BaseTransport):
    """URL without its query → answer; what is not in it answers 404. Remembers what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.pages.get(str(request.url), self.pages.get(str(request.url.copy_with(query=None))))
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return httpx.Response(404, content=b"not here")
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        return httpx.Response(answer.status, headers=dict(answer.headers), content=body)


class World:
    """One user's machine, in ``folder``."""

    def __init__(self, folder: Path, now: datetime = MORNING) -> None:
        self.folder = folder
        self.now = now
        self.network = Network()
        self.environ: dict[str, str] = {"HOME": str(folder)}
        self.config_file = folder / "mentionwatch.toml"

    @property
    def env(self) -> Env:
        return Env(
            now=lambda: self.now,
            monotonic=lambda: self.now.timestamp(),
            sleep=self.pass_seconds,
            environ=self.environ,
            transport=self.network,
        )

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def later(self, **how_much: float) -> World:
        """Let time pass: ``world.later(hours=2)``."""
        self.now += timedelta(**how_much)
        return self

    def serve(self, url: str, body: bytes | str, status: int = 200, **headers: str) -> None:
        """Put a page on the network."""
        self.network.pages[url] = Reply(
            body, status, {name.replace("_", "-"): value for name, value in headers.items()}
        )

    def configure(self, text: str) -> Path:
        """Write the configuration; ``database = "mentions.db"`` is there already."""
        self.config_file.write_text('database = "mentions.db"\n' + text, encoding="utf-8")
        return self.config_file

    def run(self, *args: str, stdin: bytes = b"") -> Ran:
        """Run the program as from a pipe."""
        out, err, before = io.StringIO(), io.StringIO(), sys.stdin
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = main(["--config", str(self.config_file), *args], env=self.env)
        finally:
            sys.stdin = before
        return Ran(status, out.getvalue(), err.getvalue())


def rss(*entries: str, title: str = "A feed") -> str:
    """An RSS 2.0 feed of these ``<item>`` insides."""
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def entry(
    title: str, link: str, *, guid: str | None = None, text: str = "", at: str = "Fri, 20 Nov 2026 07:30:00 GMT"
) -> str:
    """The inside of an RSS ``<item>``, dated half an hour before :data:`MORNING`.

    A real process reads the machine's clock: what is served to one is made by :func:`recent_entry`.
    """
    name = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<title>{title}</title><link>{link}</link>{name}<pubDate>{at}</pubDate><description>{text}</description>"


def recent_entry(title: str, link: str, *, guid: str | None = None, text: str = "") -> str:
    """The inside of an RSS ``<item>``, dated half an hour ago by the machine's clock."""
    half_an_hour_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
    return entry(title, link, guid=guid, text=text, at=format_datetime(half_an_hour_ago, usegmt=True))
