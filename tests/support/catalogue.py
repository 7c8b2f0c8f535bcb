"""Every help text and every message of the program as one text each, so that wording is reviewed as a whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import click

from mentionwatch.cli import cli
from support.paths import SOURCE

#: Methods that print a line for the user, or keep one for a report.
_TELLS = {"error", "info", "warning", "fail", "report", "problem", "note"}
#: Arguments by name whose text a user reads.
_READ = {"note", "help", "short_help", "reason", "detail"}


def help_texts() -> str:
    """``--help`` of the program and of every command, in the order of the command list."""
    return "\n".join(
        _help_of(cli, click.Context(cli, info_name="mentionwatch", terminal_width=100, **cli.context_settings))
    )


def _help_of(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"$ {context.command_path} --help\n{context.get_help()}\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _help_of(child, click.Context(child, info_name=name, parent=context, terminal_width=100))


def messages() -> str:
    """The messages in the source, by room, each once: what is raised, printed, noted or shown as an option's help.

    A value that is filled in is shown by its name between braces.
    """
    rooms: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        found = rooms.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for part in _read_parts(node):
                found.update(text for text in _texts(part) if " " in text.strip())
    return "\n".join("\n".join((f"== {room}", *sorted(found), "")) for room, found in sorted(rooms.items()) if found)


def _read_parts(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from node.exc.args
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _TELLS:
            yield from node.args
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in {"UserError", "UsageError", "InvalidValue"} or name in _SOURCE_ERRORS:
            yield from node.args
        yield from (keyword.value for keyword in node.keywords if keyword.arg in _READ)


#: A subclass of SourceError is often returned rather than raised.
_SOURCE_ERRORS = {
    node.name
    for node in ast.parse((SOURCE / "errors.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ClassDef)
}


def _placeholder(value: ast.expr) -> str:
    """A value that is filled in, by its name; where it has none, ``{…}``, which is the same in every Python."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return f"{{{name}}}"
        case _:
            return "{…}"


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text):
            yield text.replace("\n", "\\n")
        case ast.JoinedStr(values=values):
            yield "".join(
                _placeholder(part.value) if isinstance(part, ast.FormattedValue) else ast.literal_eval(part)
                for part in values
            ).replace("\n", "\\n")
        case ast.BinOp(left=left, right=right):
            yield from _texts(left)
            yield from _texts(right)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case ast.Starred(value=value):
            yield from _texts(value)
        case ast.Call(func=ast.Attribute(value=value)):
            yield from _texts(value)
