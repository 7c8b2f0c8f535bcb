"""The platforms' search languages: how each writes a term, and its limits.

From the platforms' documentation; what is not published is set to what is known to pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mentionwatch.query.cover import leaf_terms
from mentionwatch.query.tree import Field, Handle, Name, Node


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform's search is written.

    ``term`` gives the platform's text of a leaf, or ``None`` when it knows none. Without ``any_of`` the platform has no
    OR, and alternatives are asked one by one. ``length`` in characters, ``operators`` as the platform counts them.
    ``nested``: groups may hold groups.
    """

    term: Callable[[Node], str | None]
    all_of: str = " "
    any_of: str | None = " OR "
    length: int = 2_000
    operators: int | None = None
    nested: bool = True
    excluded_site: str | None = None
    title: str | None = None


def _quoted(text: str) -> str | None:
    """A phrase in quotes; what quotes cannot hold becomes a space. ``None`` when nothing is left to look for."""
    plain = " ".join(re.sub(r"[\"“”„‟＂\\]", " ", text).split())
    return f'"{plain}"' if re.search(r"\w", plain) else None


def _words_only(node: Node) -> str | None:
    """Names as phrases, hashtags and handles as words, sites as the host's name in the text."""
    match node:
        case Name():
            return _quoted(node.text)
        case Field(name="link"):
            return _quoted(node.value.partition("/")[0])
        case _:
            terms = leaf_terms(node)
            if not terms or terms[0].kind not in ("hashtag", "handle"):
                return None
            return _quoted(terms[0].text.lstrip("@").partition("@")[0])


def _google(node: Node) -> str | None:
    if isinstance(node, Field) and node.name == "site":
        return f"site:{node.value}"
    return _words_only(node)


def _reddit(node: Node) -> str | None:
    match node:
        case Field(name="site" | "link"):
            return f"(url:{node.value} OR {_quoted(node.value)})"
        case Field(name="author") if re.fullmatch(r"[\w-]+", node.value):
            return f"author:{node.value}"
        case Field(name="sub") if re.fullmatch(r"\w+", node.value):
            return f"subreddit:{node.value}"
    return _words_only(node)


def _bluesky(node: Node) -> str | None:
    match node:
        case Field(name="link") if "/" not in node.value:
            return f"domain:{node.value}"
        case Field(name="tag") | Field(name="site"):
            return None
        case _ if (terms := leaf_terms(node)) and terms[0].kind == "hashtag":
            return f"#{terms[0].text}"
        case Handle() if "." in node.text and "@" not in node.text:
            return f"mentions:{node.text}"
    return _words_only(node)


def _x(node: Node) -> str | None:
    match node:
        case Field(name="link"):
            return f'url:"{node.value}"'
        case Handle() if re.fullmatch(r"\w{1,15}", node.text):
            return f"@{node.text}"
        case _ if (terms := leaf_terms(node)) and terms[0].kind == "hashtag":
            return f"#{terms[0].text}"
    return _words_only(node)


def _gdelt(node: Node) -> str | None:
    if isinstance(node, Field) and node.name == "site" and "/" not in node.value:
        return f"domain:{node.value.removeprefix('.')}"
    text = _words_only(node)
    # "The specified phrase is too short."
    return text if text is not None and len(text) >= 5 else None


def _mastodon(node: Node) -> str | None:
    terms = leaf_terms(node)
    if terms and terms[0].kind == "hashtag":
        return f"#{terms[0].text}"
    return _words_only(node)


#: Limits: GitHub 256 characters and five operators, X 512 characters on self-serve access, Google 32 words (some 2,000
#: characters); the others are not published, and are set to what is known to pass.
DIALECTS: dict[str, Dialect] = {
    "hackernews": Dialect(_words_only, any_of=None, length=512),
    "google_news": Dialect(_google, excluded_site="-site:{}", title="intitle:{}"),
    "mastodon": Dialect(_mastodon, any_of=None, length=500),
    "reddit": Dialect(_reddit, all_of=" AND ", length=500, title="title:{}"),
    "bluesky": Dialect(_bluesky, any_of=None, length=500),
    "github": Dialect(_words_only, length=256, operators=5),
    "x": Dialect(_x, length=512),
    "gdelt": Dialect(_gdelt, nested=False, length=250, excluded_site="-domain:{}"),
}
