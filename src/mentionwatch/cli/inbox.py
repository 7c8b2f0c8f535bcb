"""``inbox``: what waits for an answer, on a screen of its own or as a list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.options import MENTION_FORMATS, Context, global_options, output_options
from mentionwatch.cli.triage import by_option, name_of, record, who
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.inbox import Entry
    from mentionwatch.model import Template
    from mentionwatch.store import Store
    from mentionwatch.tui.inbox import Desk

#: What has no clock is shown for so long, and at most so many of it: older is for `list --status new`.
_LOOKS_BACK = timedelta(days=30)
_MOST_UNDONE = 500
_DONE = {
    "ack": "acknowledged",
    "assign": "assigned",
    "reply": "answered",
    "resolve": "resolved",
    "ignore": "ignored",
    "reopen": "open again",
    "note": "noted",
    "label": "labelled",
    "undo": "taken back",
}


@click.command()
@click.option("--brand", "brands", multiple=True, metavar="B", help="This brand only; may be repeated.")
@click.option("--assignee", "assignees", multiple=True, metavar="WHO", help="What WHO has only; may be repeated.")
@by_option
@output_options(*MENTION_FORMATS)
@global_options
def inbox(
    context: Context,
    brands: tuple[str, ...],
    assignees: tuple[str, ...],
    by: str | None,
    form: str | None,
    output: Path | None,
) -> int:
    """Work through what waits: what is owed an answer, then what else is new or open. A key does each thing.

    Into a pipe or a file, or with a format, it is a list. The screen needs the extra `tui`.
    """
    import sys

    config = context.config()
    me = who(context, by)
    with context.store() as store:
        names = _brands(store, config, brands)
    if form is None and output is None and sys.stdout.isatty() and sys.stdin.isatty():
        return _show(context, config, names, assignees, me)
    from mentionwatch.cli.browse import listed

    found = tuple(one.mention for one in entries(context, config, names, assignees))
    context.deliver(listed(context, found, context.form(form, output)), output)
    return 0


def _brands(store: Store, config: Config, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The brands asked for, or our own."""
    from mentionwatch.app.brands import select_brands

    if asked:
        return tuple(brand.name for brand in select_brands(store, config, asked))
    return tuple(brand.name for brand in config.brands if brand.kind == "own")


def entries(
    context: Context, config: Config, brands: Collection[str], assignees: Collection[str] = ()
) -> tuple[Entry, ...]:
    """What the inbox of these brands holds now, in its order."""
    from mentionwatch.app.deadlines import TriageFilter, find_deadlines, read_due, sla_policy
    from mentionwatch.inbox import arrange
    from mentionwatch.store.filter import MentionFilter

    now = context.env.now()
    terms = sla_policy(config)
    with context.store() as store, store.reading():
        due = read_due(
            store, find_deadlines(store, terms, terms.brands & set(brands), TriageFilter(assignees=tuple(assignees)))
        )
        undone = MentionFilter(
            # To the store, no brand is no filter; an id that nothing has stands in for it.
            ids=() if brands else ("",),
            brands=tuple(brands),
            since=now - _LOOKS_BACK,
            statuses=("new", "open"),
            assignees=tuple(assignees),
            own=False,
            backlog=False,
            limit=_MOST_UNDONE,
        )
        return arrange(due, store.mentions.find(undone))


def _show(context: Context, config: Config, brands: Collection[str], assignees: Collection[str], me: str) -> int:
    try:
        from mentionwatch.tui.inbox import Inbox
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        raise UserError(
            "inbox: the screen needs the extra `tui`: pip install 'mentionwatch[tui]'; "
            "`mentionwatch inbox --format terminal` lists the same"
        ) from None
    app = Inbox(desk(context, config, brands, assignees, me, lambda address: click.launch(address)))
    app.run()
    return app.return_code or 0


def desk(
    context: Context,
    config: Config,
    brands: Collection[str],
    assignees: Collection[str],
    me: str,
    browse: Callable[[str], object],
) -> Desk:
    """What the screen may ask of this program; ``browse`` opens an address."""
    from mentionwatch.tui.inbox import Desk

    return Desk(
        read=lambda: entries(context, config, brands, assignees),
        log=lambda id_: _log(context, config, id_),
        act=lambda id_, action, words: _act(context, id_, action, words, me),
        browse=browse,
        now=context.env.now,
        me=me,
        templates={one.name: _to_fill(one) for one in config.templates},
        draft=lambda id_, name, words: _draft(context, id_, name, words, me),
        team=config.response.team,
        zone=context.zone,
    )


def _log(context: Context, config: Config, id_: str) -> str:
    """What was done about a mention, and how long it took, as ``show`` has it."""
    from mentionwatch.app.deadlines import response_times
    from mentionwatch.render.log import render
    from mentionwatch.store.filter import MentionFilter

    now = context.env.now()
    with context.store() as store, store.reading():
        found = store.mentions.find(MentionFilter(ids=(id_,)))
        log = store.triage.logs((id_,)).get(id_, ())
    return render(log, response_times(config, found[0], log, now) if found else None, now, zone=context.zone)


def _to_fill(template: Template) -> tuple[str, ...]:
    """The placeholders that whoever writes has to fill."""
    from mentionwatch.response.templates import KNOWN, placeholders

    return tuple(name for name in placeholders(template.text) if name not in KNOWN)


def _draft(context: Context, id_: str, name: str, words: Mapping[str, str], me: str) -> tuple[str, str]:
    """The draft of an answer, and a line each of what is to be said of it: its length, and what to look at again."""
    from mentionwatch.cli.drafts import length_of, made_for

    made, notices = made_for(context, id_, name, words, me)
    return made.text, "\n".join(filter(None, (length_of(made), *notices)))


def _act(context: Context, id_: str, action: str, words: Mapping[str, str], me: str) -> str:
    """Do one thing about one mention, by the same rules as its command; gives what there is to say of it."""
    from typing import cast

    from mentionwatch.cli import label, triage
    from mentionwatch.response.triage import Action

    data: dict[str, object] = {}
    try:
        if action == "assign":
            data = {"to": triage.known_member(context, name_of(words["to"], "to"))}
        elif action == "reply":
            data = triage.answer_of(context, words["url"] or None, words["promise"] or None)
            # Of an answer that was drafted here the words are known.
            data |= {key: words[key] for key in ("template", "text") if key in words}
        elif action == "note":
            data = triage.note_of(words["text"])
        elif action == "label":
            data = label.data_of(words["label"])
    except click.UsageError as error:
        raise UserError(error.message) from None
    config = context.config() if context.has_config() else None
    with context.store(write=True) as store:
        recorded = record(store, [id_], cast(Action, action), data, by=me, at=context.env.now(), config=config)
    return " ".join((*recorded.unchanged, *recorded.taken_back)) or f"{id_}: {_DONE[action]}"
