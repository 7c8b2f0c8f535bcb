"""Draft an answer from one of ``[[templates]]``, for a person to post: nothing is ever posted from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mentionwatch.app.ids import read_mention
from mentionwatch.config import Config
from mentionwatch.config.diagnostics import did_you_mean, quoted
from mentionwatch.errors import UserError
from mentionwatch.model import Mention, Template
from mentionwatch.response.templates import KNOWN, acknowledges, fill_template, placeholders, same_words, values_of
from mentionwatch.store import Store


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """A drafted answer: its template and text, what deserves a second look, and its length where that is limited."""

    template: str
    text: str
    warnings: tuple[str, ...] = ()
    length: str = ""

    def log_data(self) -> dict[str, object]:
        """What the log keeps of an answer made from it."""
        return {"template": self.template, "text": self.text}


def draft_reply(
    store: Store, config: Config, given: str, template_name: str, values: Mapping[str, str], by: str
) -> ReplyDraft:
    """The draft for one mention, with ``values`` for the placeholders that are not known of it.

    It warns of the same words to the same person, and of an answer to a complaint that does not acknowledge it.
    """
    template = _find_template(config, template_name)
    names = placeholders(template.text)
    if unknown := [name for name in values if name not in names]:
        has = "; it has none" if not names else ""
        raise UserError(
            *(
                f"--set {quoted(name)}: is not a placeholder of {template.name}{has}{did_you_mean(name, names)}"
                for name in unknown
            )
        )
    with store.reading():
        mention = read_mention(store, given)
        earlier = _earlier_answers(store, mention)
    made = fill_template(template, mention.item.platform, {**values_of(mention, by), **values})
    warnings = []
    if same_words(made.text, earlier):
        warnings.append(f"{mention.id}: the same words went to this person before; put it differently")
    if "complaint" in mention.flags and acknowledges(made.text) is False:
        warnings.append(f"{mention.id}: is a complaint, and the draft does not acknowledge it: sorry, thank you for …")
    limit = made.measure.limit
    length = "" if limit is None else f"{made.measure.count:,} of {limit.most:,} {limit.unit} on {made.platform}"
    return ReplyDraft(template.name, made.text, tuple(warnings), length)


def open_placeholders(template: Template) -> tuple[str, ...]:
    """The placeholders that the writer has to fill in."""
    return tuple(name for name in placeholders(template.text) if name not in KNOWN)


def _find_template(config: Config, name: str) -> Template:
    templates = {one.name.casefold(): one for one in config.templates}
    if name.casefold() not in templates:
        fix = did_you_mean(name, [one.name for one in templates.values()]) or "; add [[templates]]"
        raise UserError(f"--template {quoted(name)}: no such template{fix}")
    return templates[name.casefold()]


def _earlier_answers(store: Store, mention: Mention) -> list[str]:
    """The texts noted as answers to the author of a mention, on their other mentions too."""
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
