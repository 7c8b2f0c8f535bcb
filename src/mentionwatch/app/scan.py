"""One scan: poll what is due, keep what is new, send the alerts that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from importlib.metadata import version

from mentionwatch.app.alerts import send_alerts
from mentionwatch.app.deadlines import add_deadlines
from mentionwatch.app.installation import Installation
from mentionwatch.collect.memory import give_back_memory
from mentionwatch.collect.scan import WORKERS, ScanReport
from mentionwatch.collect.scan import scan as collect
from mentionwatch.collect.sessions import Sessions
from mentionwatch.collect.source_state import SourceOutcome
from mentionwatch.config import Config
from mentionwatch.config.diagnostics import did_you_mean, quoted
from mentionwatch.deliver import DeliveryReport
from mentionwatch.errors import UserError
from mentionwatch.fetch import Fetcher, user_agent
from mentionwatch.model import Mention
from mentionwatch.sandbox import Sandbox
from mentionwatch.sources import StreamSource
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter
from mentionwatch.store.lock import run_lock

__all__ = ["Collected", "ScanReport", "ScanRequest", "SourceOutcome", "check_scan_sources", "run_scan"]


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to poll: all that is due, or of it the sources named by ``only``; with ``force`` before it is due.

    ``dry_run`` fetches and writes nothing. ``wait`` is how many seconds to wait for another scan to end, ``workers``
    how many sources are polled at once.
    """

    only: tuple[str, ...] = ()
    force: bool = False
    dry_run: bool = False
    wait: int = 0
    workers: int = WORKERS


@dataclass(frozen=True, slots=True)
class Collected:
    """What polling came to, and the new mentions, the oldest first."""

    report: ScanReport
    new: tuple[Mention, ...]

    @property
    def all_failed(self) -> bool:
        """Whether sources were polled and not one answered."""
        polled = [outcome for outcome in self.report.asked if outcome.answers or outcome.error is not None]
        return bool(polled) and all(outcome.error is not None and not outcome.answers for outcome in polled)


def check_scan_sources(config: Config, names: Sequence[str]) -> None:
    """Raise :class:`~mentionwatch.errors.UserError` for every name that is not of a source that scans poll."""
    streams = {source.name: isinstance(source.source, StreamSource) for source in config.sources}
    problems = [
        f"--source {quoted(name)}: there is no such source{did_you_mean(name, streams)}"
        if name not in streams
        else f"--source {quoted(name)}: `mentionwatch stream` listens to it"
        for name in names
        if streams.get(name, True)
    ]
    if problems:
        raise UserError(*problems)


def run_scan(
    config: Config, request: ScanRequest, installation: Installation, on_collected: Callable[[Collected], None]
) -> list[DeliveryReport]:
    """Poll and keep, call ``on_collected``, then send what is to be sent; gives what became of that.

    Raises :class:`~mentionwatch.errors.LockedError` while another scan runs.
    """
    env, database = installation.env, installation.database
    started = env.now()
    give_back_memory()
    with (
        nullcontext() if request.dry_run else closing(run_lock(database, request.wait)),
        Store.in_memory(database) if request.dry_run else Store.open(database, write=True) as store,
        Fetcher(env, user_agent=user_agent(version("mentionwatch"), config.contact)) as fetcher,
        Sandbox(env) as sandbox,
    ):
        report = collect(
            config,
            store,
            fetcher,
            sandbox.parse,
            env,
            only=request.only,
            force=request.force,
            workers=request.workers,
            sessions=Sessions.beside(database, keep=not request.dry_run),
        )
        on_collected(Collected(report, new_mentions(store, config, report.matched.new)))
        if request.dry_run:
            return []
        return send_alerts(store, config, installation, started=started)


def new_mentions(store: Store, config: Config, ids: tuple[str, ...]) -> tuple[Mention, ...]:
    """The mentions of these ids with their deadlines, the oldest first."""
    if not ids:
        return ()
    return tuple(reversed(add_deadlines(store, config, store.mentions.find(MentionFilter(ids=ids)))))
