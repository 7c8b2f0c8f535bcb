"""A parser that runs away is killed, and costs its own source only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentionwatch.env import Env
from mentionwatch.errors import RateLimited, TimedOut, TooLarge, UnexpectedResponse
from mentionwatch.messages import Page, Request, Secret
from mentionwatch.sandbox import Sandbox
from support import isolated_parsers as parsers
from support.isolated_parsers import answer
from support.paths import TESTS
from support.waiting import PATIENCE, join


def facts(page: Page) -> list[str]:
    return [item.title or "" for item in page.items]


@pytest.fixture
def isolation() -> Iterator[Sandbox]:
    with Sandbox(Env()) as made:
        yield made


def test_the_page_arrives_whole_with_times_links_and_secrets(isolation: Sandbox) -> None:
    page = isolation.parse(parsers.Tells(">"), answer())
    assert facts(page)[0] == ">hello"
    assert page.items[0].published_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert page.checkpoint == "c1"
    assert page.next == Request("next", "https://a.example/", headers={"Authorization": Secret("s3cret")}, page=1)


def test_it_runs_in_another_process_which_serves_again(isolation: Sandbox) -> None:
    first, second = (facts(isolation.parse(parsers.Tells(), answer()))[1] for _ in range(2))
    assert first == second != str(os.getpid())


def test_the_child_loads_only_what_it_needs(isolation: Sandbox) -> None:
    modules = set(facts(isolation.parse(parsers.Tells(), answer()))[2].split())
    assert "support.isolated_parsers" in modules
    assert not modules & {"httpx", "sqlite3", "feedparser", "click", "subprocess", "mentionwatch.fetch"}


def test_no_secret_of_the_environment_reaches_the_child() -> None:
    env = Env(environ={**os.environ, "MASTODON_TOKEN": "abcdef", "SMTP_PASSWORD": "hunter2"})
    with Sandbox(env) as isolation:
        names = facts(isolation.parse(parsers.Tells(), answer()))[3].split()
    assert not {"MASTODON_TOKEN", "SMTP_PASSWORD"} & set(names)


def test_a_module_in_the_current_folder_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit('taken over')")
    asking = (
        "from mentionwatch.env import Env; from support import isolated_parsers as p\n"
        "from mentionwatch.sandbox import Sandbox\n"
        "with Sandbox(Env()) as i: assert i.parse(p.Tells(), p.answer()).items"
    )
    here = TESTS
    subprocess.run(
        [sys.executable, "-P", "-c", asking],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(here)},
        check=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("runaway", [parsers.NeverEnds(), parsers.WaitsForEver()], ids=["busy", "idle"])
def test_a_parser_that_does_not_end_is_killed_and_the_next_answer_is_read(
    isolation: Sandbox, runaway: parsers.NeverEnds | parsers.WaitsForEver
) -> None:
    with pytest.raises(TimedOut, match=r"longer than 0\.2 s to read"):
        isolation.parse(runaway, answer(), seconds=0.2)
    assert facts(isolation.parse(parsers.Tells(), answer(b"next")))[0] == "next"


@pytest.mark.parametrize("eater", [parsers.EatsMemory(), parsers.EatsMemoryBitByBit()], ids=["at once", "bit by bit"])
def test_a_parser_that_eats_memory_is_stopped_and_the_next_answer_is_read(
    isolation: Sandbox, eater: parsers.EatsMemory | parsers.EatsMemoryBitByBit
) -> None:
    with pytest.raises(TooLarge, match="more than 100 MB of memory"):
        isolation.parse(eater, answer(), megabytes=100, seconds=PATIENCE)
    assert facts(isolation.parse(parsers.Tells(), answer(b"next")))[0] == "next"


def test_a_parser_that_takes_its_process_down_is_told_and_the_next_answer_is_read(isolation: Sandbox) -> None:
    with pytest.raises(UnexpectedResponse, match="makes the parser crash"):
        isolation.parse(parsers.Dies(), answer())
    assert facts(isolation.parse(parsers.Tells(), answer(b"next")))[0] == "next"


def test_a_child_that_somebody_else_killed_costs_no_answer(isolation: Sandbox) -> None:
    child = int(facts(isolation.parse(parsers.Tells(), answer()))[1])
    os.kill(child, signal.SIGKILL)
    assert facts(isolation.parse(parsers.Tells(), answer(b"next")))[0] == "next"


def test_a_parser_that_fails_is_named_by_its_error_and_not_by_what_a_stranger_wrote(isolation: Sandbox) -> None:
    with pytest.raises(UnexpectedResponse, match=r"the parser failed with KeyError$"):
        isolation.parse(parsers.Fails(), answer())


def test_a_source_error_arrives_as_what_it_was(isolation: Sandbox) -> None:
    with pytest.raises(UnexpectedResponse, match="a login page") as login:
        isolation.parse(parsers.Understands(), answer())
    assert login.value.status == 200
    with pytest.raises(RateLimited) as limit:
        isolation.parse(parsers.Understands(), answer(b"limit"))
    assert limit.value.until == datetime(2026, 1, 2, tzinfo=UTC)


def test_what_a_parser_prints_does_no_harm(isolation: Sandbox) -> None:
    assert isolation.parse(parsers.Chatters(), answer()).note == "read 0"


@pytest.mark.parametrize("how", ["code", "types", "times", "pickle", "keys", "deep"])
def test_a_child_that_was_taken_over_cannot_make_the_parent_run_anything(isolation: Sandbox, how: str) -> None:
    with pytest.raises(UnexpectedResponse, match=r"reply is damaged|the parser failed with"):
        isolation.parse(parsers.Smuggles(how), answer())
    assert facts(isolation.parse(parsers.Tells(), answer(b"next")))[0] == "next"


def test_many_threads_share_few_children(isolation: Sandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda n: isolation.parse(parsers.Tells(), answer(b"%d" % n)), range(40)))
    assert [facts(page)[0] for page in pages] == [str(n) for n in range(40)]
    assert len({facts(page)[1] for page in pages}) <= 2


def test_a_large_answer_passes_both_ways(isolation: Sandbox) -> None:
    body = b"x" * 9_000_000
    assert facts(isolation.parse(parsers.Tells(), answer(body)))[0] == body.decode()


def test_after_the_run_no_child_is_left(isolation: Sandbox) -> None:
    children = {int(facts(isolation.parse(parsers.Tells(), answer()))[1])}
    with pytest.raises(TimedOut):
        isolation.parse(parsers.NeverEnds(), answer(), seconds=0.2)
    children.add(int(facts(isolation.parse(parsers.Tells(), answer()))[1]))
    isolation.close()
    isolation.close()
    for child in children:
        with pytest.raises(ProcessLookupError):  # a zombie would still take the signal
            os.kill(child, 0)


def test_closing_while_a_child_is_busy_loses_no_answer() -> None:
    isolation = Sandbox(Env())
    pages: list[Page] = []
    thread = threading.Thread(target=lambda: pages.append(isolation.parse(parsers.Tells(), answer())), daemon=True)
    thread.start()
    isolation.close()
    join(thread, "the answer")
    assert facts(pages[0])[0] == "hello"
    with pytest.raises(ProcessLookupError):
        os.kill(int(facts(pages[0])[1]), 0)


def test_it_works_without_standard_streams(tmp_path: Path) -> None:
    """As under a service manager that closes them all."""
    told = tmp_path / "told"
    asking = (
        "import os, sys; [os.close(n) for n in (0, 1, 2)]\n"
        "from mentionwatch.env import Env; from support import isolated_parsers as p\n"
        "from mentionwatch.sandbox import Sandbox\n"
        "with Sandbox(Env()) as i: title = i.parse(p.Tells(), p.answer(b'heard')).items[0].title\n"
        "open(sys.argv[1], 'w').write(title)"
    )
    here = str(TESTS)
    subprocess.run(
        [sys.executable, "-c", asking, str(told)], env={**os.environ, "PYTHONPATH": here}, check=True, timeout=PATIENCE
    )
    assert told.read_text() == "heard"
