"""``scan``: ask what is due, keep what is new, say what was found."""

from __future__ import annotations

from contextlib import closing, nullcontext
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import Duration
from mentionwatch.errors import UserError
from mentionwatch.times import minute

if TYPE_CHECKING:
    from mentionwatch.collect.scan import ScanReport, SourceOutcome
    from mentionwatch.config import Config
    from mentionwatch.model import Mention
    from mentionwatch.store import Store


@click.command()
@click.option("--source", "only", multiple=True, metavar="NAME", help="Ask this source only; may be repeated.")
@click.option("--force", is_flag=True, help="Ask before the time; never before a platform's own limit is over.")
@click.option("--dry-run", is_flag=True, help="Fetch and show, but write nothing at all.")
@click.option("--jsonl", is_flag=True, help="Print each new mention as a line of JSON.")
@click.option("--strict", is_flag=True, help="Exit 3 when a source failed.")
@click.option("--every", type=Duration(), metavar="10m", help="Go on scanning, with this much time between.")
@click.option("--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="Wait for another scan to end.")
@global_options
def scan(
    context: Context,
    only: tuple[str, ...],
    force: bool,
    dry_run: bool,
    jsonl: bool,
    strict: bool,
    every: timedelta | None,
    wait: int,
) -> int:
    """Ask the sources that are due and keep what is new.

    What [[notify]] is to be told of at once is sent at the end. Silent from cron unless something needs you. Exits 1
    when every source that was asked failed or an alert could not be sent, 75 when another scan is running.
    """
    config = context.config(secrets=["sources"] if dry_run else ["sources", "notify"])
    _check_names(config, only)
    status = scan_once(context, config, only=only, force=force, dry_run=dry_run, jsonl=jsonl, strict=strict, wait=wait)
    while every is not None:
        context.env.sleep(every.total_seconds())
        status = scan_once(
            context, config, only=only, force=False, dry_run=dry_run, jsonl=jsonl, strict=strict, wait=wait
        )
    return status


def _check_names(config: Config, only: tuple[str, ...]) -> None:
    from mentionwatch.config.diagnostics import did_you_mean, quoted
    from mentionwatch.sources import StreamSource

    names = [source.name for source in config.sources]
    problems = [
        f"--source {quoted(name)}: there is no such source{did_you_mean(name, names)}"
        for name in only
        if name not in names
    ]
    streams = {source.name for source in config.sources if isinstance(source.source, StreamSource)}
    problems += [f"--source {quoted(name)}: `mentionwatch stream` listens to it" for name in only if name in streams]
    if problems:
        raise UserError(*problems)


def scan_once(
    context: Context,
    config: Config,
    *,
    only: tuple[str, ...] = (),
    force: bool = False,
    dry_run: bool = False,
    jsonl: bool = False,
    strict: bool = False,
    wait: int = 0,
    workers: int | None = None,
) -> int:
    """One run of ``scan``, told as the command tells it; gives its exit status.

    ``workers`` is how many sources are asked at once (``None``: as many as a scan does).
    """
    from mentionwatch.app.deadlines import add_deadlines
    from mentionwatch.collect.memory import give_back_memory
    from mentionwatch.collect.scan import WORKERS
    from mentionwatch.collect.scan import scan as run
    from mentionwatch.collect.sessions import Sessions
    from mentionwatch.fetch import Fetcher, user_agent
    from mentionwatch.sandbox import Sandbox
    from mentionwatch.store import Store
    from mentionwatch.store.filter import MentionFilter
    from mentionwatch.store.lock import run_lock

    database, started = context.database(), context.env.now()
    give_back_memory()
    if context.attended and not context.quiet:
        context.info(f"Asking the sources of {config.path} …")
    agent = user_agent(version("mentionwatch"), config.contact)
    with (
        nullcontext() if dry_run else closing(run_lock(database, wait)),
        Store.in_memory(database) if dry_run else Store.open(database, write=True) as store,
        Fetcher(context.env, user_agent=agent) as fetcher,
        Sandbox(context.env) as isolation,
    ):
        sessions = Sessions.beside(database, keep=not dry_run)
        report = run(
            config,
            store,
            fetcher,
            isolation.parse,
            context.env,
            only=only,
            force=force,
            workers=workers or WORKERS,
            sessions=sessions,
        )
        new = (
            add_deadlines(store, config, store.mentions.find(MentionFilter(ids=report.matched.new)))
            if report.matched.new
            else ()
        )
        _tell(context, config, store, report, tuple(reversed(new)), jsonl=jsonl, dry_run=dry_run)
        untold = 0
        if not dry_run:
            from mentionwatch.app.alerts import send_alerts
            from mentionwatch.app.mail import mail_server
            from mentionwatch.cli.delivery_reports import report_deliveries

            untold = report_deliveries(
                context,
                send_alerts(
                    store,
                    config,
                    lambda: mail_server(context.config(secrets=["smtp"])),
                    context.env,
                    database,
                    context.zone,
                    started=started,
                ),
            )
    return _status(report, strict=strict) or untold


def _tell(
    context: Context,
    config: Config,
    store: Store,
    report: ScanReport,
    new: tuple[Mention, ...],
    *,
    jsonl: bool,
    dry_run: bool,
) -> None:
    from mentionwatch.coverage import LOUD

    # Of a scan that came to nothing cron hears at once; of one source among others when it is no hiccup any more.
    every_one = (context.attended and not context.quiet) or _status(report, strict=False) != 0
    for outcome in report.failed:
        if not every_one and outcome.failures < LOUD:
            continue
        times = f" ({outcome.failures} times in a row)" if outcome.failures > 1 else ""
        context.error(f"{outcome.name}: {outcome.trouble}{times}")
    for outcome in report.asked:
        if outcome.moved_to:
            _say_moved(context, config, outcome)
        if context.verbose:
            context.info(_brought(outcome))
    if context.verbose:
        _say_again(context, report)
    if context.verbose and report.not_due:
        context.info(f"not due: {', '.join(report.not_due)}")
    if jsonl:
        from mentionwatch.render.jsonl import mentions

        context.write(mentions(new))
        return
    if context.attended and not context.quiet:
        context.info(summary(report, new, dry_run=dry_run))
    if dry_run and new:
        from mentionwatch.render import lines

        context.write(lines.mentions(new, zone=context.zone))


def _say_again(context: Context, report: ScanReport) -> None:
    """What was looked at again, and who could not be asked."""
    from mentionwatch.render.wording import count

    again = report.rechecked
    if again.asked:
        parts = [count(again.asked, "post"), f"{len(again.edited)} edited", f"{len(again.gone)} gone"]
        context.info(f"asked again for {', '.join(parts)}")
    for name, message in again.trouble.items():
        context.info(f"{name}: asking again failed: {message}")


def _say_moved(context: Context, config: Config, outcome: SourceOutcome) -> None:
    if context.attended or context.verbose:
        context.info(
            f"{outcome.name}: has moved for good to {outcome.moved_to}; please change its address in {config.path}"
        )


def _brought(outcome: SourceOutcome) -> str:
    """One line for ``--verbose``: what a source was asked and what came."""
    from mentionwatch.render.wording import count

    parts = [count(outcome.answers, "answer"), count(outcome.items, "item"), f"{outcome.new_items} new"]
    if outcome.waiting_until is not None:
        parts.append(f"waiting until {minute(outcome.waiting_until)} UTC: {outcome.waiting_for}")
    return f"{outcome.name}: {', '.join([*parts, *outcome.notes])}"


def summary(report: ScanReport, new: tuple[Mention, ...], *, dry_run: bool) -> str:
    """One line for somebody who watches."""
    from mentionwatch.render.wording import count

    told = [mention for mention in new if not mention.backlog]
    parts = [f"{count(len(report.asked), 'source')} asked"]
    if report.not_due:
        parts.append(f"{len(report.not_due)} not due")
    if report.failed:
        parts.append(f"{len(report.failed)} failed")
    waiting = sum(outcome.waiting_until is not None for outcome in report.asked)
    if waiting:
        parts.append(f"{waiting} waiting")
    parts.append(count(sum(outcome.new_items for outcome in report.asked), "new item"))
    parts.append(count(len(told), "new mention"))
    backlog = len(new) - len(told) + len(report.matched.backfilled)
    if backlog:
        parts.append(f"{backlog} from before the watch began")
    if report.matched.unmatched:
        parts.append(f"{report.matched.unmatched} no longer matched")
    if report.reopened:
        parts.append(f"{len(report.reopened)} reopened")
    return ", ".join(parts) + (" (dry run: nothing was written)" if dry_run else "")


def _status(report: ScanReport, *, strict: bool) -> int:
    asked = [outcome for outcome in report.asked if outcome.answers or outcome.error is not None]
    if asked and all(outcome.error is not None and not outcome.answers for outcome in asked):
        return 1
    return 3 if strict and report.failed else 0
