"""``reply --template``: the draft of an answer, printed for somebody to post. Nothing is ever posted from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.options import Context
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.model import Mention, Template
    from mentionwatch.response.templates import Draft
    from mentionwatch.store import Store


def drafted(
    context: Context, ids: Sequence[str], name: str, settings: Sequence[str], by: str, *, printed: bool
) -> Mapping[str, object]:
    """The draft for one mention as the log keeps it: ``template`` and ``text``; ``printed`` puts it on stdout.

    What deserves a second look is said on stderr.
    """
    if len(ids) != 1:
        raise click.UsageError("--template: drafts one answer at a time; name one mention")
    made, notices = made_for(context, ids[0], name, _given(settings), by)
    for notice in notices:
        context.complain(notice)
    if printed:
        context.write(made.text)
        if context.attended and made.measure.limit is not None:
            context.say(length_of(made))
    return noted(context, name, made)


def made_for(
    context: Context, id_: str, name: str, settings: Mapping[str, str], by: str
) -> tuple[Draft, tuple[str, ...]]:
    """The draft for a mention, and what deserves a second look.

    That is: the same words as before to the same person, and an answer to a complaint that does not say it was heard.
    """
    from mentionwatch.app.ids import find_mention
    from mentionwatch.config.diagnostics import did_you_mean, quoted
    from mentionwatch.response.templates import acknowledges, draft, placeholders, same_words, values_of
    from mentionwatch.store.filter import MentionFilter

    template = _named(context, name)
    holes = placeholders(template.text)
    if unknown := [one for one in settings if one not in holes]:
        has = "; it has none" if not holes else ""
        raise UserError(
            *(
                f"--set {quoted(one)}: no placeholder of {template.name}{has}{did_you_mean(one, holes)}"
                for one in unknown
            )
        )
    with context.store() as store, store.reading():
        full = find_mention(store, id_)
        found = store.mentions.find(MentionFilter(ids=(full,)))
        if not found:
            raise UserError(f"{full}: no longer a mention; the terms have changed since (`why {full}` says more)")
        mention = found[0]
        earlier = _said_before(store, mention)
    made = draft(template, mention.item.platform, {**values_of(mention, by), **settings})
    notices = []
    if same_words(made.text, earlier):
        notices.append(f"{full}: the same words went to this person before; put it differently")
    if "complaint" in mention.flags and acknowledges(made.text) is False:
        notices.append(f"{full}: is a complaint, and the draft does not say that it was heard: sorry, thank you for …")
    return made, tuple(notices)


def noted(context: Context, name: str, made: Draft) -> dict[str, object]:
    """What the log says of an answer made from a template."""
    return {"template": _named(context, name).name, "text": made.text}


def length_of(made: Draft) -> str:
    """How long a draft is where it is to stand: ``187 of 300 characters on bluesky``; empty where nothing bounds it."""
    limit = made.measure.limit
    return "" if limit is None else f"{made.measure.count:,} of {limit.most:,} {limit.unit} on {made.platform}"


def _named(context: Context, name: str) -> Template:
    from mentionwatch.config.diagnostics import did_you_mean, quoted

    templates = {one.name.casefold(): one for one in context.config().templates}
    if name.casefold() not in templates:
        names = [one.name for one in templates.values()]
        mend = did_you_mean(name, names) or "; write [[templates]]"
        raise UserError(f"--template {quoted(name)}: there is no such template{mend}")
    return templates[name.casefold()]


def _given(settings: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--set {setting!r}: write name=value")
        given[name.strip().lower()] = value
    return given


def _said_before(store: Store, mention: Mention) -> list[str]:
    """The words that were noted as answers to whoever said this, on other mentions too."""
    item = mention.item
    logs = store.triage.logs(
        {mention.id, *store.mentions.by_author(item.platform, item.author.handle, item.author.url)}
    )
    return [
        str(entry.data["text"])
        for log in logs.values()
        for entry in log
        if entry.action == "reply" and isinstance(entry.data.get("text"), str)
    ]
