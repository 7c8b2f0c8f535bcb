"""A MediaWiki of Debian's package on SQLite and PHP's own server, and how to write pages in it."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from live.posts import Post
from live.processes import Servers, free_port, run

PROGRAM = Path("/usr/share/mediawiki")
_SETTINGS = """
$wgRateLimits = [];                 // those who plant may write as fast as they like
$wgJobRunRate = 0;                  // jobs wait, so that the wiki can lag behind when it is told to
$wgEnableUploads = false;
if ( file_exists( __DIR__ . '/lags' ) ) {
    // MediaWiki's own rule: so many seconds of lag for each job that waits (Manual:$wgJobQueueIncludeInMaxLagFactor)
    $wgJobQueueIncludeInMaxLagFactor = 0.01;
}
if ( file_exists( __DIR__ . '/closed' ) ) {
    $wgGroupPermissions['*']['read'] = false;
}
"""


class Wiki:
    """A wiki that runs. ``planted`` is every page written, by its address."""

    def __init__(self, servers: Servers, place: Path) -> None:
        self.folder = place / "wiki"
        self.folder.mkdir()
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.planted: dict[str, Post] = {}
        run("php", PROGRAM / "maintenance/install.php", "--quiet", "--dbtype", "sqlite", "--dbpath", self.folder,
            "--dbname", "wiki", "--server", self.origin, "--scriptpath", "", "--confpath", self.folder,
            "--pass", "correct horse battery", "Live wiki", "Keeper")  # fmt: skip
        with (self.folder / "LocalSettings.php").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS)
        servers.start(
            "mediawiki",
            ["php", "-S", f"127.0.0.1:{self.port}", "-t", PROGRAM],
            ready=self.port,
            environ={"MW_CONFIG_FILE": str(self.folder / "LocalSettings.php")},
        )

    def plant(self, posts: Iterable[Post]) -> None:
        """Write a page for each post; its title says nothing."""
        for post in posts:
            # As typed, unless an address stands in it: that is a link by itself.
            text = post.text if "://" in post.text else f"<nowiki>{post.text}</nowiki>"
            self.write(f"Note {post.key}", f"{text} [{post.link} there]" if post.link else text)
            self.planted[f"{self.origin}/index.php/Note_{post.key}"] = post

    def write(self, title: str, text: str) -> None:
        """Write one page as anybody may."""
        done = self.ask(action="edit", title=title, text=text, token="+\\")
        assert done.get("edit", {}).get("result") == "Success", done

    def ask(self, **parameters: str) -> dict[str, Any]:
        """One call of the wiki's API."""
        body = urllib.parse.urlencode({"format": "json", "formatversion": "2", **parameters}).encode()
        with urllib.request.urlopen(f"{self.origin}/api.php", body, timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def lag(self, lags: bool) -> None:
        """From now on the wiki is behind with its work, or is not."""
        self._switch("lags", lags)

    def close(self, closed: bool) -> None:
        """From now on guests may not read, or may."""
        self._switch("closed", closed)

    def _switch(self, name: str, on: bool) -> None:
        if on:
            (self.folder / name).touch()
        else:
            (self.folder / name).unlink(missing_ok=True)

    @property
    def version(self) -> str:
        site: str = self.ask(action="query", meta="siteinfo")["query"]["general"]["generator"]
        return site
