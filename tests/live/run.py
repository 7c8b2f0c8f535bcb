"""``make test-live``: installs what the servers need, then runs their tests where nothing can leave this machine.

    python tests/live/run.py [SERVER]…

Packages come by name through apt-get, npm and pip as they are set up here. The tests run in a network namespace that
has only ``lo``, and in a process namespace, so that every server ends with them however they end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
#: What npm and pip install goes here; ``make clean`` removes it.
KEPT = Path(sys.prefix) / "live"
#: Debian's way of telling packages not to start their services (invoke-rc.d(8)).
_POLICY = Path("/usr/sbin/policy-rc.d")
_WHOLE = 1800


@dataclass(frozen=True, slots=True)
class Needs:
    """What one server's test installs, by package name."""

    apt: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()


_PHP = ("php-cli", "php-curl", "php-intl", "php-mbstring", "php-xml")
SERVERS: dict[str, Needs] = {
    "mediawiki": Needs(apt=("mediawiki", "php-apcu", "php-sqlite3", *_PHP)),
    "wordpress": Needs(apt=("wordpress", "mariadb-server", "php-mysql", *_PHP)),
    "mail": Needs(apt=("dovecot-imapd", "dovecot-lmtpd", "postfix")),
    "bluesky": Needs(apt=("g++", "postgresql", "redis-server"), npm=("@atproto/dev-env@0.3",)),
    "isso": Needs(pip=("isso>=0.13",)),
}
#: Of every one: ``ip`` for the namespace.
_ALWAYS = ("iproute2",)


class Missing(Exception):
    """What stands in the way, said so that it can be mended."""


def main(names: Sequence[str]) -> int:
    """Install, run, give pytest's exit status; 2 where something is missing."""
    chosen = list(dict.fromkeys(names)) or list(SERVERS)
    try:
        unknown = [name for name in chosen if name not in SERVERS]
        if unknown:
            raise Missing(f"there is no live test of {', '.join(unknown)}; there are: {' '.join(SERVERS)}")
        _apt(sorted({*_ALWAYS, *(package for name in chosen for package in SERVERS[name].apt)}))
        _npm([package for name in chosen for package in SERVERS[name].npm])
        _pip([package for name in chosen for package in SERVERS[name].pip])
    except Missing as missing:
        sys.stderr.write(f"make test-live: {missing}\n")
        return 2
    _say_versions(chosen)
    tests = [str(HERE / f"test_{name}.py") for name in chosen]
    command = [sys.executable, "-m", "pytest", "-v", "--durations=3", "-rs", *tests]
    environ = {**os.environ, "MENTIONWATCH_LIVE": str(KEPT)}
    try:
        return subprocess.run(_confined(command), cwd=ROOT, env=environ, timeout=_WHOLE).returncode
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"make test-live: not done after {_WHOLE} s; every server has been ended\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _confined(command: list[str]) -> list[str]:
    """The command where there is no network but ``lo``, and no process outlives it; as it is where that cannot be."""
    inside = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    up = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if os.geteuid() == 0 and shutil.which("unshare") and shutil.which("ip"):
        tried = subprocess.run([*inside, *up, "true"], capture_output=True)
        if tried.returncode == 0:
            return [*inside, *up, *command]
    sys.stderr.write("make test-live: no namespaces here; the servers listen on 127.0.0.1 of this machine\n")
    return command


def _apt(packages: Sequence[str]) -> None:
    if shutil.which("dpkg-query") is None:
        raise Missing(f"this is no Debian; its live tests take Debian's packages: {' '.join(packages)}")
    missing = [package for package in packages if not _installed(package)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise Missing(f"these packages are missing, and only root may install them: apt install {' '.join(missing)}")
    sys.stderr.write(f"make test-live: apt-get install {' '.join(missing)}\n")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_services():
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
            done = subprocess.run(["apt-get", "-qq", *command], env=environ, capture_output=True, text=True)
            if done.returncode != 0:
                raise Missing(f"apt-get {command[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def _installed(package: str) -> bool:
    told = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return told.stdout == "install ok installed"


def _say_versions(chosen: Sequence[str]) -> None:
    """Against what these tests run: the packages that bear a server, and what npm and pip brought."""
    packages = [package for name in chosen for package in SERVERS[name].apt if not package.startswith("php-")]
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages], capture_output=True, text=True
    )
    lines = sorted(set(told.stdout.splitlines())) if packages else []
    for name in (each.rpartition("@")[0] for chosen_name in chosen for each in SERVERS[chosen_name].npm):
        package = json.loads((KEPT / "npm/node_modules" / name / "package.json").read_text("utf-8"))
        lines.append(f"{name} {package['version']}")
    if any(SERVERS[name].pip for name in chosen):
        listed = subprocess.run([KEPT / "pip/bin/python", "-m", "pip", "--disable-pip-version-check", "freeze"],
                                capture_output=True, text=True)  # fmt: skip
        lines += [line.replace("==", " ") for line in listed.stdout.splitlines() if line.startswith("isso")]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


@contextmanager
def _no_services() -> Iterator[None]:
    """Packages of servers start them when they are installed; these are to be started by the tests alone."""
    ours = not _POLICY.exists()
    if ours:
        _POLICY.write_text("#!/bin/sh\nexit 101\n", "utf-8")
        _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            _POLICY.unlink()


def _npm(packages: Sequence[str]) -> None:
    if not packages or (KEPT / "npm" / ".installed").exists():
        return
    if shutil.which("npm") is None:
        raise Missing("npm is missing: install Node.js 20 or newer with npm")
    folder = KEPT / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n', "utf-8")
    sys.stderr.write(f"make test-live: npm install {' '.join(packages)} (some minutes)\n")
    _run("npm", ["npm", "install", "--no-audit", "--no-fund", *packages], folder)
    (folder / ".installed").touch()


def _pip(packages: Sequence[str]) -> None:
    """Into an environment of their own: what a server needs is none of our dependencies."""
    if not packages or (KEPT / "pip" / ".installed").exists():
        return
    folder = KEPT / "pip"
    sys.stderr.write(f"make test-live: pip install {' '.join(packages)}\n")
    _run("python -m venv", [sys.executable, "-m", "venv", str(folder)], ROOT)
    _run("pip", [str(folder / "bin/python"), "-m", "pip", "--quiet", "install", *packages], ROOT)
    (folder / ".installed").touch()


def _run(what: str, command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{what} failed:\n{(done.stdout + done.stderr)[-2000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
