"""When a post that may need an answer is looked at again (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta

#: New replies between two looks at a lively post, about.
HANDFUL = 4
#: The first look after so long, later ones never sooner after each other; the longest pause; and no look after the end.
FIRST, LONGEST, END = timedelta(minutes=5), timedelta(hours=24), timedelta(days=7)


def next_check(origin: datetime, read_at: datetime | None, *, new_in_an_hour: int = 0) -> datetime | None:
    """When to look again at a post that came, or that somebody last did something about, at ``origin``.

    Each pause is as long as all that went before it: 5, 10, 20, 40 minutes after ``origin`` … and then once a day;
    ``None`` when seven days are over. ``read_at`` is the last look (``None``: there was none). Of what is lively no
    more than a handful of new replies is to come between two looks.
    """
    last = origin if read_at is None else max(read_at, origin)
    pause = min(max(last - origin, FIRST), LONGEST)
    if new_in_an_hour > 0:
        pause = min(pause, max(timedelta(hours=HANDFUL / new_in_an_hour), FIRST))
    at = last + pause
    return at if at <= origin + END else None
