"""The commands of triage but ``reply``: acknowledge, assign, resolve, ignore, label, set, tag, snooze, undo and more.

Each appends to a log. A command is done whole or not at all: every problem is printed, and then nothing is written.
"""

from __future__ import annotations

import click

from mentionwatch.app.triage import is_label, label_data, note_data, priority_data, snooze_data, tag_data, team_member
from mentionwatch.cli.acting import act, by_option, ids_argument
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@ids_argument()
@by_option
@global_options
def ack(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Acknowledge mentions: new ones become open. The deadline to answer stays.

    With - the ids are read from standard input, one per line. ID may be any unique prefix.
    """
    return act(context, words, "ack", {}, by, "acknowledged")


@click.command()
@ids_argument("ID... [WHO]")
@click.option("--to", metavar="WHO", help="Who they are assigned to (default: the last argument).")
@click.option("--nobody", is_flag=True, help="Unassign them.")
@by_option
@global_options
def assign(context: Context, words: tuple[str, ...], to: str | None, nobody: bool, by: str | None) -> int:
    """Assign mentions: `assign ID WHO`, or `assign ID... --to WHO`.

    Where [response] has a team, WHO is one of it. New mentions become open.
    """
    if nobody:
        if to is not None:
            raise click.UsageError("--nobody cannot be combined with --to")
        return act(context, words, "assign", {"to": None}, by, "unassigned")
    if to is None:
        if len(words) < 2 or words[-1].startswith("m_"):
            raise click.UsageError("assign to whom? Name them last, or with --to")
        *ids, to = words
        words = tuple(ids)

    to = team_member(context.optional_config(), to)
    return act(context, words, "assign", {"to": to}, by, f"assigned to {to}")


@click.command()
@ids_argument()
@by_option
@global_options
def resolve(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Resolve mentions: nothing more is to be done."""
    return act(context, words, "resolve", {}, by, "resolved")


@click.command()
@ids_argument()
@by_option
@global_options
def ignore(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Mark mentions as not needing a reply. They stay in every list and count."""
    return act(context, words, "ignore", {}, by, "ignored")


@click.command()
@ids_argument()
@by_option
@global_options
def reopen(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Reopen mentions that need another answer: their clock runs again."""
    return act(context, words, "reopen", {}, by, "open again")


@click.command()
@ids_argument("ID... TEXT")
@by_option
@global_options
def note(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Add a note to mentions. TEXT is the last argument; quote it if it has several words."""
    *ids, text = words
    if not ids or text.startswith("m_") or text == "-":
        raise click.UsageError("note what? Give the text last, in quotes")
    return act(context, ids, "note", note_data(text), by, "noted")


@click.command()
@ids_argument("ID... LABEL...")
@by_option
@global_options
def label(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Correct what was judged: `label ID negative complaint`.

    \b
    relevant  noise (or irrelevant)        is it about the brand?
    negative  neutral  positive            how does it speak of it?
    complaint  question  praise  none      what is it?
    urgent  high  normal  low              how soon should somebody look?

    The latest label of each line counts, here and for the same words elsewhere. Noise has no deadline, no alert and no
    place in a digest. With - the ids are read from standard input, one per line. `backtest` and `brand health` measure
    by labels.
    """
    # What is neither a label nor an id is a label misspelt.
    labels = [word for word in words if is_label(word)] or [word for word in words[-1:] if not word.startswith("m_")]
    ids = [word for word in words if word not in labels]
    return act(context, ids, "label", label_data(*labels), by, f"labelled {', '.join(labels)}")


@click.command()
@ids_argument("ID... urgent|high|normal|low|auto")
@by_option
@global_options
def priority(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Set how urgent mentions are, over the judge; `auto` gives it back. The deadline follows.

    With - the ids are read from standard input, one per line.
    """
    *ids, level = words
    done = "judged again" if level == "auto" else f"set to {level}"
    return act(context, ids, "priority", priority_data(level), by, done)


class _TagCommand(click.Command):
    """A command in which ``-name`` is an argument, and no option, where it is none of the options there are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {name for param in self.params for name in (*param.opts, *param.secondary_opts)}
        signs: list[str] = []
        rest: list[str] = []
        for n, word in enumerate(args):
            if word == "--":
                signs += args[n + 1 :]
                break
            known = word in options or word.startswith("--") or not word.startswith("-") or word == "-"
            (rest if known else signs).append(word)
        return super().parse_args(ctx, [*rest, "--", *signs])


@click.command(cls=_TagCommand)
@ids_argument("ID... +TAG|-TAG...")
@by_option
@global_options
def tag(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Tag mentions: `tag ID +vip -press` adds vip and takes press off, whoever had put it there.

    After -- anything is a tag or an id, as in `tag ID -- -q`. With - the ids are read from standard input.
    """
    tags = [word for word in words if word[:1] in ("+", "-") and word != "-"]
    return act(context, [word for word in words if word not in tags], "tag", tag_data(tags), by, "tagged")


@click.command()
@ids_argument("ID... UNTIL")
@by_option
@global_options
def snooze(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Silence mentions until a time: 2h, 3d, tomorrow, Mon, "Fri 17:00", 17:00, 2026-11-27; `now` ends it.

    Until then they are not in `due`, in the inbox, in alerts, nor among what waits in a digest. The deadline stays.
    `list is:snoozed` lists them. With - the ids are read from standard input.
    """
    *ids, until = words
    data = snooze_data(context.optional_config(), until, context.env.now())
    return act(context, ids, "snooze", data, by, f"snoozed until {data['until']}")


@click.command()
@ids_argument()
@by_option
@global_options
def undo(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Undo the last action on each of these mentions; repeat it to undo the one before.

    The log keeps both entries.
    """
    return act(context, words, "undo", {}, by, "undone")
