"""What was sent, what waits, and another try."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

from mentionwatch.app.alerts import send_alerts
from mentionwatch.app.mail import mail_server
from mentionwatch.config import Config
from mentionwatch.deliver import DeliveryReport
from mentionwatch.env import Env
from mentionwatch.store import Store

__all__ = ["retry_deliveries"]


def retry_deliveries(store: Store, config: Config, env: Env, database: Path, zone: tzinfo) -> list[DeliveryReport]:
    """Retry now what waits, whatever its backoff says; alerts in quiet hours wait on.

    Raises :class:`~mentionwatch.errors.UserError` where digests wait and there is no mail server to send them.
    """
    if store.outbox.deliveries(pending=True) or not config.notify:
        # Alerts to webhooks need no mail server.
        mail_server(config)
    return send_alerts(store, config, lambda: mail_server(config), env, database, zone, started=env.now(), at_once=True)
