"""What must be answered, as ``due`` prints it: everything that is needed to act, the most overdue first."""

from __future__ import annotations

import json as _json
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from mentionwatch.model import Mention
from mentionwatch.render import phrases
from mentionwatch.render.jsonl import mention_json
from mentionwatch.render.sanitize import lines, squeezed
from mentionwatch.response.sla import Deadline, DueMention, is_overdue
from mentionwatch.times import optional_stamp

SCHEMA = "mentionwatch.due/1"


def summary(overdue: int, all_: int) -> str:
    """The one line that stands above all: ``3 must be answered, 2 overdue``."""
    if not all_:
        return "nothing is due"
    return f"{phrases.number(all_)} must be answered" + (f", {phrases.number(overdue)} overdue" if overdue else "")


def facts(due: DueMention, now: datetime, zone: tzinfo = UTC) -> list[str]:
    """Brand, where and by whom it was said, how it was judged and why, and who has it."""
    mention = due.mention
    said = [squeezed(mention.brand, 60), *phrases.facts(mention, now, zone)]
    if mention.urgency is not None:
        reasons = ", ".join(squeezed(reason, 60) for reason in mention.urgency.reasons[:4])
        said.append(mention.urgency.level + (f": {reasons}" if reasons else ""))
    return [*said, _holder(mention)]


def _holder(mention: Mention) -> str:
    who = f"with {squeezed(mention.assignee, 40)}" if mention.assignee else "unassigned"
    return f"{mention.status}, {who}"


def clock(owed: Deadline, now: datetime, zone: tzinfo = UTC) -> str:
    """``answer 2 h overdue (was due 09:10)``."""
    verb = "was due" if is_overdue(owed, now) else "at"
    return f"{phrases.wait(owed.what, owed.due_at, now)} ({verb} {phrases.moment(owed.due_at, now, zone)})"


def reply_command(mention: Mention, what: str) -> str:
    """What to type once the answer, or the resolution, is done."""
    id_ = squeezed(mention.id, 40)
    return f"mentionwatch reply {id_} --url URL" if what == "answer" else f"mentionwatch resolve {id_}"


def json(told: Sequence[DueMention], now: datetime, overdue: int) -> str:
    """One document: how many are overdue in all, each one's clock, and the mentions, in the same order."""
    document = {
        "schema": SCHEMA,
        "generated_at": optional_stamp(now),
        "overdue": overdue,
        "clocks": [
            {
                "mention": lines(due.mention.id),
                "what": due.owed.what,
                "due_at": optional_stamp(due.owed.due_at),
                "overdue": is_overdue(due.owed, now),
                "seconds_left": int((due.owed.due_at - now).total_seconds()),
            }
            for due in told
        ],
        "mentions": [mention_json(due.mention) for due in told],
    }
    return _json.dumps(document, allow_nan=False, indent=1) + "\n"
