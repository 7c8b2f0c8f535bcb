"""`check`: is the configuration right, and with `--online`, do those it names answer?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from mentionwatch.cli.options import TABLE_FORMATS, Context, global_options, output_options
from mentionwatch.times import format_duration, minute

if TYPE_CHECKING:
    from mentionwatch.collect.poller import PollResult
    from mentionwatch.collect.quota import Quotas
    from mentionwatch.config import Config, ConfiguredSource, Notify
    from mentionwatch.config.load import LoadedConfig
    from mentionwatch.model import Brand

State = Literal["ok", "off", "warning", "wrong", "failed"]
#: How long a name may take to be looked up.
_RESOLVE_SECONDS = 10.0
#: How long a stream is listened to.
_LISTEN_SECONDS = 5.0
_COLORS: dict[State, str | None] = {"ok": "green", "off": None, "warning": "yellow", "wrong": "red", "failed": "red"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. ``wrong`` is the configuration's fault, ``failed`` somebody else's."""

    state: State
    about: Literal["config", "brand", "source", "rule", "mail", "alert", "warning"]
    name: str
    message: str


@click.command()
@click.option("--online", is_flag=True, help="Ask every source once, and log in to the mail server.")
@output_options(*TABLE_FORMATS)
@global_options
def check(context: Context, online: bool, form: str | None, output: Path | None) -> int:
    """Check the configuration, the brands' tests and the secrets; with --online every source and the mail server too.

    Prints a line for each. Exits 78 when the configuration is wrong, 1 when only somebody it names does not answer.
    Nothing is stored but what the answers cost of a quota, nothing is sent.
    """
    from mentionwatch.config.load import load_with_diagnostics

    loaded = load_with_diagnostics(context.config_file(), context.env.environ)
    lines = []
    for line in _look(context, loaded, online):
        lines.append(line)
        # As each is known: asking takes time, and somebody may be watching.
        if output is None and form != "json":
            context.write(json.dumps(asdict(line)) if form == "jsonl" else _shown(line, context.color))
    if output is not None or form == "json":
        told = "\n".join(_shown(line, color=False) for line in lines)
        context.deliver_rows("check", "checks", [asdict(line) for line in lines], told, form, output)
    states = {line.state for line in lines}
    return 78 if "wrong" in states else 1 if "failed" in states else 0


def _shown(line: Line, color: bool) -> str:
    from mentionwatch.render.inert import squeezed

    state = f"{line.state:<7}"
    if color and (paint := _COLORS[line.state]):
        state = click.style(state, fg=paint)
    subject = f"{line.about} {line.name}: " if line.name else f"{line.about}: " if line.about != "warning" else ""
    return f"{state}  {squeezed(subject + line.message, 2000)}"


def _look(context: Context, loaded: LoadedConfig, online: bool) -> Iterator[Line]:
    config = loaded.config
    yield from _whole(config)
    yield from _brands(loaded)
    yield from _sources(context, config, online)
    yield from _mail(config, online)
    yield from _rules(context, config)
    for notify in config.notify:
        yield _alert(context, notify, online)


def _whole(config: Config) -> Iterator[Line]:
    counts = (f"{len(config.brands)} brands", f"{len(config.sources)} sources", f"{len(config.digests)} digests")
    said = ", ".join(count.removesuffix("s") if count.startswith("1 ") else count for count in counts)
    yield Line("ok", "config", "", f"{config.path}: {said}")
    for warning in config.warnings:
        yield Line("warning", "warning", "", warning)
    if not config.brands:
        yield Line("warning", "config", "", "no brand is under watch; write [[brands]]")
    if not any(source.enabled for source in config.sources):
        yield Line("warning", "config", "", "no source is asked; write [[sources]]")


def _brands(loaded: LoadedConfig) -> Iterator[Line]:
    from mentionwatch.config.brand_tests import failed_tests

    for position, brand in enumerate(loaded.config.brands):
        told = failed_tests(brand, position, loaded.report)
        for failure in told:
            yield Line("wrong", "brand", brand.name, failure)
        if not told:
            by = "by query" if brand.query is not None else _count(len(brand.terms), "term")
            tests = f", {_count(len(brand.tests), 'test')} passed" if brand.tests else ""
            yield Line("ok", "brand", brand.name, f"{by}{tests}")


def _rules(context: Context, config: Config) -> Iterator[Line]:
    """Rules that fit nearly all that is stored, as far as anything is: such a rule tells nothing apart."""
    if not config.rules:
        return
    from mentionwatch.cli.rules import everything

    loud: dict[str, tuple[float, int]] = {}
    if context.database().is_file():
        with context.store() as store, store.reading():
            loud = {name: (share, of) for name, share, of in everything(store, config)}
    for rule in config.rules:
        if rule.name in loud:
            share, of = loud[rule.name]
            message = f"fits {share:.0%} of the newest {of:,} mentions, and tells nothing apart; see `rules test`"
            yield Line("warning", "rule", rule.name, message)
        else:
            yield Line("ok", "rule", rule.name, rule.when)


def _sources(context: Context, config: Config, online: bool) -> Iterator[Line]:
    ready = []
    sharing = _sharing(config)
    for source in config.sources:
        if not source.enabled:
            yield Line("off", "source", source.name, "not asked: enabled = false")
        elif source.problem:
            yield Line("wrong", "source", source.name, source.problem)
        else:
            line = plan(source, config.brands, context.env.now(), sharing.get(source.name, 1))
            if online and line.state != "failed":
                ready.append(source)
            if not online or line.state != "ok":
                yield line
    if ready:
        yield from _ask(context, config, ready)


def _sharing(config: Config) -> dict[str, int]:
    """How many sources take from the quota of each that has one, by its name."""
    from mentionwatch.sources import limits_of

    limited = [one for one in config.sources if one.enabled and limits_of(one.source).per_day is not None]
    if not limited:
        return {}  # most configurations: without a quota there is no need of the scan's own rooms
    from mentionwatch.collect.targets import quota_of

    quotas = {one.name: quota_of(one) for one in limited}
    count = Counter(quotas.values())
    return {name: count[quota] for name, quota in quotas.items()}


def plan(source: ConfiguredSource, brands: tuple[Brand, ...], now: datetime, sharing: int = 1) -> Line:
    """What asking a source will take: nothing asked finds nothing, and more than its quota a day is not answered.

    ``sharing`` sources, this one among them, take from one quota; a scan gives each an equal part.
    """
    from mentionwatch.errors import SourceError
    from mentionwatch.sources import StreamSource, limits_of

    served = tuple(brand for brand in brands if not source.brands or brand.name in source.brands)
    try:
        if isinstance(source.source, StreamSource):
            return _plan_stream(source, len(list(source.source.subscriptions(served, {}, now))))
        requests = list(source.source.requests(served, {}, now))
    except SourceError as error:
        return Line("failed", "source", source.name, error.message)
    questions, metered = len(requests), sum(request.metered for request in requests)
    kind = "" if source.name == source.source.type else f"{source.source.type}, "
    often = f"{kind}{_count(questions, 'question')} every {format_duration(source.every)}"
    if not questions:
        return Line("warning", "source", source.name, f"{kind}asks nothing for these brands")
    limits = limits_of(source.source)
    quota = limits.per_day
    every = max(source.every, timedelta(seconds=1))
    if limits.per_month is not None and (price := sum(request.price for request in requests)):
        cost = limits.dollars
        often += (
            f", {questions * timedelta(days=1) / every:.0f} requests a day; an answer is paid for by what it holds:"
            f" at most {price:,} reads (${price * cost:,.2f}) at first, never more than {limits.per_month:,}"
            f" (${limits.per_month * cost:,.2f}) a month, some {limits.per_month // 31:,} a day"
        )
    if quota is None or not metered:
        return Line("ok", "source", source.name, often)
    needed = metered * timedelta(days=1) / every
    part = f"the quota is {quota:,}"
    if sharing > 1:
        part = f"its part is {quota // sharing:,}, for {sharing} sources share a quota of {quota:,}"
    from mentionwatch.collect.quota import paced_interval

    turn = paced_interval(every, sharing * metered, limits)
    if turn > every:
        minutes = -(-turn // timedelta(minutes=1))
        slower = format_duration(timedelta(minutes=minutes))
        really = f"{minutes} min" if minutes < 240 else slower
        message = f"{often} need {needed:.0f} requests a day, {part}: each will be asked every {really}"
        return Line("warning", "source", source.name, f'{message} (write every = "{slower}")')
    return Line("ok", "source", source.name, f"{often}: {needed:.0f} requests a day, {part}")


def _plan_stream(source: ConfiguredSource, streams: int) -> Line:
    kind = "" if source.name == source.source.type else f"{source.source.type}, "
    if not streams:
        return Line("warning", "source", source.name, f"{kind}asks nothing for these brands")
    return Line("ok", "source", source.name, f"{kind}{_count(streams, 'stream')}; `mentionwatch stream` listens")


def _hear(context: Context, config: Config, source: ConfiguredSource, agent: str) -> Line:
    """Whether a stream opens, and whether anything comes in some seconds; a quiet one is no fault."""
    from mentionwatch.collect.stream_listener import probe_stream
    from mentionwatch.errors import RateLimited, SourceError
    from mentionwatch.fetch.streams import Opener

    opener = Opener(context.env, user_agent=agent)
    try:
        messages = probe_stream(source, config.brands, opener, context.env, seconds=_LISTEN_SECONDS)
    except RateLimited as error:
        return Line("warning", "source", source.name, f"waiting: {error.message}")
    except SourceError as error:
        return Line("failed", "source", source.name, f"{error.message} ({error.code})")
    said = f"{_count(messages, 'message')} came" if messages else f"open; nothing said in {_LISTEN_SECONDS:g} s"
    return Line("ok", "source", source.name, f"{said}; `mentionwatch stream` listens to it")


def _ask(context: Context, config: Config, sources: list[ConfiguredSource]) -> Iterator[Line]:
    """The first question of each source, answered by the source itself; nothing is kept but what it took of a quota."""
    from mentionwatch.collect.poller import Poller, PollResult, SourceFinished
    from mentionwatch.fetch import Fetcher, user_agent
    from mentionwatch.sandbox import Sandbox
    from mentionwatch.sources import StreamSource

    agent = user_agent(version("mentionwatch"), config.contact)
    with (
        _quotas(context, sources) as budget,
        Fetcher(context.env, user_agent=agent) as fetcher,
        Sandbox(context.env) as isolation,
    ):
        for source in sources:
            if isinstance(source.source, StreamSource):
                yield _hear(context, config, source, agent)
                continue
            told: list[PollResult | SourceFinished] = []
            asker = Poller(fetcher, isolation.parse, context.env.now, told.append, questions=1, budget=budget)
            asker.ask(source, config.brands, {})
            for arrival in told:
                if isinstance(arrival, PollResult):
                    yield _answered(arrival)
                elif arrival.bug is not None:
                    raise arrival.bug


@contextmanager
def _quotas(context: Context, sources: list[ConfiguredSource]) -> Iterator[Quotas]:
    """What the sources may still take; what they took is written down, where there is a database yet."""
    from mentionwatch.collect.quota import Quotas
    from mentionwatch.sources import limits_of

    limits = [limits_of(source.source) for source in sources]
    limited = any(one.per_day is not None or one.per_month is not None for one in limits)
    if not limited or not context.database().is_file():
        yield Quotas()
        return
    with context.store() as store:
        budget = Quotas(store.sources.spent())
    try:
        yield budget
    finally:
        if any((taken := budget.to_write()).values()):
            with context.store(write=True) as store, store.writing():
                store.sources.spend(taken, context.env.now())


def _answered(answer: PollResult) -> Line:
    from mentionwatch.errors import RateLimited

    name = answer.source.name
    if isinstance(answer.error, RateLimited):
        until = f" until {minute(answer.error.until)} UTC" if answer.error.until else ""
        return Line("warning", "source", name, f"waiting{until}: {answer.error.message}")
    if answer.error is not None:
        return Line("failed", "source", name, f"{answer.error.message} ({answer.error.code})")
    notes = "".join(
        [
            f"; has moved for good to {answer.moved_to}" if answer.moved_to else "",
            f"; {answer.note}" if answer.note else "",
        ]
    )
    return Line("warning" if answer.moved_to else "ok", "source", name, _count(len(answer.items), "item") + notes)


def _mail(config: Config, online: bool) -> Iterator[Line]:
    smtp = config.smtp
    if smtp is None:
        return
    name = f"{smtp.host}:{smtp.port}"
    if smtp.problem:
        yield Line("wrong", "mail", name, smtp.problem)
    elif not online:
        yield Line("ok", "mail", name, f"{smtp.security}, from {smtp.from_}")
    else:
        from mentionwatch.deliver.smtp import check as log_in
        from mentionwatch.errors import UserError

        try:
            yield Line("ok", "mail", name, log_in(smtp))
        except UserError as error:
            yield Line("failed", "mail", name, "; ".join(error.problems))


def _alert(context: Context, notify: Notify, online: bool) -> Line:
    """Whether alerts can be sent there, as far as can be told without sending one."""
    from mentionwatch.deliver.webhook import apprise_service, target
    from mentionwatch.errors import UserError

    if notify.problem:
        return Line("wrong", "alert", notify.name, notify.problem)
    told = ", ".join(notify.when)
    if notify.url is None:
        return Line("ok", "alert", notify.name, f"{told}, by mail to {', '.join(notify.to)}")
    try:
        to = target(notify.url.reveal())
        if to.form == "apprise":
            apprise_service(to)
    except UserError as error:
        return Line("wrong", "alert", notify.name, str(error))
    if notify.secret is not None and to.form != "json":
        message = f"secret: only a json+https:// webhook is signed, not {to.form}; remove it"
        return Line("warning", "alert", notify.name, message)
    if online and to.host is not None and not _resolves(context, to.host, to.port or 443):
        return Line("failed", "alert", notify.name, f"the name {to.host} does not exist: check the address")
    return Line("ok", "alert", notify.name, f"{told}, to {to.shown} ({to.form})")


def _resolves(context: Context, host: str, port: int) -> bool:
    """Whether a name has an address; taken for granted where a proxy, or a test's network, looks names up."""
    from mentionwatch.fetch.address_policy import resolve, resolve_within
    from mentionwatch.fetch.proxies import names_proxy

    if context.env.transport is not None or names_proxy(context.env.environ):
        return True
    try:
        return bool(resolve_within(resolve, host, port, _RESOLVE_SECONDS))
    except OSError:  # TimeoutError is one
        return False


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
