"""Evidence as a ZIP file to hand out: it can be looked at and proved with what every computer has.

It holds every entry of the chain – they hold nobody's words – and the parts of those that are handed out.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mentionwatch.evidence import Kept, id_of, is_hash, read
from mentionwatch.times import stamp

_ENTRIES = "entries.jsonl"
_README = "README.txt"
# A bundle may come from a stranger: what one file in it may unpack to.
_MOST_PART = 200_000_000
_MOST_ENTRIES = 50_000_000
# And all of its parts together: a small file can hold a thousand times that.
_MOST_ALL = 1_000_000_000
# Folders that no entry names are told of so far, and the others counted.
_MOST_STRAYS = 5
# ZIP files know no years outside these.
_FIRST_YEAR, _LAST_YEAR = 1980, 2107

_TEXT = """What was said, as it was kept
=============================

Each folder is one time that something was kept, named by the beginning of its entry's hash:

  mention.json     the words as they were stored, with the earlier words, and what was done about them
  asked.json       when the page was asked for, and how it answered
  page             the page itself, byte for byte
  screenshot.png   what a browser showed

To prove it by hand: a line of entries.jsonl is an entry. The SHA-256 of its "text" (UTF-8) is its "hash". The text
names each part with its own SHA-256, and in "previous" the hashes of the entries that stood before it. So who noted
the hash of one entry at the time knows that nothing up to it was changed since:

  sha256sum e_*/*

With the program: mentionwatch evidence verify THIS.zip --known e_...

Times are those of the computer that kept it. Entries without a folder are part of the proof and not of this file.
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds: see :func:`mentionwatch.evidence.faults` for the last three."""

    entries: tuple[Kept, ...]
    contents: Mapping[str, str | None]
    with_parts: frozenset[str]
    problems: tuple[str, ...] = ()


def pack(entries: Sequence[Kept], contents: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """The ZIP file: all ``entries``, and for each entry's hash the ``contents`` of its parts by name."""
    made = io.BytesIO()
    latest = max((read(one.text).at for one in entries), default=datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, _README, _TEXT.encode("ascii"), latest)
        lines = (
            json.dumps(
                {
                    "hash": one.hash,
                    "text": one.text,
                    "forgotten_at": None if one.forgotten_at is None else stamp(one.forgotten_at),
                }
            )
            for one in entries
        )
        _add(bundle, _ENTRIES, "".join(f"{line}\n" for line in lines).encode("ascii"), latest)
        for one in entries:
            for name, content in contents.get(one.hash, {}).items():
                _add(bundle, f"{id_of(one.hash)}/{name}", content, read(one.text).at)
    return made.getvalue()


def _add(bundle: zipfile.ZipFile, name: str, content: bytes, at: datetime) -> None:
    year = min(max(at.year, _FIRST_YEAR), _LAST_YEAR)
    info = zipfile.ZipInfo(name, (year, at.month, at.day, at.hour, at.minute, at.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100644 << 16
    bundle.writestr(info, content)


def unpack(data: bytes) -> Bundle:
    """What a ZIP file of :func:`pack` holds, its parts hashed and not kept; ``ValueError`` for what is none.

    A part that cannot be read, or would unpack to more than 200 MB, is a problem and not an error.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            entries = _entries(_read(bundle, _ENTRIES, _MOST_ENTRIES))
            return _with_parts(bundle, entries)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"not a bundle of evidence: {error}") from error


def _entries(lines: bytes) -> tuple[Kept, ...]:
    found = []
    for line in lines.decode("utf-8").splitlines():
        try:
            said = json.loads(line)
            forgotten = said["forgotten_at"]
            at = None if forgotten is None else datetime.fromisoformat(forgotten)
            if not is_hash(said["hash"]):
                raise ValueError("its hash is none")
            found.append(Kept(said["hash"], str(said["text"]), at))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"not a bundle of evidence: an entry is damaged: {error}") from error
    return tuple(found)


def _with_parts(bundle: zipfile.ZipFile, entries: tuple[Kept, ...]) -> Bundle:
    folders = {name.partition("/")[0] for name in bundle.namelist() if "/" in name}
    contents: dict[str, str | None] = {}
    with_parts: set[str] = set()
    problems: list[str] = []
    left = _MOST_ALL
    for one in entries:
        if id_of(one.hash) not in folders:
            continue
        with_parts.add(one.hash)
        folders.discard(id_of(one.hash))
        try:
            parts = read(one.text).parts
        except ValueError:
            continue  # told of as an entry
        for part in parts:
            place = f"{id_of(one.hash)}/{part.name}"
            try:
                content = _read(bundle, place, min(_MOST_PART, left))
            except KeyError:
                contents.setdefault(part.sha256, None)
                continue
            except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError) as error:
                problems.append(f"{place}: {error}")
                contents.setdefault(part.sha256, None)
                continue
            left -= len(content)
            contents[part.sha256] = hashlib.sha256(content).hexdigest()
    strays = sorted(folders)
    problems += [f"{name[:60]!a}: a folder that no entry names" for name in strays[:_MOST_STRAYS]]
    if len(strays) > _MOST_STRAYS:
        problems.append(f"{len(strays) - _MOST_STRAYS} more folders that no entry names")
    return Bundle(entries, contents, frozenset(with_parts), tuple(problems))


def _read(bundle: zipfile.ZipFile, name: str, most: int) -> bytes:
    with bundle.open(name) as part:
        content = part.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} unpacks to more than {most // 1_000_000} MB")
    return content
