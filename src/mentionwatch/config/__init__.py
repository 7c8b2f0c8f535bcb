"""TOML to :class:`Config`, or every problem at once with its line; the JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from mentionwatch.messages import Secret
from mentionwatch.model import Brand, Person, Rule, Template
from mentionwatch.sources import Source


@dataclass(frozen=True, slots=True)
class Retention:
    """How long items that match nothing, and mentions, are kept; ``None`` is for ever, ``timedelta(0)`` not at all."""

    items: timedelta | None = timedelta(days=30)
    mentions: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredSource:
    """One ``[[sources]]`` entry: the options every source has, and the source itself."""

    name: str
    source: Source
    every: timedelta
    #: ``keep``: what the first poll finds is marked as backlog; ``tell``: it is news.
    backlog: Literal["keep", "tell"] = "keep"
    #: Polled for these brands only; all when empty.
    brands: tuple[str, ...] = ()
    enabled: bool = True
    #: Hosts that the user named.
    hosts: tuple[str, ...] = ()
    #: The same as ``host:port``: of these, and only these, addresses and local names may be private.
    origins: tuple[str, ...] = ()
    #: Public names among ``origins`` may have private addresses too.
    private: bool = False
    #: The user wrote ``every``: what its publisher wants does not lengthen it.
    every_is_set: bool = False
    #: Why a secret of it is not available; it is not polled then.
    problem: str | None = None

    def served(self, brands: tuple[Brand, ...]) -> tuple[Brand, ...]:
        """Those of these brands on whose behalf it is asked."""
        return tuple(brand for brand in brands if not self.brands or brand.name in self.brands)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    from_: str = "mentionwatch@localhost"
    #: PEM file of a private certificate authority.
    ca_file: Path | None = None
    timeout: timedelta = timedelta(seconds=60)
    reply_timeout: timedelta = timedelta(seconds=120)
    #: Why the password is not available; it is ``Secret("")`` then.
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """One ``[[digests]]`` entry: who gets what."""

    name: str
    to: tuple[str, ...]
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertChannel:
    """One ``[[notify]]`` entry: who is alerted, and of which events."""

    name: str
    when: tuple[str, ...]
    #: The webhook; ``None`` for alerts by mail, and then ``to`` has the addresses.
    url: Secret | None = None
    to: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    #: Quiet hours, in which alerts are held, in ``ResponseSettings.timezone``.
    quiet: tuple[time, time] | None = None
    #: The key that signs a webhook's body.
    secret: Secret | None = None
    #: The public name in ``url`` may have a private address.
    private: bool = False
    #: Of events about a mention only those that one of these rules matches, or whose author is one of these people.
    rules: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    #: Why its address or key is not available; the address is one in ``.invalid`` then.
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    """``[response]``: how soon to answer, and who does; durations are working time."""

    timezone: str = "UTC"
    hours: str = "Mon-Fri 09:00-18:00"
    holidays: tuple[date, ...] = ()
    reply_within: dict[str, timedelta] = field(default_factory=dict)
    resolve_within: dict[str, timedelta] = field(default_factory=dict)
    #: Who a mention may be assigned to; anyone when empty.
    team: tuple[str, ...] = ()
    #: Who acts, where neither ``--by`` nor the environment says so.
    by: str | None = None


@dataclass(frozen=True, slots=True)
class CanaryPlan:
    """One ``[[canaries]]`` entry: words that these sources, or all, should find."""

    term: str
    planted_at: datetime | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """A whole, checked configuration. Paths are absolute."""

    path: Path | None
    database: Path | None
    contact: str | None = None
    retention: Retention = field(default_factory=Retention)
    brands: tuple[Brand, ...] = ()
    sources: tuple[ConfiguredSource, ...] = ()
    smtp: SmtpSettings | None = None
    digests: tuple[DigestPlan, ...] = ()
    notify: tuple[AlertChannel, ...] = ()
    response: ResponseSettings = field(default_factory=ResponseSettings)
    canaries: tuple[CanaryPlan, ...] = ()
    rules: tuple[Rule, ...] = ()
    people: tuple[Person, ...] = ()
    templates: tuple[Template, ...] = ()
    #: The user's own phrase files, or folders of them.
    phrases: tuple[Path, ...] = ()
    #: Problems that stop nothing, each with ``file:line``.
    warnings: tuple[str, ...] = ()
