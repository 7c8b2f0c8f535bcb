"""What a scan reports: failures and, on a terminal or when asked, what came, on stderr; new mentions on stdout."""

from __future__ import annotations

from dataclasses import dataclass

from mentionwatch.app.mail import ALERT_AFTER
from mentionwatch.app.scan import Collected, ScanReport, SourceOutcome
from mentionwatch.cli.context import Context
from mentionwatch.config import Config
from mentionwatch.model import Mention
from mentionwatch.render import tsv
from mentionwatch.render.jsonl import mentions
from mentionwatch.render.phrases import count
from mentionwatch.times import minute


@dataclass(slots=True)
class ScanReporter:
    """Reports what one scan collected; ``status`` is the exit status that follows from it."""

    context: Context
    config: Config
    dry_run: bool
    jsonl: bool
    strict: bool
    status: int = 0

    def collected(self, collected: Collected) -> None:
        context, report, new = self.context, collected.report, collected.new
        self.status = 1 if collected.all_failed else 3 if self.strict and report.failed else 0
        watched = context.attended and not context.quiet
        self._failures(report, every_one=watched or collected.all_failed)
        for outcome in report.asked:
            self._source(outcome)
        if watched or context.verbose:
            for kind, caveat in dict.fromkeys((one.type, caveat) for one in report.asked for caveat in one.caveats):
                context.info(f"{kind}: {caveat}")
        if context.verbose:
            self._rechecks(report)
            if report.not_due:
                context.info(f"not due: {', '.join(report.not_due)}")
        if self.jsonl:
            context.write(mentions(new))
            return
        if watched:
            context.info(summary(report, new, dry_run=self.dry_run))
        if self.dry_run and new:
            context.write(tsv.mentions(new, zone=context.zone))

    def _failures(self, report: ScanReport, *, every_one: bool) -> None:
        """Every source that failed; else, so that cron does not mail a hiccup, those that failed several times."""
        for outcome in report.failed:
            if every_one or outcome.failures >= ALERT_AFTER:
                times = f" ({outcome.failures} times in a row)" if outcome.failures > 1 else ""
                self.context.error(f"{outcome.name}: {outcome.trouble}{times}")

    def _source(self, outcome: SourceOutcome) -> None:
        context = self.context
        if outcome.moved_to and (context.attended or context.verbose):
            context.info(
                f"{outcome.name}: has moved permanently to {outcome.moved_to}; change its address in {self.config.path}"
            )
        if context.verbose:
            context.info(_came(outcome))

    def _rechecks(self, report: ScanReport) -> None:
        rechecked = report.rechecked
        if rechecked.asked:
            parts = [count(rechecked.asked, "post"), f"{len(rechecked.edited)} edited", f"{len(rechecked.gone)} gone"]
            self.context.info(f"rechecked {', '.join(parts)}")
        for name, message in rechecked.trouble.items():
            self.context.info(f"{name}: rechecking failed: {message}")


def _came(outcome: SourceOutcome) -> str:
    """``blog: 1 answer, 20 items, 2 new``."""
    parts = [count(outcome.answers, "answer"), count(outcome.items, "item"), f"{outcome.new_items} new"]
    if outcome.waiting_until is not None:
        parts.append(f"waiting until {minute(outcome.waiting_until)} UTC: {outcome.waiting_for}")
    return f"{outcome.name}: {', '.join([*parts, *outcome.notes])}"


def summary(report: ScanReport, new: tuple[Mention, ...], *, dry_run: bool) -> str:
    """One line for a terminal."""
    news = [mention for mention in new if not mention.backlog]
    parts = [f"{count(len(report.asked), 'source')} polled"]
    if report.not_due:
        parts.append(f"{len(report.not_due)} not due")
    if report.failed:
        parts.append(f"{len(report.failed)} failed")
    waiting = sum(outcome.waiting_until is not None for outcome in report.asked)
    if waiting:
        parts.append(f"{waiting} waiting")
    parts.append(count(sum(outcome.new_items for outcome in report.asked), "new item"))
    parts.append(count(len(news), "new mention"))
    backlog = len(new) - len(news) + len(report.matched.backfilled)
    if backlog:
        parts.append(f"{backlog} from before the watch began")
    if report.matched.unmatched:
        parts.append(f"{report.matched.unmatched} no longer matched")
    if report.reopened:
        parts.append(f"{len(report.reopened)} reopened")
    return ", ".join(parts) + (" (dry run: nothing was written)" if dry_run else "")
