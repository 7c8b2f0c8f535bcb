"""``[[rules]]``, ``[[people]]`` and ``[[templates]]``: what must hold of them, and what they are read into."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from mentionwatch.config.diagnostics import Location, did_you_mean, quoted
from mentionwatch.config.table_types import ParsedTable
from mentionwatch.errors import UserError
from mentionwatch.match.addresses import site_of
from mentionwatch.match.people import parse_account
from mentionwatch.model import Account, Brand, Person, Rule, Template
from mentionwatch.response.post_length import LIMITS
from mentionwatch.response.templates import placeholders
from mentionwatch.sources.registry import type_names


def build_people(entries: Iterable[ParsedTable], team: Sequence[str]) -> tuple[Person, ...]:
    """The people; what is wrong with one is reported at its place."""
    found: list[Person] = []
    taken: dict[tuple[Account, str], ParsedTable] = {}
    for entry in entries:
        accounts: list[Account] = []
        for at, written in enumerate(entry.get("handles", ())):
            location = entry.location / "handles" / at
            try:
                account = parse_account(written)
            except UserError as error:
                location.problem(str(error))
                continue
            if account.platform is not None and account.platform not in type_names():
                location.problem(
                    f"there is no platform {quoted(account.platform)}{did_you_mean(account.platform, type_names())}"
                )
            accounts.append(account)
            for brand in entry.get("brands", ("",)):
                first = taken.setdefault((account, brand), entry)
                if first is not entry:
                    line = first.location.diagnostics.line(first.location.key_path)
                    location.problem(f"{quoted(written)} is the person on line {line} too")
        for at, url in enumerate(entry.get("urls", ())):
            if site_of(url) is None:
                (entry.location / "urls" / at).problem(f"{quoted(url)} is not a page; write press.example/authors/jo")
        if not entry.get("handles") and not entry.get("urls") and entry.location.is_valid():
            entry.location.problem("nothing identifies them; write handles or urls")
        _check_team(entry, team, entry.location)
        if entry.location.is_valid():
            given = {key: value for key, value in entry.items() if key != "handles"}
            found.append(Person(accounts=tuple(accounts), **given))
    return tuple(found)


def build_rules(
    entries: Iterable[ParsedTable], people: Collection[str], brands: Collection[str], team: Sequence[str]
) -> tuple[Rule, ...]:
    """The rules; what is wrong with one is reported at its place. ``people`` and ``brands`` are those there are."""
    found: list[Rule] = []
    names: dict[str, ParsedTable] = {}
    for entry in entries:
        then = entry.get("then", {})
        if "when" in entry:
            _check_query(entry["when"], entry.location / "when", people, brands)
        if isinstance(then, ParsedTable):
            if not then.written_keys:
                then.location.problem("does nothing; write urgency, assign, tag, ignore or notify")
            if then.get("ignore") and (then.get("notify") or then.get("assign")):
                other = "notify" if then.get("notify") else "assign"
                then.location.problem(f"ignore and {other} contradict each other; remove one of them")
            _check_team(then, team, then.location)
        if not entry.location.is_valid():
            continue
        name = entry.get("name") or " ".join(entry["when"].split())[:60]
        first = names.setdefault(name.casefold(), entry)
        if first is not entry and "name" not in entry.written_keys:
            line = first.location.diagnostics.line(first.location.key_path)
            entry.location.problem(f"is the same as the rule on line {line}; give it a name of its own")
            continue
        given = {key: value for key, value in then.items() if key != "tag"}
        found.append(Rule(name, entry["when"], tags=then.get("tag", ()), **given))
    return tuple(found)


def build_templates(entries: Iterable[ParsedTable]) -> tuple[Template, ...]:
    """The templates; what is wrong with one is reported at its place."""
    found: list[Template] = []
    for entry in entries:
        platform = entry.get("platform")
        known = sorted({*LIMITS, *type_names()})
        if platform is not None and platform not in known:
            (entry.location / "platform").problem(
                f"there is no platform {quoted(platform)}{did_you_mean(platform, known)}"
            )
        try:
            placeholders(entry.get("text", ""))
        except ValueError as error:
            (entry.location / "text").problem(str(error))
        if entry.location.is_valid():
            found.append(Template(entry["name"], entry["text"], platform, entry.get("max")))
    return tuple(found)


def with_own_accounts(brand: Brand, people: Iterable[Person]) -> Brand:
    """The brand with the accounts and pages of our own people among its ``own``."""
    ours = [one for one in people if one.role == "own" and (not one.brands or brand.name in one.brands)]
    values = [value for one in ours for value in (*(f"@{account.handle}" for account in one.accounts), *one.urls)]
    return replace(brand, own=(*brand.own, *values)) if values else brand


def _check_team(entry: ParsedTable, team: Sequence[str], location: Location) -> None:
    name = entry.get("assign")
    if team and name is not None and name not in team:
        (location / "assign").problem(f"{quoted(name)} is not in the team of [response]{did_you_mean(name, team)}")


def _check_query(text: str, location: Location, people: Collection[str], brands: Collection[str]) -> None:
    """Report what is wrong with the query of a rule, unknown names included."""
    from mentionwatch.query.evaluate import compile_query  # few configurations have rules, and it takes longest

    try:
        compiled = compile_query(text, True)
    except UserError as error:
        # The line and the caret that follow would not fit into one line.
        location.problem(error.problems[0])
        return
    if (clause := compiled.asks_of_now) is not None:
        location.problem(f"{clause} ends by itself, and a rule judges once; ask for it with `list {clause}`")
    for name, value in _names(compiled.node):
        known = people if name == "person" else brands
        if value not in {one.casefold() for one in known}:
            location.problem(f"there is no {name} {quoted(value)}{did_you_mean(value, known)}")


def _names(node: object) -> Iterator[tuple[str, str]]:
    """The people and brands a query names in full."""
    from mentionwatch.query.tree import MentionField, Node, children

    stack: list[Node] = [node]  # type: ignore[list-item]
    while stack:
        each = stack.pop()
        stack.extend(children(each))
        if isinstance(each, MentionField) and each.name in ("person", "brand") and not {"*", "?"} & set(each.value):
            yield each.name, each.value
