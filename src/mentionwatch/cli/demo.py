"""``demo``: the whole job on bundled sample answers, in a folder it names."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.options import Session, global_options
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.demo import Phase

_CONFIG = "mentionwatch.toml"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("mentionwatch-demo"))
@global_options
def demo(session: Session, folder: Path) -> int:
    """Run the whole job on sample answers: no network, no account.

    Leaves FOLDER (mentionwatch-demo) with a configuration, a database and a digest in HTML.
    """
    from mentionwatch.cli.digest import Wanted, make
    from mentionwatch.cli.init import write_new
    from mentionwatch.config.load import load
    from mentionwatch.demo import config_text
    from mentionwatch.render import html, terminal
    from mentionwatch.store import Store

    _make_room(folder)
    path = folder / _CONFIG
    write_new(path, config_text(), force=True)
    config = load(path.absolute(), session.env.environ)
    assert config.database is not None
    session.write(f"1. `scan` asks {len(config.sources)} sources for the first time: what is there already is backlog.")
    session.write("   " + _scan(session, config, "first"))
    session.write("2. A while later `scan` runs again, as cron would have it: somebody complains.")
    session.write("   " + _scan(session, config, "later"))
    session.write("3. `digest --since 1d`, as you would read it in the morning:\n")
    with Store.open(config.database, write=False) as store:
        digest = make(store, config, session.env.now(), Wanted(since="1d"))
    session.write(terminal.render(digest, width=session.width, color=session.color, zone=session.zone))
    page = folder / "digest.html"
    write_new(page, html.render(digest, zone=session.zone), force=True)
    session.write(_next(folder, page))
    return 0


def _make_room(folder: Path) -> None:
    """An empty folder; one that an earlier demo left is made anew, and nothing else is ever removed."""
    from mentionwatch.demo import MARK

    try:
        if folder.exists():
            config = folder / _CONFIG
            if any(folder.iterdir()) and not (config.is_file() and config.read_text("utf-8").startswith(MARK)):
                raise UserError(
                    f"{folder}: is there already and is no demo; name another folder: mentionwatch demo FOLDER"
                )
            for old in ("mentions.db", "mentions.db-wal", "mentions.db-shm", "mentions.db.lock", "digest.html"):
                (folder / old).unlink(missing_ok=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < 1_000_000:
            raise UserError(f"{folder}: the disk is full")
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from error


def _scan(session: Session, config: Config, phase: Phase) -> str:
    from mentionwatch.cli.scan import summary
    from mentionwatch.demo import network
    from mentionwatch.fetch import Fetcher
    from mentionwatch.fetch.canned import CannedTransport
    from mentionwatch.isolate import Isolation
    from mentionwatch.scan import run
    from mentionwatch.store import Store
    from mentionwatch.store.mentions import Filter

    assert config.database is not None
    env = replace(session.env, transport=CannedTransport(network(phase, session.env.now())), sleep=lambda _: None)
    with (
        Store.open(config.database, write=True) as store,
        Fetcher(env, user_agent="mentionwatch-demo") as fetcher,
        Isolation(env) as isolation,
    ):
        # One at a time, so that every demo tells the same.
        report = run(config, store, fetcher, isolation.parse, env, force=True, workers=1)
        new = store.mentions(Filter(ids=report.read.new)) if report.read.new else ()
    failed = "".join(f"\n   {one.name}: {one.error.message}" for one in report.failed if one.error is not None)
    return summary(report, new, dry_run=False) + failed


def _called() -> str:
    """What to type to run this program again: after `make demo` its name alone is not on the PATH."""
    here = Path(sys.argv[0])
    if here.name != "mentionwatch" or shutil.which("mentionwatch") == str(here.absolute()):
        return "mentionwatch"
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else str(here)


def _next(folder: Path, page: Path) -> str:
    config, program = folder / _CONFIG, _called()
    return (
        f"\nThe folder {folder} holds the configuration, the database and {page}. Try next:\n\n"
        f"  {program} -c {config} list --sentiment negative\n"
        f"  {program} -c {config} why https://botany-news.example/rare-quillwort-lake\n"
        f'  {program} init "Your Brand"\n'
    )
