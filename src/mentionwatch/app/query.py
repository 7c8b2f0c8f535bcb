"""What a query means, what holds of it for a text, and what the sources are asked for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.config import Config
from mentionwatch.config.diagnostics import did_you_mean, quoted
from mentionwatch.errors import MentionwatchError, UserError
from mentionwatch.match.view import ItemView
from mentionwatch.model import Brand, Item
from mentionwatch.query.brand import brand_query
from mentionwatch.query.check import QueryProblem, check
from mentionwatch.query.evaluate import compile_node
from mentionwatch.query.explain import Explanation, PlannedRequest, explain_clauses
from mentionwatch.query.parse import parse
from mentionwatch.query.search_terms import search_terms
from mentionwatch.query.tree import Node
from mentionwatch.query.unparse import unparse
from mentionwatch.sources import Source
from mentionwatch.sources.registry import options, source_type, type_names
from mentionwatch.text import clean


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to try a query on."""

    text: str = ""
    title: str | None = None


def explain_query(text: str, config: Config | None, now: datetime, sample: Sample | None = None) -> Explanation:
    """Explain a query; without a configuration for every source type that needs no options.

    Raises :class:`~mentionwatch.errors.UserError` for one that cannot be read.
    """
    return _explain(Brand("query", query=text), parse(text), check(text), config, now, sample)


def explain_brand(name: str, config: Config, now: datetime, sample: Sample | None = None) -> Explanation:
    """Explain the query, or the names, context and exclusions, of a configured brand."""
    brand = next((one for one in config.brands if one.name.casefold() == name.casefold()), None)
    if brand is None:
        known = [one.name for one in config.brands]
        raise UserError(f"--brand {quoted(name)}: not in the configuration{did_you_mean(name, known)}")
    problems = check(brand.query) if brand.query is not None else ()
    return _explain(brand, brand_query(brand), problems, config, now, sample)


def _explain(
    brand: Brand,
    node: Node,
    problems: tuple[QueryProblem, ...],
    config: Config | None,
    now: datetime,
    sample: Sample | None,
) -> Explanation:
    view, matches, reason = None, None, ""
    if sample is not None:
        title = clean(sample.title) if sample.title else None
        view = ItemView(Item("feed", "post", title=title, text=clean(sample.text)))
        found, reason = compile_node(node).judge(view)
        matches = bool(found)
    requests = (each for name, source in _sources(config) for each in _planned(name, source, brand, now))
    return Explanation(
        unparse(node), problems, explain_clauses(node, view), matches, reason, search_terms(brand), tuple(requests)
    )


def _sources(config: Config | None) -> Iterable[tuple[str, Source]]:
    if config is not None:
        return [(each.name, each.source) for each in config.sources if each.enabled]
    types = [(name, source_type(name)) for name in type_names()]
    return [(name, cls()) for name, cls in types if not any(option.required for option in options(cls))]


def _planned(name: str, source: Source, brand: Brand, now: datetime) -> Iterator[PlannedRequest]:
    """The first requests of a source on behalf of the brand, as the source itself builds them."""
    try:
        for request in source.requests((brand,), {}, now):
            # Not percent-encoded: it is shown to be read.
            params = "&".join(f"{key}={value}" for key, value in request.params)
            url = request.url + ("?" + params if params else "")
            body = json.dumps(request.json, default=str) if request.json is not None else None
            yield PlannedRequest(name, source.platform, request.query_key, url, body)
    except MentionwatchError as error:
        yield PlannedRequest(name, source.platform, error=str(error))
