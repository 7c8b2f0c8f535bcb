"""Archive a mention as evidence: its text and log, the page as it answers now, and a screenshot of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from mentionwatch.app.ids import read_mention
from mentionwatch.config import Config
from mentionwatch.env import Env
from mentionwatch.errors import SourceError
from mentionwatch.evidence.chain import chain_heads
from mentionwatch.evidence.entries import EvidenceEntry, StoredEntry, entry_hash, entry_id, entry_text, make_part
from mentionwatch.fetch import Fetcher, browser, user_agent
from mentionwatch.fetch.address_policy import private_origins
from mentionwatch.messages import Request, Response
from mentionwatch.model import Mention
from mentionwatch.render.jsonl import mention_json
from mentionwatch.render.mention_details import log_json
from mentionwatch.store import Store
from mentionwatch.times import stamp

#: The response headers that describe the page; the others are the server's own business.
_HEADERS = ("content-type", "content-language", "date", "last-modified", "etag", "location", "server")

#: Name in the bundle → media type and content.
_Contents = dict[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class CapturedEvidence:
    """The id of the new entry, and what could not be captured; the rest is archived all the same."""

    id: str
    problems: tuple[str, ...]


def require_browser(env: Env) -> None:
    """Raise :class:`~mentionwatch.errors.UserError`, with the fix, where there is no browser to take screenshots."""
    browser.find(env.environ)


def capture_evidence(
    store: Store, config: Config | None, env: Env, id_: str, *, by: str, page: bool = True, screenshot: bool = False
) -> CapturedEvidence:
    """Archive one mention as it is now. The page is requested once, without any account or token."""
    now = env.now()
    mention, document = _mention_document(store, id_)
    contents: _Contents = {"mention.json": ("application/json", document)}
    problems: list[str] = []
    if page and mention.item.url is None:
        problems.append("the mention has no web address, so there is no page to archive")
    elif page:
        contents |= _capture_page(env, config, str(mention.item.url), problems, screenshot=screenshot)
    parts = tuple(make_part(name, media_type, content) for name, (media_type, content) in contents.items())
    with store.writing():
        # Read within the transaction that appends: two captures at once follow each other.
        text = entry_text(EvidenceEntry(now, by, id_, parts, chain_heads(store.evidence.entries())))
        entry = StoredEntry(entry_hash(text), text)
        store.evidence.save(entry, id_, mention.item.author, [content for _, content in contents.values()])
    return CapturedEvidence(entry_id(entry.hash), tuple(problems))


def _mention_document(store: Store, id_: str) -> tuple[Mention, bytes]:
    """The mention, and all that the database has of it as JSON: its text, earlier versions, and log."""
    with store.reading():
        mention = read_mention(store, id_)
        stored = store.items.of_mention(id_)
        log = store.triage.logs((id_,)).get(id_, ())
    assert stored is not None
    document = {
        "mention": mention_json(mention),
        "as_first_seen": {"title": stored.item.title, "text": stored.item.text},
        "other_words": [
            {"source": source, "seen_at": stamp(at), "title": title, "text": text}
            for source, at, title, text in stored.versions
        ],
        "seen_by": [{"source": one.source, "first_seen_at": stamp(one.first_seen_at)} for one in stored.sightings],
        "log": [log_json(entry) for entry in log],
    }
    return mention, json.dumps(document, indent=1, allow_nan=False).encode("ascii")


def _capture_page(env: Env, config: Config | None, url: str, problems: list[str], *, screenshot: bool) -> _Contents:
    """The page as it answers now, the request and its response, and a screenshot where one is wanted."""
    sources = config.sources if config else ()
    # A stranger wrote the address: it may lead where the configuration leads, port by port.
    private = frozenset[str]().union(*(private_origins(one.origins, any_name=one.private) for one in sources))
    program = version("mentionwatch")
    asked: dict[str, Any] = {"url": url, "asked_at": stamp(env.now()), "program": user_agent(program, None)}
    contents: _Contents = {}
    agent = user_agent(program, config.contact if config else None)
    response: Response | None = None
    with Fetcher(env, user_agent=agent, private_hosts=private) as fetcher:
        try:
            got = fetcher.fetch(Request("evidence", url, accept="text/html,*/*;q=0.8"))
            response = got if isinstance(got, Response) else None
        except SourceError as error:
            # That a page is gone, and what it says instead, is evidence too.
            response = error.response
            asked["error"] = error.message
            if response is None or response.status not in (404, 410):
                problems.append(f"the page could not be fetched: {error.message}")
    if response is not None:
        asked["answer"] = _response_head(response)
        contents["page"] = (_media_type(response), response.body)
    if screenshot:
        try:
            picture = browser.picture(url, browser.find(env.environ), env.environ, allowed=private)
        except SourceError as error:
            problems.append(f"no screenshot: {error.message}")
        else:
            asked["screenshot"] = {
                "browser": picture.browser,
                "width": picture.width,
                "height": picture.height,
                "refused_hosts": list(picture.refused),
            }
            contents["screenshot.png"] = ("image/png", picture.png)
    return {"asked.json": ("application/json", json.dumps(asked, indent=1).encode("ascii")), **contents}


def _media_type(response: Response) -> str:
    """What the server says its page is, as far as an entry can hold it: ASCII, and short."""
    media_type = response.headers.get("content-type", "").encode("ascii", "replace").decode("ascii")[:200].strip()
    return media_type or "application/octet-stream"


def _response_head(response: Response) -> dict[str, Any]:
    return {
        "status": response.status,
        "url": response.url,
        "received_at": stamp(response.received_at),
        "headers": {name: response.headers[name][:1_000] for name in _HEADERS if name in response.headers},
    }
