"""Whether the configuration is right and does what it is meant to, without asking anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from mentionwatch.app.check_result import CheckResult
from mentionwatch.collect.quota import paced_interval
from mentionwatch.collect.targets import quota_of
from mentionwatch.config import AlertChannel, Config, ConfiguredSource
from mentionwatch.config.diagnostics import Diagnostics, Location, quoted
from mentionwatch.config.load import LoadedConfig
from mentionwatch.env import Env
from mentionwatch.errors import SourceError, UserError
from mentionwatch.match import compile_brands
from mentionwatch.model import Author, Brand, BrandMatch, BrandTest, Item
from mentionwatch.render.phrases import count
from mentionwatch.sources import StreamSource, limits_of
from mentionwatch.sources.registry import caveats
from mentionwatch.text import clean
from mentionwatch.times import format_duration


def check_config(loaded: LoadedConfig, env: Env, database: Path, *, online: bool = False) -> Iterator[CheckResult]:
    """Check the configuration, the brands' tests, the rules and the secrets; each result as soon as it is known.

    With ``online`` every source is asked once, the mail server is logged in to, and webhooks' host names are resolved.
    Nothing is stored but what the answers cost of a quota, and nothing is sent.
    """
    config = loaded.config
    yield from _check_whole(config)
    yield from _check_brands(loaded)
    yield from _check_sources(config, env, database, online)
    yield from _check_mail(config, online)
    yield from _check_recipients(config)
    yield from _check_phrases(config)
    yield from _check_rules(config, database)
    for notify in config.notify:
        yield _check_alert(notify, env, online)


def _check_whole(config: Config) -> Iterator[CheckResult]:
    counts = (count(len(config.brands), "brand"), count(len(config.sources), "source"))
    yield CheckResult(
        "ok", "config", "", f"{config.path}: {', '.join((*counts, count(len(config.digests), 'digest')))}"
    )
    for warning in config.warnings:
        yield CheckResult("warning", "warning", "", warning)
    if not config.brands:
        yield CheckResult("warning", "config", "", "no brand is monitored; write [[brands]]")
    if not any(source.enabled for source in config.sources):
        yield CheckResult("warning", "config", "", "no source is polled; write [[sources]]")


def _check_brands(loaded: LoadedConfig) -> Iterator[CheckResult]:
    for position, brand in enumerate(loaded.config.brands):
        failures = _failed_tests(brand, position, loaded.diagnostics)
        for failure in failures:
            yield CheckResult("wrong", "brand", brand.name, failure)
        if not failures:
            by = "by query" if brand.query is not None else count(len(brand.terms), "term")
            tests = f", {count(len(brand.tests), 'test')} passed" if brand.tests else ""
            yield CheckResult("ok", "brand", brand.name, f"{by}{tests}")


def _failed_tests(brand: Brand, position: int, diagnostics: Diagnostics) -> list[str]:
    """The tests of the ``position``-th brand that its terms fail: ``file:line: key: what was expected, and found``."""
    from mentionwatch.query.evaluate import compile_query  # imported here: few brands have a query

    matcher = compile_brands((brand,), compile_query)
    told = []
    for at, test in enumerate(brand.tests):
        (verdict,) = matcher.verdicts(_tested_item(test))
        if bool(verdict.matches) != test.match:
            location = Location(diagnostics) / "brands" / position / "tests" / at
            told.append(f"{location.where}: {location.name}: {_test_failure(test, verdict)}")
    return told


def _tested_item(test: BrandTest) -> Item:
    """The test as a source would bring it."""
    return Item(
        platform="feed",
        kind="post",
        url=test.url,
        title=clean(test.title) if test.title else None,
        text=clean(test.text),
        language=test.language,
        author=Author(name=test.author, handle=test.author),
    )


def _test_failure(test: BrandTest, verdict: BrandMatch) -> str:
    text = quoted(test.text or test.title or test.url or "")
    if test.match:
        return f"{text} should be a mention and is not: {verdict.reason}"
    found = ", ".join(
        f"{match.kind} {quoted(match.term)} as {quoted(match.text)} in its {match.field}"
        for match in verdict.matches[:3]
    )
    return f"{text} should not be a mention, but matches {found}"


def _check_phrases(config: Config) -> Iterator[CheckResult]:
    """Each of the user's phrase files: how many phrases, or what is wrong with it, with file and line."""
    if not config.phrases:
        return
    from mentionwatch.analysis.phrases import PhraseFault, book, contradictions, phrase_files  # few have such files

    for path in phrase_files(config.phrases):
        try:
            one = book(path)
        except PhraseFault as fault:
            yield CheckResult("wrong", "phrases", path.stem, f"{fault}; the file is left out")
            continue
        for doubt in contradictions(one):
            yield CheckResult("warning", "phrases", path.stem, f"{path}: {doubt}")
        yield CheckResult("ok", "phrases", path.stem, f"{path}: {count(len(one.phrases), 'phrase')}, {one.name}")


def _check_rules(config: Config, database: Path) -> Iterator[CheckResult]:
    overbroad: dict[str, tuple[float, int]] = {}
    if config.rules and database.is_file():
        from mentionwatch.app.rules import overbroad_rules  # the database and the judges, which else are not loaded
        from mentionwatch.store import Store

        with Store.open(database, write=False) as store, store.reading():
            overbroad = overbroad_rules(store, config)
    for rule in config.rules:
        if rule.name in overbroad:
            share, mentions = overbroad[rule.name]
            message = f"matches {share:.0%} of the newest {mentions:,} mentions: too broad to help; see `rules test`"
            yield CheckResult("warning", "rule", rule.name, message)
        else:
            yield CheckResult("ok", "rule", rule.name, rule.when)


def _check_sources(config: Config, env: Env, database: Path, online: bool) -> Iterator[CheckResult]:
    ready = []
    quotas = {
        one.name: quota_of(one) for one in config.sources if one.enabled and limits_of(one.source).per_day is not None
    }
    sharing = Counter(quotas.values())
    for source in config.sources:
        if not source.enabled:
            yield CheckResult("off", "source", source.name, "not polled: enabled = false")
        elif source.problem:
            yield CheckResult("wrong", "source", source.name, source.problem)
        else:
            shared = sharing.get(quotas.get(source.name, ""), 1)
            plan = polling_plan(source, config.brands, env.now(), shared)
            if online and plan.state != "failed":
                ready.append(source)
            if not online or plan.state != "ok":
                yield plan
    for kind in dict.fromkeys(type(source.source) for source in config.sources if source.enabled):
        for caveat in caveats(kind):
            yield CheckResult("note", "type", kind.type, caveat)
    if ready:
        from mentionwatch.app.check_online import poll_once  # the network, which the offline check does not load

        yield from poll_once(ready, config, env, database)


def polling_plan(source: ConfiguredSource, brands: tuple[Brand, ...], now: datetime, sharing: int = 1) -> CheckResult:
    """What polling a source takes: requests a day, and whether its quota allows them.

    ``sharing`` sources, this one among them, share one quota; a scan gives each an equal part.
    """
    served = source.served(brands)
    kind = "" if source.name == source.source.type else f"{source.source.type}, "
    nothing = CheckResult("warning", "source", source.name, f"{kind}has nothing to search for these brands")
    try:
        if isinstance(source.source, StreamSource):
            streams = len(list(source.source.subscriptions(served, {}, now)))
            plan = f"{kind}{count(streams, 'stream')}; `mentionwatch stream` listens"
            return CheckResult("ok", "source", source.name, plan) if streams else nothing
        requests = list(source.source.requests(served, {}, now))
    except SourceError as error:
        return CheckResult("failed", "source", source.name, error.message)
    if not requests:
        return nothing
    plan = f"{kind}{count(len(requests), 'question')} every {format_duration(source.every)}"
    limits = limits_of(source.source)
    every = max(source.every, timedelta(seconds=1))
    if limits.per_month is not None and (price := sum(request.price for request in requests)):
        cost = limits.dollars
        plan += (
            f", {len(requests) * timedelta(days=1) / every:.0f} requests a day; an answer is paid for by what it holds:"
            f" at most {price:,} reads (${price * cost:,.2f}) at first, never more than {limits.per_month:,}"
            f" (${limits.per_month * cost:,.2f}) a month, some {limits.per_month // 31:,} a day"
        )
    quota, metered = limits.per_day, sum(request.metered for request in requests)
    if quota is None or not metered:
        return CheckResult("ok", "source", source.name, plan)
    needed = f"{metered * timedelta(days=1) / every:.0f} requests a day"
    part = f"the quota is {quota:,}"
    if sharing > 1:
        part = f"its part is {quota // sharing:,}, for {sharing} sources share a quota of {quota:,}"
    possible = paced_interval(every, sharing * metered, limits)
    if possible <= every:
        return CheckResult("ok", "source", source.name, f"{plan}: {needed}, {part}")
    minutes = -(-possible // timedelta(minutes=1))
    slower = format_duration(timedelta(minutes=minutes))
    message = f"{plan} need {needed}, {part}: each will be polled every {f'{minutes} min' if minutes < 240 else slower}"
    return CheckResult("warning", "source", source.name, f'{message} (write every = "{slower}")')


def _check_mail(config: Config, online: bool) -> Iterator[CheckResult]:
    smtp = config.smtp
    if smtp is None:
        return
    name = f"{smtp.host}:{smtp.port}"
    if smtp.problem:
        yield CheckResult("wrong", "mail", name, smtp.problem)
    elif not online:
        yield CheckResult("ok", "mail", name, f"{smtp.security}, from {smtp.from_}")
    else:
        from mentionwatch.deliver.smtp import check as log_in  # as above

        try:
            yield CheckResult("ok", "mail", name, log_in(smtp))
        except UserError as error:
            yield CheckResult("failed", "mail", name, "; ".join(error.problems))


def _check_recipients(config: Config) -> Iterator[CheckResult]:
    """The addresses in ``[smtp]``, digests and alerts that no mail can be sent from or to."""
    if config.smtp is None:
        return
    from mentionwatch.deliver.message import address_problem  # it loads the mail library

    recipients = [(entry.name, "to", entry.to) for entry in config.digests]
    recipients += [(entry.name, "to", entry.to) for entry in config.notify]
    for name, key, mailboxes in (("smtp", "from", (config.smtp.from_,)), *recipients):
        for problem in filter(None, map(address_problem, mailboxes)):
            yield CheckResult("wrong", "mail", name, f"{key}: {problem}")


def _check_alert(notify: AlertChannel, env: Env, online: bool) -> CheckResult:
    """Whether alerts can be sent there, as far as can be told without sending one."""
    if notify.problem:
        return CheckResult("wrong", "alert", notify.name, notify.problem)
    events = ", ".join(notify.when)
    if notify.url is None:
        return CheckResult("ok", "alert", notify.name, f"{events}, by mail to {', '.join(notify.to)}")
    from mentionwatch.deliver.webhook import apprise_service, target  # it sends, so it loads the network

    try:
        to = target(notify.url.reveal())
        if to.form == "apprise":
            apprise_service(to)
    except UserError as error:
        return CheckResult("wrong", "alert", notify.name, str(error))
    if notify.secret is not None and to.form != "json":
        message = f"secret: only a json+https:// webhook is signed, not {to.form}; remove it"
        return CheckResult("warning", "alert", notify.name, message)
    if online and to.host is not None:
        from mentionwatch.app.check_online import resolves  # as above

        if not resolves(env, to.host, to.port or 443):
            return CheckResult("failed", "alert", notify.name, f"the name {to.host} does not exist: check the address")
    return CheckResult("ok", "alert", notify.name, f"{events}, to {to.shown} ({to.form})")
