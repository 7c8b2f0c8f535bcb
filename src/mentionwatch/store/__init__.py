"""The only SQL: schema and migrations, rows, a file a noun.

Nothing outside this folder knows that the database is SQLite: a second store must fit behind the same methods, which
are named for the question they answer and take and give dataclasses.
"""

from mentionwatch.store.alerts import Alerts
from mentionwatch.store.deliveries import Deliveries
from mentionwatch.store.housekeeping import Housekeeping
from mentionwatch.store.mentions import Mentions
from mentionwatch.store.polls import Polls
from mentionwatch.store.rereadings import Rereadings
from mentionwatch.store.spikes import Spikes
from mentionwatch.store.stories import Stories
from mentionwatch.store.threads import Threads
from mentionwatch.store.triage import Triage
from mentionwatch.store.verdicts import Verdicts

__all__ = ["Store"]


class Store(Polls, Rereadings, Threads, Mentions, Stories, Deliveries, Housekeeping, Triage, Verdicts, Alerts, Spikes):
    """One open database."""
