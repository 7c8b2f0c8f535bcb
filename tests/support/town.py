"""A user's machine beside a real web server that has a feed and takes alerts."""

from __future__ import annotations

import json
import time as clock
from dataclasses import replace
from pathlib import Path
from typing import Any

from mentionwatch.env import Env
from support.servers import Answer, Asked, HttpServer
from support.world import Ran, World, entry, rss

FIRE = "The Acme Coffee machine caught fire and burnt my hand. This is dangerous, I am calling my lawyer."


BOYCOTT = "Boycott Acme Coffee! Their racist manager is a scandal and I feel sick and disgusted."


CALM = "Acme Coffee opens a new shop in the old harbour."


class Town(World):
    """A user's machine beside a real web server that has a feed and takes alerts at ``/hook-5ecret``."""

    def __init__(self, folder: Path, server: HttpServer) -> None:
        super().__init__(folder)
        self.server = server
        self.entries: list[str] = []
        self.environ |= {"HOOK": self.address("json+http", "/hook-5ecret")}
        self.server.routes["/hook-5ecret"] = Answer(b"ok")
        self.server.routes["/feed"] = lambda _: Answer(rss(*self.entries).encode())

    def address(self, scheme: str, path: str) -> str:
        return f"{scheme}://127.0.0.1:{self.server.port}{path}"

    @property
    def env(self) -> Env:
        return replace(super().env, transport=None, monotonic=clock.monotonic)

    def watch(self, notify: str = 'when = ["urgent"]', more: str = "") -> None:
        """Configure one brand, one feed and one ``[[notify]]``, and scan the backlog."""
        self.configure(
            '[[brands]]\nname = "Acme Coffee"\nnames = ["Acme Coffee"]\nown = ["acme.example"]\n'
            f'[[sources]]\ntype = "feed"\nname = "blog"\nurl = "{self.server.url("/feed")}"\nevery = "1m"\n'
            f'[[notify]]\nname = "oncall"\nurl = {{ env = "HOOK" }}\n{notify}\n{more}'
        )

    def say(self, text: str, link: str | None = None) -> None:
        number = len(self.entries)
        link = link or f"https://forum.example/{number}"
        self.entries.append(entry(text[:60], link, guid=f"g{number}", text=text, at="Fri, 20 Nov 2026 07:59:00 GMT"))

    def scan(self, *args: str, after: float = 10) -> Ran:
        """Ten minutes later, a scan."""
        self.later(minutes=after)
        return self.run("scan", *args)

    @property
    def told(self) -> list[dict[str, Any]]:
        """What the webhook was sent."""
        return [json.loads(asked.body) for asked in self.asked("/hook-5ecret")]

    def asked(self, path: str) -> list[Asked]:
        return [one for one in self.server.requests if one.path == path]
