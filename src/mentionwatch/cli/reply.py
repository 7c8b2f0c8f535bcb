"""``reply``: record an answer, or draft one from a template. Nothing is ever posted from here."""

from __future__ import annotations

from collections.abc import Sequence

import click

from mentionwatch.app.triage import reply_data
from mentionwatch.cli.acting import act, acting_person, by_option, ids_argument, read_ids
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@ids_argument()
@click.option("--url", metavar="URL", help="The address of the answer.")
@click.option("--private", is_flag=True, help="The answer has no address: it was given by mail or phone.")
@click.option("--promise", metavar="TEXT", help='What was promised, and by when: "refund by Fri".')
@click.option("--template", metavar="NAME", help="Print the draft that this template makes for a mention.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Fill in a placeholder (repeatable).")
@by_option
@global_options
def reply(
    context: Context,
    words: tuple[str, ...],
    url: str | None,
    private: bool,
    promise: str | None,
    template: str | None,
    settings: tuple[str, ...],
    by: str | None,
) -> int:
    """Record where mentions were answered. Nothing is posted: you have answered already.

    With --template alone a draft is printed for you to post, and nothing is recorded; with --url too, its text is
    recorded as the answer.

    A reply stops the clock: it is the customer's turn. `reopen` when they need another answer. A promise is due when it
    says; `due` lists it until the mention is resolved, or until the next reply.
    """
    if settings and template is None:
        raise click.UsageError("--set fills the placeholders of a --template; name one")
    data: dict[str, object] = {}
    if template is not None:
        alone = url is None and not private
        if alone and promise is not None:
            raise click.UsageError("--promise is recorded with --url or --private, once you have answered")
        data = _draft(context, words, template, settings, by, printed=alone)
        if alone:
            return 0
    if private == (url is not None):
        raise click.UsageError("where was it answered? Give --url URL, or --private if it has no address")

    config = context.optional_config() if promise is not None else None
    data = reply_data(config, url, promise, context.env.now()) | data
    return act(context, words, "reply", data, by, "answered")


def _draft(
    context: Context, words: Sequence[str], template: str, settings: Sequence[str], by: str | None, *, printed: bool
) -> dict[str, object]:
    """Draft an answer, and give what the log keeps of it; ``printed`` puts it on stdout."""
    from mentionwatch.app.drafts import draft_reply

    ids = read_ids(words)
    if len(ids) != 1:
        raise click.UsageError("--template drafts one answer at a time; name one mention")
    name = acting_person(context, by)
    with context.store() as store:
        draft = draft_reply(store, context.config(), ids[0], template, _values(settings), name)
    for warning in draft.warnings:
        context.error(warning)
    if printed:
        context.write(draft.text)
        if context.attended and draft.length:
            context.info(draft.length)
    return draft.log_data()


def _values(settings: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--set {setting!r}: write name=value")
        values[name.strip().lower()] = value
    return values
