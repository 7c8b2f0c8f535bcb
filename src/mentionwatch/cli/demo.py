"""``demo``: a complaint from its arrival until it is closed, on bundled sample answers, in a folder of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("mentionwatch-demo"))
@global_options
def demo(context: Context, folder: Path) -> int:
    """Run everything on bundled sample answers: no network, no account.

    Plays the story of a complaint, with the commands that are typed in it and what they print. Leaves FOLDER
    (mentionwatch-demo) with a configuration, a database and a digest in HTML.
    """
    from mentionwatch.app.demo import DIGEST_FILE, prepare_demo
    from mentionwatch.cli.demo_terminal import DemoTerminal
    from mentionwatch.demo import DemoWorld
    from mentionwatch.demo.script import DURATION, SCENES

    prepare_demo(folder)
    # It ends now, so that whoever goes on in the folder finds it as the demo left it.
    program = click.get_current_context().find_root().command
    terminal = DemoTerminal(context, program, folder, DemoWorld(context.env.now() - DURATION))
    for number, scene in enumerate(SCENES, start=1):
        terminal.play(number, scene)
    terminal.run(f"digest --since 1d -f html -o {shlex.quote(str(folder / DIGEST_FILE))}")
    if not context.quiet:
        context.write(_next_steps(folder, DIGEST_FILE))
    return 0


def _program() -> Path:
    """What to type to run this program again: after `make demo` its name alone is not on the PATH."""
    here = Path(sys.argv[0])
    if here.name != "mentionwatch" or shutil.which("mentionwatch") == str(here.absolute()):
        return Path("mentionwatch")
    return here


def _next_steps(folder: Path, page: str) -> str:
    """What to type now, from within the folder."""
    from importlib.util import find_spec

    program = _program()
    there = program if len(program.parts) == 1 else Path(os.path.relpath(program.absolute(), folder.absolute()))
    return (
        f"\nThat was it. {folder} holds the configuration, the database and the digest as {page}. Try next:\n\n"
        f"  cd {shlex.quote(str(folder))}\n"
        f"  {there} due\n"
        f"  {there} list --sentiment negative\n"
        f"  {there} why https://botany-news.example/rare-quillwort-lake\n"
        + (f"  {there} inbox\n" if find_spec("textual") else "")
        + f"\nand for a brand of your own, in a folder of its own:\n\n"
        f'  {program} init "Your Brand"\n'
    )
