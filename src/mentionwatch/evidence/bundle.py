"""Evidence as a ZIP file to hand out, which can be read and verified with what every computer has.

It holds every entry of the chain – none holds any text – and the parts of those that are handed out.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mentionwatch.evidence.entries import StoredEntry, entry_id, is_hash, parse_entry
from mentionwatch.times import stamp

_ENTRIES = "entries.jsonl"
_README = "README.txt"
# A bundle may come from a stranger: the size one file in it may unpack to, in bytes.
_MAX_PART = 200_000_000
_MAX_ENTRIES = 50_000_000
# And all of its parts together: a small file can unpack to a thousand times that.
_MAX_TOTAL = 1_000_000_000
# How many folders that no entry names are listed; the others are counted.
_MAX_STRAYS = 5
# ZIP files can hold no years outside these.
_FIRST_YEAR, _LAST_YEAR = 1980, 2107

_TEXT = """Archived evidence
=================

Each folder is one archiving of a mention, named by the beginning of its entry's hash:

  mention.json     the text as it was stored, with earlier versions, and what was done about it
  asked.json       when the page was requested, and how the server answered
  page             the page itself, byte for byte
  screenshot.png   what a browser showed

To verify it by hand: a line of entries.jsonl is an entry. The SHA-256 of its "text" (UTF-8) is its "hash". The text
names each part with its own SHA-256, and in "previous" the hashes of the entries that stood before it. So the hash of
one entry, noted at the time, proves that nothing up to it was changed since:

  sha256sum e_*/*

With the program: mentionwatch evidence verify THIS.zip --known e_...

Times are those of the computer that archived it. Entries without a folder are part of the proof, not of this file.
"""


@dataclass(frozen=True, slots=True)
class EvidenceBundle:
    """What a bundle holds: see :func:`mentionwatch.evidence.chain.chain_problems` for the last three."""

    entries: tuple[StoredEntry, ...]
    contents: Mapping[str, str | None]
    with_parts: frozenset[str]
    problems: tuple[str, ...] = ()


def pack_bundle(entries: Sequence[StoredEntry], contents: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """The ZIP file: all ``entries``, and for each entry's hash the ``contents`` of its parts by name."""
    buffer = io.BytesIO()
    latest = max((parse_entry(one.text).at for one in entries), default=datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
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
                _add(bundle, f"{entry_id(one.hash)}/{name}", content, parse_entry(one.text).at)
    return buffer.getvalue()


def _add(bundle: zipfile.ZipFile, name: str, content: bytes, at: datetime) -> None:
    year = min(max(at.year, _FIRST_YEAR), _LAST_YEAR)
    info = zipfile.ZipInfo(name, (year, at.month, at.day, at.hour, at.minute, at.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100644 << 16
    bundle.writestr(info, content)


def unpack_bundle(data: bytes) -> EvidenceBundle:
    """What a ZIP file of :func:`pack_bundle` holds; its parts are hashed, not kept.

    Raises ValueError for anything else. A part that is unreadable, or unpacks to more than 200 MB, is a problem of it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            entries = _entries(_read(bundle, _ENTRIES, _MAX_ENTRIES))
            return _with_parts(bundle, entries)
    except ValueError:
        raise
    except Exception as error:  # each way of packing has errors of its own
        raise ValueError(f"not an evidence bundle: {error}") from error


def _entries(lines: bytes) -> tuple[StoredEntry, ...]:
    found = []
    for line in lines.decode("utf-8").splitlines():
        try:
            data = json.loads(line)
            forgotten = data["forgotten_at"]
            at = None if forgotten is None else datetime.fromisoformat(forgotten)
            if not is_hash(data["hash"]):
                raise ValueError("its hash is malformed")
            found.append(StoredEntry(data["hash"], str(data["text"]), at))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"not an evidence bundle: an entry is damaged: {error}") from error
    return tuple(found)


def _with_parts(bundle: zipfile.ZipFile, entries: tuple[StoredEntry, ...]) -> EvidenceBundle:
    folders = {name.partition("/")[0] for name in bundle.namelist() if "/" in name}
    contents: dict[str, str | None] = {}
    with_parts: set[str] = set()
    problems: list[str] = []
    left = _MAX_TOTAL
    for one in entries:
        if entry_id(one.hash) not in folders:
            continue
        with_parts.add(one.hash)
        folders.discard(entry_id(one.hash))
        try:
            parts = parse_entry(one.text).parts
        except ValueError:
            continue  # reported as an entry
        for part in parts:
            path = f"{entry_id(one.hash)}/{part.name}"
            try:
                content = _read(bundle, path, min(_MAX_PART, left))
            except KeyError:
                contents.setdefault(part.sha256, None)
                continue
            except Exception as error:  # noqa: BLE001 – each way of packing has errors of its own
                problems.append(f"{path}: {error}")
                contents.setdefault(part.sha256, None)
                continue
            left -= len(content)
            contents[part.sha256] = hashlib.sha256(content).hexdigest()
    strays = sorted(folders)
    problems += [f"{name[:60]!a}: a folder that no entry names" for name in strays[:_MAX_STRAYS]]
    if len(strays) > _MAX_STRAYS:
        problems.append(f"{len(strays) - _MAX_STRAYS} more folders that no entry names")
    return EvidenceBundle(entries, contents, frozenset(with_parts), tuple(problems))


def _read(bundle: zipfile.ZipFile, name: str, most: int) -> bytes:
    with bundle.open(name) as part:
        content = part.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} unpacks to more than {most // 1_000_000} MB")
    return content
