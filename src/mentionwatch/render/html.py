"""HTML: a page that stands alone, and the mail's HTML part. Alone here is jinja2, and every value is escaped by it.

Neither loads anything, runs anything or holds a link that is not http(s). The page's policy says so to the browser too:
nothing but its own style, known by its hash.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from mentionwatch.digest import Digest
from mentionwatch.render.sanitize import http_url
from mentionwatch.render.view_model import digest_view


def render(digest: Digest, *, zone: tzinfo = UTC) -> str:
    """The digest as one self-contained page, readable from 360 pixels on, light or dark as the reader's system is."""
    return page("page.html.j2", "page.css", told=digest_view(digest, zone))


def page(template: str, *styles: str, **values: object) -> str:
    """A page of a template, with its style sheets inside and known to its policy by ``style_hash``."""
    style = "".join(_template(name).render() for name in styles)
    digested = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template(template).render(style=style, style_hash=f"sha256-{digested}", **values)


def alert(document: Mapping[str, Any], *, now: str) -> str:
    """An alert's document (:func:`mentionwatch.render.alert.document`) as the HTML part of a mail; ``now`` in words."""
    blocks = [alert_block(block) for block in str(document["text"]).split("\n\n")]
    return _template("alert.html.j2").render(title=document["title"], now=now, blocks=blocks)


@dataclass(frozen=True, slots=True)
class AlertBlock:
    """One event of an alert: what it is, the words, what else is known, where it is to be read, what to type."""

    head: str
    words: tuple[str, ...]
    facts: tuple[str, ...]
    link: str | None
    command: str | None


def alert_block(text: str) -> AlertBlock:
    """The lines of one event's text (:mod:`mentionwatch.render.alert` writes them) by what they are."""
    head, *rest = text.split("\n")
    return AlertBlock(
        head=head,
        words=tuple(line for line in rest if line.startswith("“")),
        facts=tuple(line for line in rest if not line.startswith(("“", "> ")) and http_url(line) != line),
        link=next((line for line in rest if http_url(line) == line), None),
        command=next((line[2:] for line in rest if line.startswith("> ")), None),
    )


def mail(digest: Digest, *, zone: tzinfo = UTC) -> str:
    """The digest as the HTML part of a mail: tables and inline styles, no images, 600 pixels at most."""
    return _template("mail.html.j2").render(told=digest_view(digest, zone))


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("mentionwatch.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template(name: str) -> Template:
    return _environment().get_template(name)
