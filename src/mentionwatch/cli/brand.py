"""``brand``: the brands under watch, and how precise their terms are."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.model import Brand
    from mentionwatch.precision import BrandHealth, SentimentAgreement, TermHealth
    from mentionwatch.store import Store


@click.group(cls=CommandGroup)
def brand() -> None:
    """The brands under watch, and how precise their terms are."""


@brand.command("list")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, form: str | None, output: Path | None) -> int:
    """List the configured brands."""
    from mentionwatch.render.wording import count

    brands = context.config().brands
    rows = [{"name": b.name, "kind": b.kind, "terms": len(b.terms), "query": b.query} for b in brands]
    told = "\n".join(f"{b.name} ({b.kind}): {b.query or count(len(b.terms), 'term')}" for b in brands)
    context.write_rows("brands", "brands", rows, told or "No brand is configured.", form, output)
    return 0


@brand.command("health", short_help="Say how precise each term is.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@output_options(*TABLE_FORMATS)
@global_options
def health_(context: Context, names: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """Say how precise each term is, by your labels, and what would remove most noise.

    Shares are given from 30 labels on. Labels of sentiment are counted against the verdicts. Each clause is measured on
    the stored mentions: noise removed, relevant lost.
    Nothing is changed; try a clause with `backtest`.
    """
    from mentionwatch.app.brands import select_brands
    from mentionwatch.precision import LabelledMention, brand_health
    from mentionwatch.store.filter import MentionFilter

    config = context.config() if context.has_config() else None
    with context.store() as store, store.reading():
        labels = store.triage.labels("relevance")
        found = []
        for one in select_brands(store, config, names):
            mentions = store.mentions.find(MentionFilter(brands=(one.name,), own=False))
            labelled = [LabelledMention(m, _label(labels.get(m.id))) for m in mentions]
            found.append((brand_health(one.name, labelled), _corrections(store, config, one)))
    told = "\n\n".join(_told(one) + _told_corrections(said) for one, said in found) or "No brand is configured."
    rows = [asdict(one) | {"sentiment": asdict(said)} for one, said in found]
    context.write_rows("brand-health", "brands", rows, told, form, output)
    return 0


def _corrections(store: Store, config: Config | None, brand: Brand) -> SentimentAgreement:
    """The labels of sentiment that stand, against what today's rules make of the same mentions without them."""
    from mentionwatch.analysis import NO_RULES
    from mentionwatch.collect.verdicts import judge_one, rulebook
    from mentionwatch.precision import sentiment_agreement

    labels = store.triage.labels("sentiment")
    book = NO_RULES if config is None else rulebook(config)
    said = []
    for one in store.verdicts.to_judge((brand.name,), ids=labels) if labels else ():
        sentiment = judge_one(replace(one, label=None), brand, book).sentiment
        said.append((None if sentiment is None else sentiment.label, labels[one.id]))
    return sentiment_agreement(said)


def _told_corrections(said: SentimentAgreement) -> str:
    from mentionwatch.precision import MIN_LABELS
    from mentionwatch.render.wording import count

    if not said.labelled:
        return ""
    share = (
        f" ({said.share.low:.0%} to {said.share.high:.0%})"
        if said.share
        else f" (a share is given from {MIN_LABELS} on)"
    )
    lines = [f"  sentiment: {count(said.labelled, 'label')}, {said.agreed} as judged{share}"]
    lines += [
        f"    {number} judged {verdict or 'not at all'}, and is {label}" for verdict, label, number in said.others
    ]
    return "".join(f"\n{line}" for line in lines)


def _label(said: str | None) -> Literal["relevant", "noise"] | None:
    return "relevant" if said == "relevant" else "noise" if said == "noise" else None


def _told(one: BrandHealth) -> str:
    from mentionwatch.precision import MIN_LABELS
    from mentionwatch.render.inert import squeezed
    from mentionwatch.render.wording import count

    lines = [f"{squeezed(one.brand)}: {count(one.mentions, 'mention')}, {_share(one.whole)}"]
    width = max((len(squeezed(term.term)) for term in one.terms), default=0)
    lines += [f"  {squeezed(t.term):<{width}}  {count(t.matches, 'mention'):>14}, {_share(t)}" for t in one.terms]
    if one.remedies:
        lines.append("  What would remove most noise, measured on the stored mentions:")
        lines += [
            f"    exclude {squeezed(r.clause)!r}: {r.noise} of {one.noise} noise removed, {r.relevant} relevant lost,"
            f" {r.unlabelled} without a label"
            for r in one.remedies
        ]
    elif one.whole.labelled < MIN_LABELS:
        lines.append("  Label some: mentionwatch label ID relevant|noise")
    return "\n".join(lines)


def _share(term: TermHealth) -> str:
    from mentionwatch.precision import MIN_LABELS

    if term.relevant is None:
        return f"{term.labelled} labelled (precision is given from {MIN_LABELS} on)"
    r = term.relevant
    return f"{r.share:.0%} relevant ({r.low:.0%} to {r.high:.0%}, {term.labelled} labelled)"
