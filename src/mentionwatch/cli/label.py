"""``label``: what a person says of a mention – ours or noise, and how it speaks."""

from __future__ import annotations

import getpass
import sys

import click

from mentionwatch.cli.options import Session, global_options
from mentionwatch.errors import UserError

_KINDS = {
    "relevant": "relevance",
    "noise": "relevance",
    "negative": "sentiment",
    "neutral": "sentiment",
    "positive": "sentiment",
}


def who(session: Session, by: str | None) -> str:
    """Who acts: ``--by``, ``$MENTIONWATCH_BY``, the login name."""
    if by or (by := session.env.environ.get("MENTIONWATCH_BY")):
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


@click.command()
@click.argument("words", nargs=-1, required=True, metavar=f"ID... {'|'.join(_KINDS)}")
@click.option("--by", metavar="WHO", help="Who says so (default: $MENTIONWATCH_BY, or the login name).")
@global_options
def label(session: Session, words: tuple[str, ...], by: str | None) -> int:
    """Label mentions: relevant or noise, or negative, neutral or positive where the verdict is wrong.

    With - the ids are read from standard input, one a line. The latest label counts; `backtest` and `brand health`
    measure by them.
    """
    from mentionwatch.cli.browse import whole_id

    *given, said = words
    if said not in _KINDS:
        raise click.UsageError(f"{said!r} is no label; say one of {', '.join(_KINDS)} after the ids")
    ids = [line.split()[0] for line in sys.stdin if line.strip()] if given == ["-"] else given
    if not ids:
        raise click.UsageError("name at least one mention")
    with session.store(write=True) as store:
        problems: list[str] = []
        whole: list[str] = []
        for one in ids:
            try:
                whole.append(whole_id(store.ids_like(one), one))
            except UserError as error:
                problems += error.problems
        if problems:
            raise UserError(*problems)
        with store.writing():
            for one in whole:
                store.log(
                    one, "label", {"kind": _KINDS[said], "label": said}, by=who(session, by), at=session.env.now()
                )
    if session.attended:
        session.say(f"{len(whole)} labelled {said}")
    return 0
