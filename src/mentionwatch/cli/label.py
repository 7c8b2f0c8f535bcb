"""``label``: what a person says of a mention – ours or noise, and how it speaks."""

from __future__ import annotations

import click

from mentionwatch.cli.options import Context, global_options
from mentionwatch.cli.triage import act, by_option, ids_argument

_KINDS = {
    "relevant": "relevance",
    "noise": "relevance",
    "negative": "sentiment",
    "neutral": "sentiment",
    "positive": "sentiment",
}


@click.command()
@ids_argument(f"ID... {'|'.join(_KINDS)}")
@by_option
@global_options
def label(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Label mentions: relevant or noise, or negative, neutral or positive where the verdict is wrong.

    With - the ids are read from standard input, one a line. The latest label counts; `backtest` and `brand health`
    measure by them.
    """
    *ids, said = words
    if said not in _KINDS:
        raise click.UsageError(f"{said!r} is no label; say one of {', '.join(_KINDS)} after the ids")
    return act(context, ids, "label", data_of(said), by, f"labelled {said}")


def data_of(said: str) -> dict[str, object]:
    """What the log says of a label."""
    return {"kind": _KINDS[said], "label": said}
