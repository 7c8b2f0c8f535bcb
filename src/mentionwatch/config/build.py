"""What must hold between the tables of a configuration, and the :class:`~mentionwatch.config.Config` made of them.

Works on what was read right, so that a wrong key does not hide a wrong reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mentionwatch.config import (
    AlertChannel,
    CanaryPlan,
    Config,
    ConfiguredSource,
    DigestPlan,
    ResponseSettings,
    Retention,
    SmtpSettings,
)
from mentionwatch.config.diagnostics import Location
from mentionwatch.config.people_and_rules import (
    build_people,
    build_rules,
    build_templates,
    with_own_accounts,
)
from mentionwatch.config.references import (
    check_brand_names,
    check_references,
    check_source_names,
    check_unique,
    names_in,
)
from mentionwatch.config.secrets import SecretResolver, SecretUnavailable
from mentionwatch.config.source_tables import source_class
from mentionwatch.config.table_types import ParsedTable, SecretReference
from mentionwatch.errors import UserError
from mentionwatch.match import term_problem
from mentionwatch.match.brands import context_problem, exclude_problem, own_problem
from mentionwatch.messages import Secret
from mentionwatch.model import Brand, BrandTest, Person, Rule, Term, TermKind
from mentionwatch.sources import limits_of
from mentionwatch.sources.registry import ADDRESS_OPTIONS, RESERVED_OPTIONS

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
_NO_HOST = "secret.invalid"
_SENDER = "mentionwatch@localhost"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


class ConfigBuilder:
    """Makes a Config of what was read from one file, and reports what does not fit together."""

    def __init__(
        self,
        root: Location,
        path: Path,
        environ: Mapping[str, str],
        secrets: frozenset[str],
        *,
        commands: bool,
        distrust: str | None,
    ) -> None:
        self._root = root
        self._folder = path.parent
        self._path = path
        self._home = environ.get("HOME", "")
        self._secret_sections = secrets
        self._resolver = SecretResolver(environ, self._absolute, commands=commands, distrust=distrust)

    def build(self, document: Mapping[str, Any], tree: ParsedTable) -> Config | None:
        """The configuration, or ``None`` when a problem was reported.

        ``document`` is the file as written: names are compared there, so that an entry with another fault is not also
        reported as missing.
        """
        check_unique(document, self._root)
        check_brand_names(document, self._root)
        brands = [self._brand(entry) for entry in tree.get("brands", ())]
        sources = [self._source(entry) for entry in tree.get("sources", ())]
        check_source_names(sources, tree.get("sources", ()))
        # A source has a default name, so these are known only now.
        names = [source.name for source in sources if source is not None]
        check_references(tree.get("canaries", ()), "sources", names, "source")
        smtp = self._smtp(tree["smtp"]) if "smtp" in tree else None
        notify = [self._notify(entry, mails=smtp is not None) for entry in tree.get("notify", ())]
        people, rules = self._people_and_rules(document, tree)
        templates = build_templates(tree.get("templates", ()))
        if self._root.diagnostics.problems:
            return None
        if "digests" in tree and smtp is None:
            (self._root / "digests").warning("there is no [smtp]: digests can be printed, but not mailed")
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
            response=ResponseSettings(**tree.get("response", {})),
            canaries=tuple(CanaryPlan(**entry) for entry in tree.get("canaries", ())),
            rules=rules,
            people=people,
            templates=templates,
            phrases=tuple(map(self._absolute, tree.get("judging", {}).get("phrases", ()))),
        )

    def _people_and_rules(
        self, document: Mapping[str, Any], tree: ParsedTable
    ) -> tuple[tuple[Person, ...], tuple[Rule, ...]]:
        """People and rules; what refers to them, and what they refer to, must exist."""
        team = tree.get("response", {}).get("team", ())
        people = build_people(tree.get("people", ()), team)
        names = {section: names_in(document, section) for section in ("brands", "people", "notify")}
        rules = build_rules(tree.get("rules", ()), names["people"], names["brands"], team)
        thens = [entry["then"] for entry in tree.get("rules", ()) if "then" in entry]
        check_references(thens, "notify", names["notify"], "[[notify]]")
        notify = tree.get("notify", ())
        check_references(notify, "people", names["people"], "person")
        check_references(notify, "rules", [rule.name for rule in rules], "rule")
        return people, rules

    # -- brands ----------------------------------------------------------------------------------------------------

    def _brand(self, entry: ParsedTable) -> Brand | None:
        """The brand, or ``None`` when something in its table is wrong."""
        if "query" in entry.written_keys:
            for key in ("names", "hashtags", "handles", "urls", "context", "exclude"):
                if key in entry.written_keys:
                    (entry.location / key).problem(
                        "cannot be combined with a query; write it into the query, or remove one of them"
                    )
            _check_query(entry)
        elif not any(entry.get(key) or not (entry.location / key).is_valid() for key, _ in _TERM_KEYS):
            entry.location.problem("has no terms; write names, hashtags, handles, urls or a query")
        if not entry.location.is_valid():
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
        return brand if entry.location.is_valid() else None

    # -- sources ---------------------------------------------------------------------------------------------------

    def _source(self, entry: ParsedTable) -> ConfiguredSource | None:
        """The source, or ``None`` when something in its table is wrong."""
        if not entry.location.is_valid():
            return None
        cls = source_class(entry["type"])
        enabled = entry.get("enabled", True)
        given = {key: value for key, value in entry.items() if key not in RESERVED_OPTIONS}
        options: dict[str, Any] = {}
        problems: list[str] = []
        for key, value in given.items():
            options[key] = self._option(value, entry.location / key, "sources" if enabled else None, problems)
        try:
            source = cls(**options)
        except UserError as error:
            for problem in error.problems:
                _report_problem(problem, entry.location, given)
            return None
        except ValueError as error:
            entry.location.problem(str(error))
            return None
        every = entry.get("every", timedelta(seconds=limits_of(source).every))
        addresses = (*options.values(), *(getattr(source, key) for key in ADDRESS_OPTIONS.intersection(options)))
        origins = _origins(addresses)
        return ConfiguredSource(
            name=entry.get("name") or _default_name(entry["type"], options),
            source=source,
            every=every,
            every_is_set="every" in entry,
            backlog=entry.get("backlog", "keep"),
            brands=entry.get("brands", ()),
            enabled=enabled,
            hosts=tuple(dict.fromkeys(host for host, _ in origins)),
            origins=tuple(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in origins),
            private=entry.get("private", False),
            problem="; ".join(problems) or None,
        )

    def _option(self, value: object, location: Location, section: str | None, problems: list[str]) -> object:
        if isinstance(value, SecretReference):
            return self._secret(value, location, section, problems)
        return self._absolute(value) if isinstance(value, Path) else value

    # -- mail and alerts -------------------------------------------------------------------------------------------

    def _smtp(self, entry: ParsedTable) -> SmtpSettings | None:
        location, security = entry.location, entry.get("security", "starttls")
        username, sender = entry.get("username"), entry.get("from")
        if ("username" in entry.written_keys) != ("password" in entry.written_keys):
            missing = "password" if "username" in entry.written_keys else "username"
            location.problem(f"{missing} is missing; a server that asks for one asks for both")
        if not location.is_valid():
            return None
        if "password" in entry and security == "none" and entry["host"] not in _LOOPBACK:
            (location / "security").warning("the password goes over the network unprotected; write starttls or tls")
        if sender is None:
            sender = username if username and "@" in username else _SENDER
        problems: list[str] = []
        password = entry.get("password")
        optional = {key: entry[key] for key in ("timeout", "reply_timeout") if key in entry}
        return SmtpSettings(
            host=entry["host"],
            port=entry.get("port", _PORTS[security]),
            security=security,
            username=username,
            password=self._secret(password, location / "password", "smtp", problems) if password else None,
            from_=sender,
            ca_file=self._absolute(entry["ca_file"]) if "ca_file" in entry else None,
            problem="; ".join(problems) or None,
            **optional,
        )

    def _notify(self, entry: ParsedTable, *, mails: bool) -> AlertChannel | None:
        if ("url" in entry.written_keys) == ("to" in entry.written_keys):
            entry.location.problem("has one destination; write either url (a webhook) or to (mail addresses)")
        elif "to" in entry.written_keys and not mails:
            (entry.location / "to").problem("alerts by mail need [smtp]; add it")
        elif "to" in entry.written_keys and "secret" in entry.written_keys:
            (entry.location / "secret").problem("signs a webhook, and these alerts go by mail; remove it")
        if not entry.location.is_valid():
            return None
        problems: list[str] = []
        secrets = {
            key: self._secret(entry[key], entry.location / key, "notify", problems)
            for key in ("url", "secret")
            if key in entry
        }
        return AlertChannel(**(entry | secrets | {"problem": "; ".join(problems) or None}))

    # -- outside the file ------------------------------------------------------------------------------

    def _absolute(self, path: Path) -> Path:
        """The path seen from the configuration's folder; ``~/`` is the home of the environment handed in."""
        if path.parts[:1] == ("~",) and self._home:
            path = Path(self._home, *path.parts[1:])
        return self._folder / path

    def _secret(
        self, reference: SecretReference, location: Location, section: str | None, problems: list[str]
    ) -> Secret:
        """The secret; empty when it is not needed or not available, and then the reason is added to ``problems``."""
        if self._resolver.is_world_readable(reference):
            location.warning(f"every user of this machine can read {reference.file}; chmod 600 it")
        # An address must be one, lest its source refuse it.
        nothing = Secret(f"https://{_NO_HOST}/" if location.key_path[-1] in ADDRESS_OPTIONS else "")
        if section not in self._secret_sections or not self._resolver.looks_up(reference):
            return nothing
        try:
            return self._resolver.resolve(reference)
        except SecretUnavailable as error:
            problems.append(f"{location.key_path[-1]}: {error} ({location.where})")
            return nothing


def _terms(entry: ParsedTable) -> Iterator[Term]:
    """The brand's terms; what is wrong with one of them, its context, or what excludes or owns, is reported."""
    for key, kind in _TERM_KEYS:
        for at, value in enumerate(entry.get(key, ())):
            given = value if isinstance(value, ParsedTable) else {"text": value}
            term = Term(kind=kind, **given)
            _report_if(term_problem(term), entry.location / key / at)
            _check_each(term.context, context_problem, entry.location / key / at / "context")
            yield term
    for key, problem in (("context", context_problem), ("exclude", exclude_problem), ("own", own_problem)):
        _check_each(entry.get(key, ()), problem, entry.location / key)


def _check_each(values: Iterable[str], problem: Callable[[str], str | None], location: Location) -> None:
    for at, value in enumerate(values):
        _report_if(problem(value), location / at)


def _report_if(problem: str | None, location: Location) -> None:
    if problem is not None:
        location.problem(problem)


def _check_query(entry: ParsedTable) -> None:
    """What is wrong with a brand's query, and what its writer may not have meant."""
    if "query" not in entry:
        return
    from mentionwatch.query.check import check  # imported here: most configurations have no query
    from mentionwatch.query.evaluate import compile_query

    location, lines = entry.location / "query", entry["query"].count("\n")
    for problem in check(entry["query"]):
        where = f"line {problem.line} of it, column {problem.column}" if lines else f"column {problem.column}"
        (location.problem if problem.fatal else location.warning)(f"{where}: {problem.message}")
    if location.is_valid():
        try:
            compile_query(entry["query"])
        except UserError as error:
            # The line and the caret that follow would not fit into one line.
            location.problem(error.problems[0])


def _report_problem(problem: str, location: Location, given: Iterable[str]) -> None:
    """Report what a class refuses at the option that the message begins with."""
    option, _, rest = problem.partition(": ")
    if rest and option in given:
        (location / option).problem(rest)
    else:
        location.problem(problem)


def _default_name(kind: str, options: Mapping[str, object]) -> str:
    """Made of the entry's own options alone, so that another entry never renames it: its history hangs on the name."""
    for key in sorted(ADDRESS_OPTIONS):
        if isinstance(address := options.get(key), str):
            host = (urlsplit(address if "://" in address else f"//{address}").hostname or "").removeprefix("www.")
            return host if kind == "feed" else f"{kind}-{host}"
    return kind


#: The ports that an address without one may lead to; that of a mailbox is one, too.
_PORTS_OF: dict[str, tuple[int, ...]] = {"http": (80, 443), "https": (80, 443), "imap": (143,), "imaps": (993,)}


def _origins(values: Iterable[object]) -> list[tuple[str, int]]:
    """Host and port of every address the user wrote, each once; both of the web's where it names no port."""
    origins: dict[tuple[str, int], None] = {}
    for value in values:
        if isinstance(value, tuple):
            origins |= dict.fromkeys(_origins(value))
            continue
        address = value.reveal() if isinstance(value, Secret) else value
        if not isinstance(address, str):
            continue
        try:
            parts = urlsplit(address)
            host, ports = parts.hostname, _PORTS_OF.get(parts.scheme.lower(), ())
            if parts.port and ports:
                ports = (parts.port,)
        except ValueError:
            continue
        if host and host != _NO_HOST:
            origins |= dict.fromkeys((host, port) for port in ports)
    return list(origins)
