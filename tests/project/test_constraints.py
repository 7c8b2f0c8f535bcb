"""The pinned dependencies: all of them, with hashes, of versions that the project takes."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement

from support.paths import ROOT

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+) \\$", re.MULTILINE)


def test_every_dependency_is_pinned_to_a_version_that_the_project_takes() -> None:
    pinned = {_plain(name): version for name, version in _PINNED.findall(_constraints())}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    for text in (*project["dependencies"], *extras["notify"], *extras["tui"]):
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[_plain(wanted.name)], prereleases=True), text


def test_every_pin_has_hashes_and_the_file_names_no_address() -> None:
    text = _constraints()
    for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block[:60]
    assert "://" not in text


def _constraints() -> str:
    return (ROOT / "constraints.txt").read_text("utf-8")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
