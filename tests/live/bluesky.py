"""Bluesky's own servers, as their makers' npm package starts them: a directory, a PDS, an AppView."""

from __future__ import annotations

import json
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from live.posts import Post
from live.processes import Servers, free_port, give, own_user, run, until

#: Where ``run.py`` has npm put the package.
KEPT = Path(os.environ.get("MENTIONWATCH_LIVE", "/nowhere")) / "npm"
_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
INSTALLED = (KEPT / "node_modules/@atproto/dev-env").is_dir() and bool(_POSTGRES) and bool(shutil.which("redis-server"))
PASSWORD = "correct horse battery"
#: The network answers some seconds after its process has started; a busy machine takes its time.
_START = 180.0


class Network:
    """A network that runs. ``planted`` is every post written, by its address on bsky.app."""

    def __init__(self, servers: Servers, place: Path) -> None:
        self.planted: dict[str, Post] = {}
        database, cache = free_port(), free_port()
        self._start_postgres(servers, place / "postgres", database)
        servers.start(
            "redis",
            ["redis-server", "--port", str(cache), "--bind", "127.0.0.1", "--save", "", "--dir", place],
            ready=cache,
        )
        log = place / "bluesky.log"
        servers.start(
            "bluesky",
            ["node", Path(__file__).with_name("bluesky_network.mjs"), KEPT],
            ready=lambda: b"LIVE {" in log.read_bytes(),
            environ={
                "DB_POSTGRES_URL": f"postgresql://postgres@127.0.0.1:{database}/postgres",
                "REDIS_HOST": f"127.0.0.1:{cache}",
                "TMPDIR": str(place),
                "LOG_ENABLED": "false",
                "NODE_ENV": "development",
            },
            seconds=_START,
        )
        told = re.search(rb"LIVE (\{.*\})", log.read_bytes())
        assert told is not None
        addresses = json.loads(told[1])
        self.pds: str = addresses["pds"]
        self.appview: str = addresses["appview"]
        self.sessions: dict[str, dict[str, Any]] = {}

    def _start_postgres(self, servers: Servers, folder: Path, port: int) -> None:
        folder.mkdir()
        give(folder, "postgres")
        folder.chmod(0o700)
        initdb = _POSTGRES[-1]
        run(initdb, "-D", folder, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            user=own_user("postgres"), cwd=Path("/"))  # fmt: skip
        servers.start(
            "postgres",
            [initdb.with_name("postgres"), "-D", folder, "-p", str(port), "-h", "127.0.0.1", "-k", folder,
             "-c", "fsync=off", "-c", "max_connections=200"],
            ready=port,
            user=own_user("postgres"),
            cwd=Path("/"),
        )  # fmt: skip

    def join(self, handle: str) -> str:
        """Open an account and give it an app password."""
        email = f"{handle.partition('.')[0]}@mail.test"
        self.sessions[handle] = self.ask("com.atproto.server.createAccount",
                                         {"email": email, "handle": handle, "password": PASSWORD})  # fmt: skip
        made: str = self.ask("com.atproto.server.createAppPassword", {"name": "live"}, handle)["password"]
        return made

    def plant(self, handle: str, posts: Iterable[Post]) -> None:
        """Write posts as an account, and wait until the AppView shows the last of them."""
        did = self.sessions[handle]["did"]
        uri = ""
        for post in posts:
            record = {
                "$type": "app.bsky.feed.post",
                "text": post.text,
                "langs": [post.language],
                "createdAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
                "facets": list(_facets(post)),
            }
            body = {"repo": did, "collection": "app.bsky.feed.post", "record": record}
            made = self.ask("com.atproto.repo.createRecord", body, handle)
            uri = made["uri"]
            self.planted[f"https://bsky.app/profile/{handle}/post/{uri.rpartition('/')[2]}"] = post
        until("the last post to be shown", lambda: self._shows(uri), seconds=60)

    def _shows(self, uri: str) -> bool:
        with urllib.request.urlopen(f"{self.appview}/xrpc/app.bsky.feed.getPosts?uris={uri}", timeout=30) as answer:
            return bool(json.load(answer)["posts"])

    def ask(self, method: str, body: dict[str, Any], handle: str | None = None) -> dict[str, Any]:
        """One procedure of the PDS, as ``handle`` where given."""
        headers = {"Content-Type": "application/json"}
        if handle is not None:
            headers["Authorization"] = f"Bearer {self.sessions[handle]['accessJwt']}"
        request = urllib.request.Request(f"{self.pds}/xrpc/{method}", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                told: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method}: {error.code} {error.read()[:500]!r}") from None
        return told

    def log_in(self, handle: str, password: str) -> int:
        """Ask for a session; the status of the answer."""
        body = json.dumps({"identifier": handle, "password": password}).encode()
        request = urllib.request.Request(
            f"{self.pds}/xrpc/com.atproto.server.createSession", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


def _facets(post: Post) -> Iterator[dict[str, Any]]:
    """What the app marks in a text: hashtags, addresses, and the last word as a link; places count bytes of UTF-8."""
    marks = [(found.span(), {"$type": "app.bsky.richtext.facet#tag", "tag": found[1]})
             for found in re.finditer(r"#(\w+)", post.text)]  # fmt: skip
    marks += [(found.span(), {"$type": "app.bsky.richtext.facet#link", "uri": found[0]})
              for found in re.finditer(r"https?://\S+", post.text)]  # fmt: skip
    if post.link:
        place = (post.text.rindex(" ") + 1, len(post.text))
        marks.append((place, {"$type": "app.bsky.richtext.facet#link", "uri": post.link}))
    for (start, end), feature in marks:
        index = {"byteStart": len(post.text[:start].encode()), "byteEnd": len(post.text[:end].encode())}
        yield {"index": index, "features": [feature]}
