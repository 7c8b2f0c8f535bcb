"""Build the sdist and the wheel from a clean clone and check them: what ``make build`` runs.

    python tests/distribution.py DIST

The clone holds what is committed and nothing else, so that a file that was never added fails here. The wheel is built
from the sdist, installed alone into a fresh environment, and runs there in an empty home. Both are left in DIST.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Seconds that one step may take, an installation included.
PATIENCE = 600
#: What each of the two must hold, as the ends of names.
SDIST = ("README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "examples/config.toml", "tests/conftest.py", "docs/house.md")
WHEEL = ("mentionwatch/cli/__init__.py", "mentionwatch/py.typed", "licenses/LICENSE", "entry_points.txt")


class Unsound(Exception):
    """What is wrong with what was built, in words."""


def run(*command: str | Path, cwd: Path, environ: dict[str, str] | None = None) -> str:
    """Run a command and give its output. Raises :class:`Unsound` with it when the command fails."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        raise Unsound(
            f"{' '.join(map(str, command))} exited {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def missing(names: list[str], wanted: tuple[str, ...]) -> list[str]:
    return [end for end in wanted if not any(name == end or name.endswith(f"/{end}") for name in names)]


def check_contents(sdist: Path, wheel: Path) -> None:
    """Each holds what it must, and every module and data file of the source is in the wheel."""
    with tarfile.open(sdist) as archive:
        in_sdist = archive.getnames()
    in_wheel = zipfile.ZipFile(wheel).namelist()
    source = [
        name.split("/src/", 1)[1]
        for name in in_sdist
        if "/src/mentionwatch/" in name and "." in Path(name).name and "__pycache__" not in name
    ]
    lost = [*missing(in_sdist, SDIST), *missing(in_wheel, WHEEL), *missing(in_wheel, tuple(source))]
    strays = [name for name in in_wheel if not name.startswith("mentionwatch")]
    if lost or strays:
        raise Unsound(f"missing: {lost or 'nothing'}; not ours: {strays or 'nothing'}")


def check_run(wheel: Path, folder: Path) -> str:
    """The version that the installed wheel tells, after it has done its whole job on sample data in an empty home."""
    python = folder / "venv/bin/python"
    home = folder / "home"
    home.mkdir()
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", wheel, cwd=folder)
    run(python, "-m", "pip", "--disable-pip-version-check", "check", cwd=folder)
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    program = folder / "venv/bin/mentionwatch"
    told = run(program, "--version", cwd=home, environ=environ)
    run(program, "demo", cwd=home, environ=environ)
    run(program, "init", "Acme Coffee", cwd=home, environ=environ)
    run(program, "check", cwd=home, environ=environ)
    return told.split()[-1]


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clone = folder / "clone"
        run("git", "clone", "--quiet", "--no-local", ROOT, clone, cwd=folder)
        run(sys.executable, "-m", "build", "--outdir", target.resolve(), clone, cwd=folder)
        sdist = max(target.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
        wheel = max(target.glob("*.whl"), key=lambda path: path.stat().st_mtime)
        check_contents(sdist, wheel)
        version = check_run(wheel.resolve(), folder)
    for built in (sdist, wheel):
        if f"-{version}" not in built.name:
            raise Unsound(f"{built.name}: the program says that it is {version}")
        print(f"{built}: sound, version {version}, {built.stat().st_size:,} bytes")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Unsound as error:
        sys.exit(str(error))
