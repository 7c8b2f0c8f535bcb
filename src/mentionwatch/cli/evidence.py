"""``evidence``: keep what was said, list and hand out what was kept, and prove that it is as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.acting import acting_person, by_option, ids_argument, read_ids
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options
from mentionwatch.errors import SourceError, UserError
from mentionwatch.files import write_bytes
from mentionwatch.times import minute

if TYPE_CHECKING:
    from mentionwatch.evidence import Entry, Kept, Part
    from mentionwatch.messages import Response
    from mentionwatch.model import Mention
    from mentionwatch.store import Store

#: Of an answer's headers, those that say what the page is; the rest is the server's own business.
_HEADERS = ("content-type", "content-language", "date", "last-modified", "etag", "location", "server")


@click.group(cls=CommandGroup, default="keep")
def evidence() -> None:
    """Keep what was said, and prove that it was: `evidence ID` keeps a mention as it is now."""


@evidence.command()
@ids_argument()
@click.option("--screenshot", is_flag=True, help="Keep a picture of the page too; needs Chromium or Chrome.")
@click.option("--no-page", is_flag=True, help="Ask nobody; keep only what the database holds.")
@by_option
@global_options
def keep(context: Context, words: tuple[str, ...], screenshot: bool, no_page: bool, by: str | None) -> int:
    """Keep mentions as they stand now: the words we have, their log, and the page as it answers this minute.

    Exits 1 when the page or its picture could not be had; the words are kept all the same. Prints the id of what was
    kept: kept elsewhere, it proves that nothing was changed since.
    """
    from mentionwatch.app.ids import find_mention

    if screenshot and no_page:
        raise click.UsageError("--screenshot asks for the page, and --no-page forbids it; give one of them")
    if screenshot:
        from mentionwatch.fetch import browser

        browser.find(context.env.environ)
    name = acting_person(context, by)
    status = 0
    with context.store(write=True) as store:
        ids = list(dict.fromkeys(find_mention(store, one) for one in read_ids(words)))
        for one in ids:
            entry_id, troubles = _keep(context, store, one, name, page=not no_page, screenshot=screenshot)
            context.write(entry_id)
            for trouble in troubles:
                context.error(f"{one}: {trouble}; what else there was is kept")
            status = status or int(bool(troubles))
    return status


def _keep(
    context: Context, store: Store, id_: str, by: str, *, page: bool, screenshot: bool
) -> tuple[str, tuple[str, ...]]:
    """Keep one mention; gives the entry's id, and what could not be had."""
    from mentionwatch.evidence import Entry, Kept, hash_of, heads, id_of, part, text_of

    now = context.env.now()
    mention, words = _words(store, id_)
    contents: dict[str, tuple[str, bytes]] = {"mention.json": ("application/json", words)}
    troubles: list[str] = []
    if page and mention.item.url is None:
        troubles.append("the source gave no address, so there is no page to keep")
    elif page:
        contents |= _page(context, str(mention.item.url), troubles, screenshot=screenshot)
    parts = tuple(part(name, media_type, content) for name, (media_type, content) in contents.items())
    with store.writing():
        # Read within the transaction that appends: two that keep at once follow each other.
        text = text_of(Entry(now, by, id_, parts, heads(store.evidence.entries())))
        kept = Kept(hash_of(text), text)
        store.evidence.save(kept, id_, mention.item.author, [content for _, content in contents.values()])
    return id_of(kept.hash), tuple(troubles)


def _words(store: Store, id_: str) -> tuple[Mention, bytes]:
    """The mention, and all that the database has of it as a document: its words, earlier words, and log."""
    from mentionwatch.render.jsonl import mention_json
    from mentionwatch.render.log import log_json
    from mentionwatch.store.filter import MentionFilter
    from mentionwatch.times import stamp

    with store.reading():
        found = store.mentions.find(MentionFilter(ids=(id_,)))
        stored = store.items.of_mention(id_)
        log = store.triage.logs((id_,)).get(id_, ())
    if not found or stored is None:
        raise UserError(f"{id_}: no longer a mention; the terms have changed since (`why {id_}` says more)")
    document = {
        "mention": mention_json(found[0]),
        "as_first_seen": {"title": stored.item.title, "text": stored.item.text},
        "other_words": [
            {"source": source, "seen_at": stamp(at), "title": title, "text": text}
            for source, at, title, text in stored.versions
        ],
        "seen_by": [{"source": one.source, "first_seen_at": stamp(one.first_seen_at)} for one in stored.sightings],
        "log": [log_json(entry) for entry in log],
    }
    return found[0], json.dumps(document, indent=1, allow_nan=False).encode("ascii")


def _page(context: Context, url: str, troubles: list[str], *, screenshot: bool) -> dict[str, tuple[str, bytes]]:
    """The page as it answers now, what was asked and answered, and its picture where one is wanted."""
    from mentionwatch.fetch import Fetcher
    from mentionwatch.messages import Request, Response
    from mentionwatch.times import stamp

    config = context.config() if context.has_config() else None
    allowed = frozenset(host for source in config.sources for host in source.hosts) if config else frozenset()
    asked: dict[str, Any] = {"url": url, "asked_at": stamp(context.env.now()), "program": _agent(None)}
    contents: dict[str, tuple[str, bytes]] = {}
    with Fetcher(context.env, user_agent=_agent(config.contact if config else None), allowed_hosts=allowed) as fetcher:
        answer: Response | None = None
        try:
            got = fetcher.fetch(Request("evidence", url, accept="text/html,*/*;q=0.8"))
            answer = got if isinstance(got, Response) else None
        except SourceError as error:
            # That a page is gone, and what it says instead, is evidence as well.
            answer = error.response
            asked["error"] = error.message
            if answer is None or answer.status not in (404, 410):
                troubles.append(f"the page could not be fetched: {error.message}")
    if answer is not None:
        asked["answer"] = _head(answer)
        contents["page"] = (_media_type(answer), answer.body)
    if screenshot:
        from mentionwatch.fetch import browser

        try:
            picture = browser.picture(url, browser.find(context.env.environ), context.env.environ, allowed=allowed)
        except SourceError as error:
            troubles.append(f"no screenshot: {error.message}")
        else:
            asked["screenshot"] = {
                "browser": picture.browser,
                "width": picture.width,
                "height": picture.height,
                "refused_hosts": list(picture.refused),
            }
            contents["screenshot.png"] = ("image/png", picture.png)
    return {"asked.json": ("application/json", json.dumps(asked, indent=1).encode("ascii")), **contents}


def _agent(contact: str | None) -> str:
    from importlib.metadata import version

    from mentionwatch.fetch import user_agent

    return user_agent(version("mentionwatch"), contact)


def _media_type(answer: Response) -> str:
    """What the server says its page is, as far as an entry can hold it: ASCII, and no novel."""
    said = answer.headers.get("content-type", "").encode("ascii", "replace").decode("ascii")[:200].strip()
    return said or "application/octet-stream"


def _head(answer: Response) -> dict[str, Any]:
    from mentionwatch.times import stamp

    return {
        "status": answer.status,
        "url": answer.url,
        "received_at": stamp(answer.received_at),
        "headers": {name: answer.headers[name][:1_000] for name in _HEADERS if name in answer.headers},
    }


@evidence.command("list")
@click.argument("words", nargs=-1, metavar="[ID...]")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, words: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """List what was kept, the oldest first; of these mentions only where some are named."""
    from mentionwatch.app.ids import find_mention
    from mentionwatch.evidence import read

    with context.store() as store, store.reading():
        ids = [find_mention(store, one) for one in read_ids(words)] if words else None
        kept = store.evidence.entries(ids)
    rows, lines = [], []
    for one in kept:
        try:
            entry = read(one.text)
        except ValueError:
            raise UserError("an entry is damaged; `mentionwatch evidence verify` says which") from None
        rows.append(_row(one))
        lines.append(_line(one, entry, context))
    told = "\n".join(lines) or "Nothing was kept yet; `mentionwatch evidence ID` keeps a mention."
    context.write_rows("evidence-list", "evidence", rows, told, form, output)
    return 0


def _row(kept: Kept) -> dict[str, Any]:
    from mentionwatch.evidence import id_of
    from mentionwatch.times import optional_stamp

    return {
        "id": id_of(kept.hash),
        "hash": kept.hash,
        "forgotten_at": optional_stamp(kept.forgotten_at),
        **json.loads(kept.text),
    }


def _line(kept: Kept, entry: Entry, context: Context) -> str:
    from mentionwatch.evidence import id_of
    from mentionwatch.render.inert import squeezed

    when = minute(entry.at, context.zone)
    parts = ", ".join(f"{one.name} ({_size(one)})" for one in entry.parts)
    if kept.forgotten_at is not None:
        parts = f"forgotten {minute(kept.forgotten_at, context.zone)}"
    return f"{id_of(kept.hash)}  {when}  {entry.mention}  by {squeezed(entry.by, 60)}: {parts}"


def _size(one: Part) -> str:
    return f"{one.size} B" if one.size < 1_000 else f"{one.size / 1_000:,.0f} kB"


@evidence.command()
@click.argument("what", metavar="ID|ENTRY")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ZIP file to write."
)
@global_options
def export(context: Context, what: str, output: Path) -> int:
    """Write what was kept of a mention, or one entry (e_…), as a ZIP file that proves itself without this program."""
    from mentionwatch.evidence import id_of, read
    from mentionwatch.evidence.bundle import pack

    with context.store() as store, store.reading():
        every = store.evidence.entries()
        wanted = _meant(store, every, what)
        if not wanted:
            raise UserError(f"{what}: nothing was kept of it; `mentionwatch evidence list` shows what was")
        if what.startswith("e_") and len(wanted) > 1:
            raise UserError(
                f"{what}: more than one entry begins so: {', '.join(id_of(one.hash) for one in wanted[:5])}"
            )
        if problems := _faults(store, every, ()):
            raise UserError(*problems)
        contents: dict[str, Mapping[str, bytes]] = {}
        for one in wanted:
            found = {part.name: store.evidence.part(part.sha256) for part in read(one.text).parts}
            contents[one.hash] = {name: content for name, content in found.items() if content is not None}
    write_bytes(output, pack(every, contents))
    context.info(f"{output}: written, {len(wanted)} {'entry' if len(wanted) == 1 else 'entries'}")
    return 0


def _meant(store: Store, every: Sequence[Kept], what: str) -> tuple[Kept, ...]:
    """The entries that a user means: of the mention, or the one that begins so."""
    if what.startswith("e_"):
        digits = what.removeprefix("e_").lower()
        return tuple(one for one in every if digits and one.hash.startswith(digits))
    about = store.evidence.about(what) if what.startswith("m_") and len(what) > 2 else frozenset()
    return tuple(one for one in every if one.hash in about)


@evidence.command()
@click.argument("bundle", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE.zip]")
@click.option("--known", multiple=True, metavar="ENTRY", help="This entry, noted elsewhere, must still be there.")
@output_options(*TABLE_FORMATS)
@global_options
def verify(context: Context, bundle: Path | None, known: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """Prove that what was kept is as it was: in the database, or in a file of `evidence export`. Exits 1 if not.

    A chain that was rewritten whole looks sound in itself: --known names an entry that you noted elsewhere.
    """
    from mentionwatch.evidence import faults, heads, id_of

    if bundle is None:
        with context.store() as store, store.reading():
            entries = store.evidence.entries()
            problems = _faults(store, entries, known)
        name = str(context.database())
    else:
        from mentionwatch.evidence.bundle import unpack

        try:
            read = unpack(bundle.read_bytes())
        except OSError as error:
            raise UserError(f"{bundle}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise UserError(f"{bundle}: {error}") from error
        entries, name = read.entries, str(bundle)
        problems = (*read.problems, *faults(entries, read.contents, known, read.with_parts))
    last = [id_of(one) for one in heads(entries)]
    forgotten = sum(1 for one in entries if one.forgotten_at is not None)
    if form in ("json", "jsonl"):
        told = {
            "schema": "mentionwatch.evidence-verify/1",
            "entries": len(entries),
            "forgotten": forgotten,
            "last": list(heads(entries)),
            "problems": list(problems),
        }
        context.write_output(json.dumps(told, indent=1 if form == "json" else None), output)
        return int(bool(problems))
    if problems:
        raise UserError(*(f"{name}: {problem}" for problem in problems))
    gone = f", {forgotten} of them forgotten on purpose" if forgotten else ""
    said = f"{name}: {len(entries)} {'entry' if len(entries) == 1 else 'entries'}{gone}, all as kept"
    context.write_output(f"{said}; the last is {', '.join(last)}" if last else f"{name}: nothing was kept yet", output)
    return 0


def _faults(store: Store, entries: Sequence[Kept], known: Sequence[str]) -> tuple[str, ...]:
    from mentionwatch.evidence import faults

    return faults(entries, store.evidence.actual_hashes(), known)
