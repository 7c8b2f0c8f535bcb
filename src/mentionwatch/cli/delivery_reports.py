"""What became of digests and alerts, reported on stderr by every command that sends them."""

from __future__ import annotations

from collections.abc import Iterable

from mentionwatch.app.mail import ALERT_AFTER, ALERT_LEDGER, DeliveryReport
from mentionwatch.cli.context import Context


def report_deliveries(context: Context, reports: Iterable[DeliveryReport]) -> int:
    """Report on stderr what was sent and what was not; the exit status."""
    failed = False
    for report in reports:
        failed |= report.failed
        if report.delivery.channel == "webhook":
            _report_alert(context, report)
        else:
            _report_mail(context, report)
    return 1 if failed else 0


def _report_alert(context: Context, report: DeliveryReport) -> None:
    alert, attempts = report.delivery, report.delivery.attempts + 1
    if report.settled:
        if context.attended:
            context.info(f"alert {alert.name!r} sent: {alert.title}")
    elif attempts >= ALERT_AFTER or context.attended:
        often = f" ({attempts} times in a row)" if attempts > 1 else ""
        context.error(f"alert {alert.name!r}: {alert.title} could not be sent: {report.error}{often}")


def _report_mail(context: Context, report: DeliveryReport) -> None:
    name = report.delivery.name
    what = f"alert {name.removeprefix(ALERT_LEDGER)!r}" if name.startswith(ALERT_LEDGER) else f"digest {name!r}"
    for outcome in report.outcomes:
        if outcome.state == "refused":
            code = f"{outcome.code} " if outcome.code is not None else ""
            context.error(f"{what}: {outcome.recipient} was refused: {code}{outcome.reply}")
    if not report.settled:
        context.error(f"{what} is still pending: {report.error}; `mentionwatch deliveries retry` tries again now")
    elif context.attended:
        accepted = [outcome.recipient for outcome in report.outcomes if outcome.state == "accepted"]
        context.info(f"{what} sent to {', '.join(accepted)}")
