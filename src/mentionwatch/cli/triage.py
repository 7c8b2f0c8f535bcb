"""``ack``, ``assign``, ``reply``, ``resolve``, ``ignore``, ``reopen``, ``note``, ``undo``: what is done about mentions.

Each is an entry in a log that is only ever appended to. A command is done whole or not at all: every id that is wrong,
and every move that makes no sense, is told, and then nothing is written.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mentionwatch.cli.options import Context, global_options
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from datetime import datetime

    from mentionwatch.config import Config
    from mentionwatch.response.triage import Action
    from mentionwatch.store import Store

F = TypeVar("F", bound=Callable[..., Any])

#: Characters of a name, and of what is noted: enough for any use, and an end for a slip of the pipe.
_LONGEST_NAME, _LONGEST_TEXT = 200, 10_000


def by_option(function: F) -> F:
    """``--by WHO``."""
    return click.option(
        "--by", metavar="WHO", help="Who does so (default: $MENTIONWATCH_BY, [response] by, or the login name)."
    )(function)


def ids_argument(metavar: str = "ID...") -> Callable[[F], F]:
    """``ID...``, or ``-`` for one a line of standard input."""
    return click.argument("words", nargs=-1, required=True, metavar=metavar)


def who(context: Context, by: str | None) -> str:
    """Who acts: ``--by``, ``$MENTIONWATCH_BY``, ``[response] by``, the login name."""
    by = by or context.env.environ.get("MENTIONWATCH_BY")
    if not by and context.has_config():
        by = context.config().response.by
    if by:
        return name_of(by, "--by")
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def name_of(text: str, option: str) -> str:
    """A person's name, clean and on one line."""
    from mentionwatch.analysis.rules import is_automatic

    name = _clean(text, option, _LONGEST_NAME, lines=False)
    if is_automatic(name):
        raise click.UsageError(f"{option}: {name!r} is how rules sign; choose another name")
    return name


def _clean(text: str, what: str, longest: int, *, lines: bool) -> str:
    from mentionwatch.text import clean

    said = clean(text).strip()
    if not lines:
        said = " ".join(said.split())
    if not said:
        raise click.UsageError(f"{what}: is empty; say something")
    if len(said) > longest:
        raise click.UsageError(f"{what}: is longer than {longest} characters; shorten it")
    return said


def given_ids(words: Sequence[str]) -> list[str]:
    """The ids as given; ``-`` stands for standard input, one a line: an id, a line of ``list``, or one of JSON."""
    given: list[str] = []
    for word in words:
        given += (_id_of_line(line) for line in sys.stdin if line.strip()) if word == "-" else [word]
    if not given:
        raise click.UsageError("name at least one mention")
    return given


def _id_of_line(line: str) -> str:
    if line.lstrip().startswith("{"):
        try:
            found = json.loads(line).get("id")
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, str):
            raise UserError("-: a line of JSON without an id; give an id a line, or lines of `list --jsonl`")
        return found
    return line.split()[0]


def act(
    context: Context, words: Sequence[str], action: Action, data: Mapping[str, object], by: str | None, done: str
) -> int:
    """Log an action for each mention named, or for none; ``done`` says in the past what was done."""
    given = given_ids(words)
    name = who(context, by)
    config = context.config() if action in ("label", "undo") and context.has_config() else None
    with context.store(write=True) as store:
        recorded = record(store, given, action, data, by=name, at=context.env.now(), config=config)
    for notice in recorded.retired + recorded.unchanged + (recorded.taken_back if context.attended else ()):
        context.say(notice)
    if context.attended and recorded.moved:
        context.say(f"{len(recorded.moved)} {done}")
    return 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of an action: the ids it was logged for, and a line each for those it left as they were, or undid.

    ``retired`` has a line for each that the terms no longer match: it is logged all the same.
    """

    moved: tuple[str, ...]
    unchanged: tuple[str, ...]
    taken_back: tuple[str, ...]
    retired: tuple[str, ...] = ()


def record(
    store: Store,
    given: Sequence[str],
    action: Action,
    data: Mapping[str, object],
    *,
    by: str,
    at: datetime,
    config: Config | None = None,
) -> Recorded:
    """Log an action for each mention named, in one transaction; ``UserError`` with every problem, and then for none.

    With ``config`` a label holds for the verdict at once, else from the next scan on.
    """
    from mentionwatch.app.ids import find_mentions
    from mentionwatch.response import triage

    moved: list[str] = []
    unchanged: list[str] = []
    taken_back: list[str] = []
    with store.writing():
        ids, problems = find_mentions(store, given)
        logs = store.triage.logs(ids)
        for one in ids:
            log = logs.get(one, ())
            try:
                changes = triage.follow(one, log, action, data)
            except UserError as error:
                problems += error.problems
                continue
            if changes:
                moved.append(one)
            else:
                unchanged.append(f"{one}: {_already(triage.standing(log), action)}")
        if problems:
            raise UserError(*problems)
        for one in moved:
            undone = triage.taken_back(logs[one]) if action == "undo" else None
            store.triage.append(one, action, data, by=by, at=at, undoes=undone.id if undone else None)
            if undone is not None:
                taken_back.append(f"{one}: took back {undone.action} by {undone.by}")
        if config is not None and action in ("label", "undo"):
            from mentionwatch.collect.verdicts import rejudge, rulebook

            # What somebody says of a mention holds at once, and not from the next scan on.
            rejudge(store, config.brands, rulebook(config), moved, at)
        gone = store.mentions.unmatched(moved)
        retired = tuple(f"{one}: is no mention any more, for the terms have changed; logged" for one in gone)
    return Recorded(tuple(moved), tuple(unchanged), tuple(taken_back), retired)


def _already(now: Any, action: str) -> str:
    return f"is with {now.assignee or 'nobody'} already" if action == "assign" else f"is {now.status} already"


@click.command()
@ids_argument()
@by_option
@global_options
def ack(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Say that somebody has seen these mentions: new ones are open. The clock of the answer runs on.

    With - the ids are read from standard input, one a line. An id may be cut short as long as it tells one apart.
    """
    return act(context, words, "ack", {}, by, "acknowledged")


@click.command()
@ids_argument("ID... [WHO]")
@click.option("--to", metavar="WHO", help="Who is to see to them; else the last word says.")
@click.option("--nobody", is_flag=True, help="Take them from whoever has them.")
@by_option
@global_options
def assign(context: Context, words: tuple[str, ...], to: str | None, nobody: bool, by: str | None) -> int:
    """Give mentions to somebody: `assign ID WHO`, or `assign ID... --to WHO`.

    Where [response] has a team, WHO is one of it. New mentions are open with it.
    """
    if nobody:
        if to is not None:
            raise click.UsageError("--nobody does not go with --to")
        return act(context, words, "assign", {"to": None}, by, "with nobody")
    if to is None:
        if len(words) < 2 or words[-1].startswith("m_"):
            raise click.UsageError("to whom? Say it last, or with --to")
        *ids, to = words
        words = tuple(ids)
    to = known_member(context, name_of(to, "--to"))
    return act(context, words, "assign", {"to": to}, by, f"with {to}")


def known_member(context: Context, name: str) -> str:
    """The name as the team is spelt; anybody where there is no team."""
    team = context.config().response.team if context.has_config() else ()
    if not team:
        return name
    spelt = {member.casefold(): member for member in team}
    if name.casefold() in spelt:
        return spelt[name.casefold()]
    from mentionwatch.config.diagnostics import did_you_mean, quoted

    raise UserError(f"{quoted(name)}: not in the team of [response]{did_you_mean(name, team)}")


@click.command()
@ids_argument()
@click.option("--url", metavar="URL", help="Where the answer is to be read.")
@click.option("--private", is_flag=True, help="It was answered where no address is: by mail, by phone.")
@click.option("--promise", metavar="TEXT", help='What was promised, and by when: "refund by Fri".')
@click.option("--template", metavar="NAME", help="Print the draft that this template makes for a mention.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Fill a placeholder; may be repeated.")
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
    """Note that these mentions were answered, and where. Nothing is posted: you have answered already.

    With --template alone the draft of an answer is printed, for you to post, and nothing is noted; with --url too it is
    noted what was said.

    It stops the clock: the customer has the word. `reopen` when they want another answer. A promise is due by when it
    says, and `due` lists it until it is resolved, or until the next reply.
    """
    if settings and template is None:
        raise click.UsageError("--set: fills the placeholders of a --template; name one")
    drafted: Mapping[str, object] = {}
    if template is not None:
        from mentionwatch.cli.drafts import drafted as made

        alone = url is None and not private
        if alone and promise is not None:
            raise click.UsageError("--promise: is noted with --url or --private, once you have answered")
        drafted = made(context, given_ids(words), template, settings, who(context, by), printed=alone)
        if alone:
            return 0
    if private == (url is not None):
        raise click.UsageError("where was it answered? Say --url URL, or --private where there is no address")
    return act(context, words, "reply", {**answer_of(context, url, promise), **drafted}, by, "answered")


def answer_of(context: Context, url: str | None, promise: str | None) -> dict[str, object]:
    """What the log says of an answer: its address, and what it promises by when. ``UsageError`` for what is neither."""
    from mentionwatch.render.inert import http_url

    data: dict[str, object] = {"url": url}
    if url is not None and http_url(url) != url:
        raise click.UsageError("--url: is no http(s) address; write https://host/path")
    if promise is not None:
        from mentionwatch.app.deadlines import sla_policy
        from mentionwatch.config import Config
        from mentionwatch.response.promise import promised_by
        from mentionwatch.times import stamp

        said = _clean(promise, "--promise", _LONGEST_NAME, lines=False)
        config = context.config() if context.has_config() else Config(path=None, database=None)
        try:
            data |= {"promise": said, "due_at": stamp(promised_by(said, context.env.now(), sla_policy(config).hours))}
        except ValueError as error:
            raise click.UsageError(f"--promise: {error}") from None
    return data


@click.command()
@ids_argument()
@by_option
@global_options
def resolve(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Say that nothing more is to be done about these mentions."""
    return act(context, words, "resolve", {}, by, "resolved")


@click.command()
@ids_argument()
@by_option
@global_options
def ignore(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Say that these mentions will get no answer. They stay in every list and count."""
    return act(context, words, "ignore", {}, by, "ignored")


@click.command()
@ids_argument()
@by_option
@global_options
def reopen(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Say that these mentions want an answer again: they are open, and their clock runs."""
    return act(context, words, "reopen", {}, by, "open again")


@click.command()
@ids_argument("ID... TEXT")
@by_option
@global_options
def note(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Note something about mentions: TEXT is the last word, in quotes where it is several."""
    *ids, text = words
    if not ids or text.startswith("m_") or text == "-":
        raise click.UsageError("what is to be noted? Say it last, in quotes")
    return act(context, ids, "note", note_of(text), by, "noted")


def note_of(text: str) -> dict[str, object]:
    """What the log says of a note."""
    return {"text": _clean(text, "TEXT", _LONGEST_TEXT, lines=True)}


@click.command()
@ids_argument()
@by_option
@global_options
def undo(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Take back the last thing done about each of these mentions. Again takes back the one before.

    The log keeps both; what follows from it is as if it had never been done.
    """
    return act(context, words, "undo", {}, by, "taken back")
