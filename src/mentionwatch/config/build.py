"""What must hold between the tables of a configuration, and the :class:`~mentionwatch.config.Config` made of them.

Works on what was read right, so that a wrong key does not hide a wrong reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mentionwatch.config import CanaryPlan, Config, ConfiguredSource, DigestPlan, Notify, Response, Retention, Smtp
from mentionwatch.config.diagnostics import Location, did_you_mean, quoted
from mentionwatch.config.people_and_rules import (
    build_people,
    build_rules,
    build_templates,
    check_references,
    with_own_accounts,
)
from mentionwatch.config.secrets import SecretResolver, SecretUnavailable
from mentionwatch.config.table_types import ParsedTable, SecretReference
from mentionwatch.config.tables import source_class
from mentionwatch.errors import UserError
from mentionwatch.messages import Secret
from mentionwatch.model import Brand, BrandTest, Person, Rule, Term, TermKind
from mentionwatch.sources import limits_of
from mentionwatch.sources.registry import ADDRESS_OPTIONS, RESERVED_OPTIONS

__all__ = ["SECRET_SECTIONS", "ConfigBuilder"]

#: The sections that hold secrets.
SECRET_SECTIONS = ("sources", "smtp", "notify")

_TERM_KEYS: tuple[tuple[str, TermKind], ...] = (
    ("names", "name"),
    ("hashtags", "hashtag"),
    ("handles", "handle"),
    ("urls", "url"),
)
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: Where no host ever is (RFC 2606).
_NOBODY = "secret.invalid"
_SENDER = "mentionwatch@localhost"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


class ConfigBuilder:
    """Makes a Config of what was read from one file, and reports what does not fit together."""

    def __init__(self, root: Location, path: Path, environ: Mapping[str, str], secrets: frozenset[str]) -> None:
        self._root = root
        self._folder = path.parent
        self._path = path
        self._home = environ.get("HOME", "")
        self._wanted = secrets
        self._book = SecretResolver(environ, self._absolute)

    def build(self, document: Mapping[str, Any], tree: ParsedTable) -> Config | None:
        """The configuration, or ``None`` when there is a problem, told in the report.

        ``document`` is the file as written: names are compared there, so that an entry with some other fault is not
        also told to be missing.
        """
        _check_unique(document, self._root)
        _check_references(document, self._root)
        brands = [self._brand(entry) for entry in tree.get("brands", ())]
        sources = [self._source(entry) for entry in tree.get("sources", ())]
        _check_source_names(sources, tree.get("sources", ()))
        _check_canaries(tree.get("canaries", ()), sources)
        smtp = self._smtp(tree["smtp"]) if "smtp" in tree else None
        notify = [self._notify(entry, mails=smtp is not None) for entry in tree.get("notify", ())]
        people, rules = self._conduct(document, tree)
        templates = build_templates(tree.get("templates", ()))
        if self._root.report.problems:
            return None
        if "digests" in tree and smtp is None:
            (self._root / "digests").warning("there is no [smtp]: digests can be printed, and not mailed")
        return Config(
            path=self._path,
            database=self._absolute(tree["database"]) if "database" in tree else None,
            contact=tree.get("contact"),
            retention=Retention(**tree.get("retention", {})),
            brands=tuple(with_own_accounts(brand, people) for brand in brands if brand is not None),
            sources=tuple(source for source in sources if source is not None),
            smtp=smtp,
            digests=tuple(DigestPlan(**entry) for entry in tree.get("digests", ())),
            notify=tuple(entry for entry in notify if entry is not None),
            response=Response(**tree.get("response", {})),
            canaries=tuple(CanaryPlan(**entry) for entry in tree.get("canaries", ())),
            rules=rules,
            people=people,
            templates=templates,
        )

    def _conduct(self, document: Mapping[str, Any], tree: ParsedTable) -> tuple[tuple[Person, ...], tuple[Rule, ...]]:
        """People and rules, and whether those who are named by them, and who name them, are there."""
        team = tree.get("response", {}).get("team", ())
        people = build_people(tree.get("people", ()), team)
        called = {section: _called(document, section) for section in ("brands", "people", "notify")}
        rules = build_rules(tree.get("rules", ()), called["people"], called["brands"], team)
        thens = [entry["then"] for entry in tree.get("rules", ()) if "then" in entry]
        check_references(thens, "notify", called["notify"], "[[notify]]")
        notify = tree.get("notify", ())
        check_references(notify, "people", called["people"], "person")
        check_references(notify, "rules", [rule.name for rule in rules], "rule")
        return people, rules

    # -- brands ----------------------------------------------------------------------------------------------------

    def _brand(self, entry: ParsedTable) -> Brand | None:
        """The brand, or ``None`` when something in its table is wrong."""
        if "query" in entry.written:
            for key in ("names", "hashtags", "handles", "urls", "context", "exclude"):
                if key in entry.written:
                    (entry.place / key).problem("stands beside a query; write it into the query, or remove one of them")
            _check_query(entry)
        elif not any(entry.get(key) or not (entry.place / key).clean() for key, _ in _TERM_KEYS):
            entry.place.problem("has no term; write names, hashtags, handles, urls or a query")
        if not entry.place.clean():
            return None
        terms = tuple(_terms(entry))
        brand = Brand(
            name=entry["name"],
            kind=entry.get("kind", "own"),
            terms=terms,
            context=entry.get("context", ()),
            exclude=entry.get("exclude", ()),
            own=entry.get("own", ()),
            query=entry.get("query"),
            tests=tuple(BrandTest(**test) for test in entry.get("tests", ())),
        )
        return brand if entry.place.clean() else None

    # -- sources ---------------------------------------------------------------------------------------------------

    def _source(self, entry: ParsedTable) -> ConfiguredSource | None:
        """The source, or ``None`` when something in its table is wrong."""
        if not entry.place.clean():
            return None
        cls = source_class(entry["type"])
        enabled = entry.get("enabled", True)
        given = {key: value for key, value in entry.items() if key not in RESERVED_OPTIONS}
        options: dict[str, Any] = {}
        troubles: list[str] = []
        for key, value in given.items():
            options[key] = self._option(value, entry.place / key, "sources" if enabled else None, troubles)
        try:
            source = cls(**options)
        except UserError as error:
            for problem in error.problems:
                _tell(problem, entry.place, given)
            return None
        except ValueError as error:
            entry.place.problem(str(error))
            return None
        every = entry.get("every", timedelta(seconds=limits_of(source).every))
        return ConfiguredSource(
            name=entry.get("name") or _default_name(entry["type"], options),
            source=source,
            every=every,
            backlog=entry.get("backlog", "keep"),
            brands=entry.get("brands", ()),
            enabled=enabled,
            hosts=_hosts((*options.values(), *(getattr(source, key) for key in ADDRESS_OPTIONS.intersection(options)))),
            problem="; ".join(troubles) or None,
        )

    def _option(self, value: object, place: Location, section: str | None, troubles: list[str]) -> object:
        if isinstance(value, SecretReference):
            return self._secret(value, place, section, troubles)
        return self._absolute(value) if isinstance(value, Path) else value

    # -- mail and alerts -------------------------------------------------------------------------------------------

    def _smtp(self, entry: ParsedTable) -> Smtp | None:
        place, security = entry.place, entry.get("security", "starttls")
        username, sender = entry.get("username"), entry.get("from")
        if ("username" in entry.written) != ("password" in entry.written):
            missing = "password" if "username" in entry.written else "username"
            place.problem(f"{missing} is missing; a server that asks for one asks for both")
        if not place.clean():
            return None
        if "password" in entry and security == "none" and entry["host"] not in _LOOPBACK:
            (place / "security").warning("the password goes over the network unprotected; write starttls or tls")
        if sender is None:
            sender = username if username and "@" in username else _SENDER
        troubles: list[str] = []
        password = entry.get("password")
        optional = {key: entry[key] for key in ("timeout",) if key in entry}
        return Smtp(
            host=entry["host"],
            port=entry.get("port", _PORTS[security]),
            security=security,
            username=username,
            password=self._secret(password, place / "password", "smtp", troubles) if password else None,
            from_=sender,
            ca_file=self._absolute(entry["ca_file"]) if "ca_file" in entry else None,
            problem="; ".join(troubles) or None,
            **optional,
        )

    def _notify(self, entry: ParsedTable, *, mails: bool) -> Notify | None:
        if ("url" in entry.written) == ("to" in entry.written):
            entry.place.problem("goes to one place; write either url (a webhook) or to (mail addresses)")
        elif "to" in entry.written and not mails:
            (entry.place / "to").problem("is told by mail, and there is no [smtp] to send it through; add one")
        elif "to" in entry.written and "secret" in entry.written:
            (entry.place / "secret").problem("signs a webhook, and this one is told by mail; remove it")
        if not entry.place.clean():
            return None
        troubles: list[str] = []
        secrets = {
            key: self._secret(entry[key], entry.place / key, "notify", troubles)
            for key in ("url", "secret")
            if key in entry
        }
        return Notify(**(entry | secrets | {"problem": "; ".join(troubles) or None}))

    # -- what stands outside the file ------------------------------------------------------------------------------

    def _absolute(self, path: Path) -> Path:
        """The path seen from the configuration's folder; ``~/`` is the home of the environment handed in."""
        if path.parts[:1] == ("~",) and self._home:
            path = Path(self._home, *path.parts[1:])
        return self._folder / path

    def _secret(self, reference: SecretReference, place: Location, section: str | None, troubles: list[str]) -> Secret:
        """The secret; empty when it is not wanted or cannot be had, and then why is added to ``troubles``."""
        if self._book.open_to_others(reference):
            place.warning(f"every user of this machine may read {reference.file}; chmod 600 it")
        # An address must be one, lest its source refuse it.
        nothing = Secret(f"https://{_NOBODY}/" if place.way[-1] in ADDRESS_OPTIONS else "")
        if section not in self._wanted:
            return nothing
        try:
            return self._book.reveal(reference)
        except SecretUnavailable as error:
            troubles.append(f"{place.way[-1]}: {error} ({place.where})")
            return nothing


def _terms(entry: ParsedTable) -> Iterator[Term]:
    """The brand's terms; what is wrong with one of them, its context, or what excludes or owns, is reported."""
    from mentionwatch.match import term_problem  # imported here: a configuration may have no brand
    from mentionwatch.match.brands import context_problem, exclude_problem, own_problem

    for key, kind in _TERM_KEYS:
        for at, written in enumerate(entry.get(key, ())):
            given = written if isinstance(written, ParsedTable) else {"text": written}
            term = Term(kind=kind, **given)
            _report(term_problem(term), entry.place / key / at)
            _check_each(term.context, context_problem, entry.place / key / at / "context")
            yield term
    for key, problem in (("context", context_problem), ("exclude", exclude_problem), ("own", own_problem)):
        _check_each(entry.get(key, ()), problem, entry.place / key)


def _check_each(values: Iterable[str], problem: Callable[[str], str | None], place: Location) -> None:
    for at, value in enumerate(values):
        _report(problem(value), place / at)


def _report(problem: str | None, place: Location) -> None:
    if problem is not None:
        place.problem(problem)


def _check_query(entry: ParsedTable) -> None:
    """What is wrong with a brand's query, and what its writer may not have meant."""
    if "query" not in entry:
        return
    from mentionwatch.query.check import check  # imported here: most configurations have no query
    from mentionwatch.query.evaluate import compile_query

    place, lines = entry.place / "query", entry["query"].count("\n")
    for problem in check(entry["query"]):
        where = f"line {problem.line} of it, column {problem.column}" if lines else f"column {problem.column}"
        (place.problem if problem.fatal else place.warning)(f"{where}: {problem.message}")
    if place.clean():
        try:
            compile_query(entry["query"])
        except UserError as error:
            # The line and the caret that follow would not fit into one line.
            place.problem(error.problems[0])


def _entries(document: Mapping[str, Any], section: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The tables of a section as written, with their positions."""
    entries = document.get(section)
    if isinstance(entries, list):
        yield from ((at, entry) for at, entry in enumerate(entries) if isinstance(entry, dict))


def _called(document: Mapping[str, Any], section: str) -> list[str]:
    """The names of the tables of a section, as written."""
    return [entry["name"].strip() for _, entry in _entries(document, section) if isinstance(entry.get("name"), str)]


def _check_unique(document: Mapping[str, Any], root: Location) -> None:
    for section in ("brands", "sources", "digests", "notify", "rules", "people", "templates"):
        seen: dict[str, int] = {}
        for at, entry in _entries(document, section):
            name = entry.get("name")
            if not isinstance(name, str):
                continue
            # Case apart they would still be one name to the person who types it.
            first = seen.setdefault(name.strip().casefold(), at)
            if first != at:
                line = root.report.line((section, first, "name"))
                (root / section / at / "name").problem(
                    f"{quoted(name)} was given on line {line} already; choose another"
                )


def _check_references(document: Mapping[str, Any], root: Location) -> None:
    """Brands are named as they are called."""
    brands = _called(document, "brands")
    known = set(brands)
    for section in ("sources", "digests", "notify", "people"):
        for at, entry in _entries(document, section):
            named = entry.get("brands")
            for position, name in enumerate(named if isinstance(named, list) else ()):
                if isinstance(name, str) and name.strip() not in known:
                    problem = f"there is no brand {quoted(name)}{did_you_mean(name, brands)}"
                    (root / section / at / "brands" / position).problem(problem)


def _check_source_names(sources: Iterable[ConfiguredSource | None], entries: Iterable[ParsedTable]) -> None:
    """Names that were not given may still be the same."""
    seen: dict[str, ParsedTable] = {}
    for source, entry in zip(sources, entries, strict=True):
        if source is None:
            continue
        first = seen.setdefault(source.name.casefold(), entry)
        if first is not entry and not ("name" in entry and "name" in first):
            line = first.place.report.line(first.place.way)
            entry.place.problem(
                f"is called {quoted(source.name)} like the one on line {line}; give it a name of its own"
            )


def _check_canaries(entries: Iterable[ParsedTable], sources: Iterable[ConfiguredSource | None]) -> None:
    """Sources are named as they are called, given a name or not."""
    known = [source.name for source in sources if source is not None]
    for entry in entries:
        for position, name in enumerate(entry.get("sources", ())):
            if name not in known:
                (entry.place / "sources" / position).problem(
                    f"there is no source {quoted(name)}{did_you_mean(name, known)}"
                )


def _tell(problem: str, place: Location, given: Iterable[str]) -> None:
    """A class's own refusal stands at the option it begins with."""
    option, _, rest = problem.partition(": ")
    if rest and option in given:
        (place / option).problem(rest)
    else:
        place.problem(problem)


def _default_name(kind: str, options: Mapping[str, object]) -> str:
    """Made of the entry's own options alone, so that another entry never renames it: its history hangs on the name."""
    for key in sorted(ADDRESS_OPTIONS):
        if isinstance(address := options.get(key), str):
            host = (urlsplit(address if "://" in address else f"//{address}").hostname or "").removeprefix("www.")
            return host if kind == "feed" else f"{kind}-{host}"
    return kind


#: How an address begins; a mailbox has one, too.
_SCHEMES = ("http://", "https://", "imap://", "imaps://")


def _hosts(values: Iterable[object]) -> tuple[str, ...]:
    """The hosts of every address the user wrote."""
    hosts: dict[str, None] = {}
    for value in values:
        if isinstance(value, tuple):
            hosts |= dict.fromkeys(_hosts(value))
            continue
        address = value.reveal() if isinstance(value, Secret) else value
        if isinstance(address, str) and address.lower().startswith(_SCHEMES):
            try:
                host = urlsplit(address).hostname
            except ValueError:
                continue
            if host and host != _NOBODY:
                hosts[host] = None
    return tuple(hosts)
