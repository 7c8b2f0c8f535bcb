"""What the demo tells: the steps of a complaint's story, each with what is typed in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["COMPLAINT", "LENGTH", "STEPS", "Step", "Typed"]

#: From the first scan to the digest.
LENGTH = timedelta(hours=13)
#: Where the complaint stands; ``{id}`` in what is typed is its mention.
COMPLAINT = "https://fed.example/@tamsin/77"


@dataclass(frozen=True, slots=True)
class Typed:
    """One command, ``minute`` minutes after the first scan; one that is not ``shown`` is run as cron would."""

    minute: int
    words: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the story: what it is called, what there is to see in it, and what is typed."""

    title: str
    says: str
    typed: tuple[Typed, ...]


def _cron(*minutes: int) -> tuple[Typed, ...]:
    return tuple(Typed(minute, "scan", shown=False) for minute in minutes)


STEPS = (
    Step(
        "The first scan",
        "What is there already is backlog: it is kept and listed, but nobody is told of it.",
        (Typed(0, "scan"),),
    ),
    Step(
        "20 minutes later: a complaint",
        "What is urgent is told at once to those in [[notify]]: here to a webhook.",
        (Typed(20, "scan"),),
    ),
    Step(
        "Within the hour: the thread grows",
        "Cron goes on scanning. Each scan looks at the complaint again, and tells when it spreads ever faster.",
        (*_cron(30, 40, 50), Typed(60, "scan"), *_cron(70)),
    ),
    Step(
        "The hour that [response] gives is over: the answer is overdue",
        "`due` lists what must be answered, the most overdue first. Its exit status is for scripts.",
        (*_cron(90), Typed(92, "due")),
    ),
    Step(
        "It is acknowledged, assigned and answered",
        "mentionwatch posts nothing: Sam answers on Mastodon, and `reply` notes where, and what was promised.",
        (
            Typed(93, "ack {id} --by jo"),
            Typed(94, "assign {id} sam --by jo"),
            Typed(96, 'reply {id} --url https://social.example/@quillwort/113000000000000420 '
                  '--promise "refund by tomorrow" --by sam'),
        ),
    ),
    Step(
        "Two hours later: the customer writes again",
        "A scan sees that our answer is still there, and opens the complaint again, for its author wrote below it.",
        (*_cron(110), Typed(210, "scan"), Typed(215, "resolve {id} --by sam"), Typed(215, "show {id}")),
    ),
    Step(
        "The next morning: the digest",
        "What waits for an answer comes first, then what was said, and at the end what could not be seen.",
        (*_cron(775), Typed(780, "digest --since 1d")),
    ),
)  # fmt: skip
