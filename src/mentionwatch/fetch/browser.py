"""A picture of a page, taken by the Chromium that the machine has, headless and with no way out but a filtering proxy.

The page runs its scripts, or most platforms would show nothing; so the browser keeps its sandbox, gets a profile of its
own that is removed after, and never runs as root: where we are, it is ``nobody``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mentionwatch.errors import BlockedAddress, TimedOut, TooLarge, Unreachable, UserError
from mentionwatch.fetch import address_policy
from mentionwatch.fetch.browser_proxy import FilteringProxy
from mentionwatch.fetch.connections import Dial, dial
from mentionwatch.fetch.prepared_request import prepare
from mentionwatch.fetch.proxies import names_proxy
from mentionwatch.messages import Request

#: Looked for on the PATH, in this order.
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge", "brave-browser")
_MOST_PICTURE = 30_000_000
# Of the page's own time: what it does by timers after that is not waited for.
_VIRTUAL_MILLISECONDS = 10_000
# Of our environment only what a program needs to start: the page's process is to know nothing else.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "FONTCONFIG_PATH", "FONTCONFIG_FILE")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of ``width`` by ``height`` pixels, what took it, and the hosts the page was not let reach."""

    png: bytes
    browser: str
    width: int
    height: int
    refused: tuple[str, ...]


def find(environ: Mapping[str, str]) -> Path:
    """The browser: ``$MENTIONWATCH_BROWSER``, or one of :data:`NAMES`; ``UserError`` that says the mend."""
    if named := environ.get("MENTIONWATCH_BROWSER"):
        if (found := shutil.which(named, path=environ.get("PATH"))) is None:
            raise UserError(f"MENTIONWATCH_BROWSER: {named}: there is no such program")
        return Path(found)
    for name in NAMES:
        if (found := shutil.which(name, path=environ.get("PATH"))) is not None:
            return Path(found)
    raise UserError(
        "--screenshot needs Chromium or Chrome; install one (`apt install chromium`), or leave the option out"
    )


def picture(
    url: str,
    browser: Path,
    environ: Mapping[str, str],
    *,
    allowed: frozenset[str] = frozenset(),
    seconds: float = 45.0,
    width: int = 1280,
    height: int = 2400,
    resolver: address_policy.Resolver = address_policy.resolve,
    dial: Dial = dial,
) -> Picture:
    """What a page looks like, within ``seconds``. Raises a :class:`~mentionwatch.errors.SourceError`.

    ``allowed`` as in ``FilteringProxy``. A browser shows an error page like any other: whether the
    page answered is known only from having fetched it.
    """
    url = str(prepare(Request("page", url), "").url)  # the same check as before any other request
    if names_proxy(environ):
        raise BlockedAddress("a screenshot cannot be taken behind a proxy: the browser would bypass it")
    with (
        tempfile.TemporaryDirectory(prefix="mentionwatch-", ignore_cleanup_errors=True) as place,
        FilteringProxy(allowed=allowed, seconds=seconds, resolver=resolver, dial=dial) as proxy,
    ):
        home = Path(place)
        if os.geteuid() == 0:
            shutil.chown(home, "nobody")
        target = home / "page.png"
        said = _run(browser, _arguments(url, proxy.port, home, target, width, height), environ, home, seconds)
        try:
            size = target.stat().st_size
        except FileNotFoundError:
            raise Unreachable(f"{browser.name} took no picture: {_why(said)}") from None
        if size > _MOST_PICTURE:
            raise TooLarge(f"the picture is larger than {_MOST_PICTURE // 1_000_000} MB")
        png = target.read_bytes()
        if not png.startswith(b"\x89PNG\r\n\x1a\n"):
            raise Unreachable(f"{browser.name} took no picture: {_why(said)}")
        return Picture(
            png,
            _version(browser, environ, home),
            int.from_bytes(png[16:20], "big"),
            int.from_bytes(png[20:24], "big"),
            proxy.refused,
        )


def _arguments(url: str, port: int, home: Path, target: Path, width: int, height: int) -> list[str]:
    return [
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--mute-audio",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-breakpad",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-sync",
        "--disable-quic",
        "--deny-permission-prompts",
        "--block-new-web-contents",
        # Everything through the proxy, loopback included, and no name looked up or packet sent beside it.
        f"--proxy-server=http://127.0.0.1:{port}",
        "--proxy-bypass-list=<-loopback>",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        f"--user-data-dir={home / 'profile'}",
        f"--screenshot={target}",
        f"--window-size={width},{height}",
        f"--virtual-time-budget={_VIRTUAL_MILLISECONDS}",
        "--",
        url,
    ]


def _run(browser: Path, arguments: list[str], environ: Mapping[str, str], home: Path, seconds: float) -> str:
    """Runs it to its end and gives what it said; killed with all its children when time is up."""
    user, group, groups = _identity()
    with (home / "said").open("w+b") as said:
        process = subprocess.Popen(
            [str(browser), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=home,
            env=_environment(environ, home),
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=groups,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"{browser.name} did not finish the picture within {seconds:.0f} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said.seek(0)
        return said.read(100_000).decode("utf-8", "replace")


def _environment(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    return {name: environ[name] for name in _ENVIRONMENT if name in environ} | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "TMPDIR": str(home),
    }


def _identity() -> tuple[int | None, int | None, tuple[int, ...] | None]:
    """User, group and further groups to run as. Chromium has no sandbox as root: strangers' scripts would be root."""
    if os.geteuid() != 0:
        return None, None, None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid, ()


def _version(browser: Path, environ: Mapping[str, str], home: Path) -> str:
    user, group, groups = _identity()
    try:
        done = subprocess.run(
            [str(browser), "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=_environment(environ, home),
            timeout=10,
            check=False,
            user=user,
            group=group,
            extra_groups=groups,
        )
    except (OSError, subprocess.TimeoutExpired):
        return browser.name
    said = re.search(rb"[A-Za-z][A-Za-z ]* [0-9][0-9.]*", done.stdout)
    return said[0].decode("ascii").strip() if said else browser.name


def _why(said: str) -> str:
    """The line that tells most of what it said; most of the rest is about a desktop that is not there."""
    lines = [line for line in said.splitlines() if "dbus" not in line.lower() and line.strip()]
    for sign, hint in (
        ("sandbox", "its sandbox does not start on this machine (unprivileged user namespaces are switched off)"),
        ("running as root", "it does not run as root"),
    ):
        if any(sign in line.lower() for line in lines):
            return hint
    return re.sub(r"^\[[^\]]*\]\s*", "", lines[-1])[:200] if lines else "it said nothing"
