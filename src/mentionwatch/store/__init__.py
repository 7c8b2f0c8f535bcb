"""The only SQL: one open database, and a repository for each noun.

Nothing outside this folder knows which database it is: methods are named for the question they answer and take and
give values. What differs between databases is in ``dialect``.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from mentionwatch.store.alerts import Alerts
from mentionwatch.store.baselines import Baselines
from mentionwatch.store.changes import Changes
from mentionwatch.store.database import Database
from mentionwatch.store.evidence import Evidence
from mentionwatch.store.housekeeping import Housekeeping
from mentionwatch.store.items import Items
from mentionwatch.store.matching import Matching
from mentionwatch.store.mentions import Mentions
from mentionwatch.store.outbox import Outbox
from mentionwatch.store.polls import Polls
from mentionwatch.store.rechecks import Rechecks
from mentionwatch.store.shapes import Shapes
from mentionwatch.store.sources import Sources
from mentionwatch.store.spikes import Spikes
from mentionwatch.store.stories import Stories
from mentionwatch.store.threads import ReplyThreads
from mentionwatch.store.triage import Triage
from mentionwatch.store.verdicts import Verdicts

__all__ = ["Store"]


class Store:
    """One open database and its repositories."""

    def __init__(self, database: Database) -> None:
        self.database = database
        # Items.
        self.items = Items(database)
        self.changes = Changes(database, self.items)
        self.rechecks = Rechecks(database, self.items, self.changes)
        self.threads = ReplyThreads(database)
        # Polling.
        self.sources = Sources(database)
        self.baselines = Baselines(database)
        self.polls = Polls(database, self.baselines)
        self.shapes = Shapes(database)
        # Mentions.
        self.matching = Matching(database)
        self.stories = Stories(database)
        self.mentions = Mentions(database, self.stories)
        self.triage = Triage(database)
        self.verdicts = Verdicts(database, self.triage)
        self.spikes = Spikes(database)
        # Delivery and safekeeping.
        self.alerts = Alerts(database)
        self.outbox = Outbox(database)
        self.evidence = Evidence(database)
        self.housekeeping = Housekeeping(database, self.evidence, self.verdicts)

    @classmethod
    def open(cls, path: Path, *, write: bool) -> Self:
        """Open the database, create or migrate it first where ``write`` is given; raises :class:`StoreError`."""
        return cls(Database.open(path, write=write))

    @classmethod
    def in_memory(cls, copy_of: Path | None = None) -> Self:
        """A database in memory, empty or a copy of a file: what ``--dry-run`` writes to."""
        return cls(Database.in_memory(copy_of))

    @property
    def name(self) -> str:
        """The path, as errors name it."""
        return self.database.name

    def writing(self) -> AbstractContextManager[None]:
        """One transaction, begun at once: all that is written inside is saved, or nothing."""
        return self.database.writing()

    def reading(self) -> AbstractContextManager[None]:
        """One unchanging view of the database for all that is read inside."""
        return self.database.reading()

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
