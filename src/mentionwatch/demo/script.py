"""The demo's script: the scenes of a complaint's story, each with the commands typed in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

#: From the first scan to the digest.
DURATION = timedelta(hours=13)
#: The complaint's address; ``{id}`` in a command is its mention.
COMPLAINT_URL = "https://fed.example/@tamsin/77"


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """One command, ``minute`` minutes after the first scan; one that is not ``shown`` is run as cron would."""

    minute: int
    text: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of the story: its title, what there is to see in it, and what is typed."""

    title: str
    narration: str
    commands: tuple[TypedCommand, ...]


def _cron(*minutes: int) -> tuple[TypedCommand, ...]:
    return tuple(TypedCommand(minute, "scan", shown=False) for minute in minutes)


SCENES = (
    Scene(
        "The first scan",
        "Existing posts are backlog: they are kept and listed, but nobody is alerted.",
        (TypedCommand(0, "scan"),),
    ),
    Scene(
        "20 minutes later: a complaint",
        "Urgent mentions are sent at once to every [[notify]] channel, here a webhook.",
        (TypedCommand(20, "scan"),),
    ),
    Scene(
        "Within the hour: the thread grows",
        "Cron keeps scanning. Each scan checks the complaint again, and alerts when it spreads faster and faster.",
        (*_cron(30, 40, 50), TypedCommand(60, "scan"), *_cron(70)),
    ),
    Scene(
        "The hour that [response] gives is over: the answer is overdue",
        "`due` lists what must be answered, most overdue first. Its exit status is for scripts.",
        (*_cron(90), TypedCommand(92, "due")),
    ),
    Scene(
        "It is acknowledged, assigned and answered",
        "mentionwatch posts nothing: Sam answers on Mastodon, and `reply` records where, and what was promised.",
        (
            TypedCommand(93, "ack {id} --by jo"),
            TypedCommand(94, "assign {id} sam --by jo"),
            TypedCommand(96, 'reply {id} --url https://social.example/@quillwort/113000000000000420 '
                  '--promise "refund by tomorrow" --by sam'),
        ),
    ),
    Scene(
        "Two hours later: the customer writes again",
        "A scan sees that our answer is still there, and reopens the complaint because its author replied to it.",
        (
            *_cron(110),
            TypedCommand(210, "scan"),
            TypedCommand(215, "resolve {id} --by sam"),
            TypedCommand(215, "show {id}"),
        ),
    ),
    Scene(
        "The next morning: the digest",
        "Mentions that wait for an answer come first, then the others, and finally what was missed.",
        (*_cron(775), TypedCommand(780, "digest --since 1d")),
    ),
)  # fmt: skip
