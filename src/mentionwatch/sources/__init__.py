"""One file a source: what to ask, and what the answer says; no I/O.

A source is a frozen dataclass in a module of this folder. The file's name is its ``type`` in the
configuration, the dataclass's fields are its options (annotations are checked, ``field(metadata={"help": …})``
says what an option means), its docstring is its help: the first line says what it asks, the rest how. What account it
needs and what it cannot see are class variables of their own. ``__post_init__`` may refuse a value with a
:class:`~mentionwatch.errors.UserError` whose every problem starts with the option's name and a colon. Third parties
add theirs by the entry point group ``mentionwatch.sources`` (``name = "package.module:Class"``). ``registry`` finds
them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from mentionwatch.exchange import Limits, Page, Request, Response
from mentionwatch.model import Brand


@runtime_checkable
class Source(Protocol):
    """One place to ask. Instances are values: two with equal options are equal."""

    #: As in the configuration's ``type``.
    type: ClassVar[str]
    #: As in the mention's ``platform``.
    platform: ClassVar[str]
    limits: ClassVar[Limits]
    #: What account, token or key it needs, in a few words (``"none"``); shown in the table of types.
    account: ClassVar[str]
    #: What it cannot see, in one line; shown in the table of types.
    blind: ClassVar[str]

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterable[Request]:
        """The first page of every question this source asks for these brands; ``checkpoints`` by question."""
        ...

    def parse(self, response: Response) -> Page:
        """What an answer of status 2xx says.

        Raises a :class:`~mentionwatch.errors.SourceError` for anything that is not an answer; any other
        exception is taken as ``NotUnderstood`` by the caller.
        """
        ...


@runtime_checkable
class ExplainsErrors(Protocol):
    """A source that reads more from an error answer than its status says."""

    def explain(self, response: Response) -> Exception | Page | None:
        """What an answer of status 4xx or 5xx says.

        The :class:`~mentionwatch.errors.SourceError` it is; a page where the platform says "nothing found" in this
        way (404 for a hashtag nobody has used); ``None`` when there is no more to it than its status.
        """
        ...


@runtime_checkable
class ParsesIsolated(Protocol):
    """A source whose parser can be made to run for ever, and so is run where it can be killed.

    ``parse`` raises :class:`Unsure` when the quick, bounded reader will not do; the caller then runs
    ``parse_isolated`` in a child process with limits on time and memory.
    """

    def parse_isolated(self, response: Response) -> Page: ...


class Unsure(Exception):
    """The quick reader steps aside."""
