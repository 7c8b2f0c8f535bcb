"""Bluesky's PDS and AppView themselves: sessions, search and its pages, the limit of logins."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from live.bluesky import INSTALLED, Network
from live.front import Front
from live.posts import LATER, SEED, Post
from live.processes import Servers
from live.watch import Watch

if not INSTALLED:
    pytest.skip("Bluesky's servers are not installed; make test-live does it", allow_module_level=True)

#: Mentions that this AppView's search does not find, whoever asks: it looks for letters in a row as they are asked for,
#: capitals as capitals, and takes no notice of ``domain``. The network's own search is another program.
UNSEEN = {"capitals", "small", "hyphens", "wrapped", "behind", "later-hashtag"}
WATCHER, WRITER, LIMITED = "watcher.test", "writer.test", "limited.test"


@pytest.fixture(scope="module")
def network(servers: Servers, place: Path) -> Network:
    return Network(servers, place)


@pytest.fixture(scope="module")
def password(network: Network) -> str:
    """The watcher's app password, in a network where somebody else has written."""
    network.join(WRITER)
    network.plant(WRITER, SEED)
    return network.join(WATCHER)


def source(server: str, handle: str = WATCHER) -> str:
    return (
        f'[[sources]]\ntype = "bluesky"\nname = "sky"\nserver = "{server}"\nhandle = "{handle}"\n'
        'password = { env = "SKY_PASSWORD" }\nexact = false\n'  # this AppView looks for the quotation marks, too
    )


def findable(network: Network) -> set[str]:
    return {url for url, post in network.planted.items() if post.mention and post.key not in UNSEEN}


def logins(front: Front) -> int:
    return sum(asked.path.endswith("createSession") for asked in front.requests)


def test_every_post_that_mentions_the_brand_is_found_once_and_nothing_else(
    network: Network, password: str, watch: Callable[..., Watch]
) -> None:
    """In every script; asked again, nothing is new."""
    mine = watch(source(network.pds), environ={"SKY_PASSWORD": password})
    mine.scan()

    assert set(mine.mentions()) == findable(network)
    assert mine.scan().lines == []
    assert set(mine.mentions()) == findable(network)


def test_what_is_written_after_the_first_scan_is_news_on_the_second_and_none_on_the_third(
    network: Network, password: str, watch: Callable[..., Watch]
) -> None:
    """Each post with its author and its language."""
    mine = watch(source(network.pds), environ={"SKY_PASSWORD": password})
    mine.scan()
    before = set(network.planted)
    network.plant(WRITER, LATER)
    news = mine.scan().lines

    assert {each["url"] for each in news} == findable(network) - before
    assert {each["author"]["handle"] for each in news} == {WRITER}
    assert {each["language"] for each in news} == {"en", "ja"}
    assert mine.scan().lines == []


def test_a_session_is_kept_and_renewed_and_not_opened_twice(
    network: Network, password: str, watch: Callable[..., Watch]
) -> None:
    """One login for three scans; a token the server does not take (400) is renewed, and both spoilt mean a login."""
    with Front(int(network.pds.rpartition(":")[2])) as front:
        mine = watch(source(front.origin), environ={"SKY_PASSWORD": password})
        for _ in range(3):
            mine.scan()
        assert logins(front) == 1
        spoil(mine, "access")
        mine.scan()
        assert logins(front) == 1
        assert any(asked.path.endswith("refreshSession") for asked in front.requests)
        spoil(mine, "access", "refresh")
        mine.scan()

        assert logins(front) == 2
        assert set(mine.mentions()) == findable(network)


def spoil(mine: Watch, *tokens: str) -> None:
    """Replace tokens of the sessions kept beside the database."""
    (file,) = mine.folder.glob("mentions.db*session*")
    kept = json.loads(file.read_text("utf-8"))
    assert all(mine.environ["SKY_PASSWORD"] not in json.dumps(each) for each in kept)

    def spoilt(value: object) -> object:
        if isinstance(value, dict):
            return {key: "spoilt" if key in tokens else spoilt(inner) for key, inner in value.items()}
        return [spoilt(each) for each in value] if isinstance(value, list) else value

    file.write_text(json.dumps(spoilt(kept)), "utf-8")


def test_a_wrong_password_is_told_with_the_mend(network: Network, password: str, watch: Callable[..., Watch]) -> None:
    """Once; no question is asked after it."""
    with Front(int(network.pds.rpartition(":")[2])) as front:
        mine = watch(source(front.origin), environ={"SKY_PASSWORD": "nobodys-word"})
        told = mine.scan(expect=1)

        assert "rejected handle and password" in told.err
        assert "App passwords" in told.err
        assert "nobodys-word" not in told.err
        assert [asked.path.rpartition(".")[2] for asked in front.requests] == ["createSession"]


def test_more_posts_than_a_page_holds_are_all_found(
    network: Network, password: str, watch: Callable[..., Watch]
) -> None:
    """A hundred at once is the most the search gives; the rest comes by its cursor."""
    mine = watch(source(network.pds), environ={"SKY_PASSWORD": password})
    mine.scan()
    before = set(network.planted)
    network.plant(WRITER, [Post(f"many-{n}", f"Acme Coffee, cup {n}", "en", True) for n in range(130)])
    news = mine.scan().lines

    assert {each["url"] for each in news} == findable(network) - before
    assert len(news) == 130
    assert mine.scan().lines == []


def test_the_limit_of_logins_is_waited_out_and_no_failure(network: Network, watch: Callable[..., Watch]) -> None:
    """The server's own 429, which says when it ends in ``RateLimit-Reset`` alone: until then nothing is asked."""
    password = network.join(LIMITED)
    statuses = [network.log_in(LIMITED, "wrong") for _ in range(31)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    with Front(int(network.pds.rpartition(":")[2])) as front:
        mine = watch(source(front.origin, LIMITED), environ={"SKY_PASSWORD": password})
        started = datetime.now(UTC)
        assert "waiting until" in mine.scan().err
        assert len(front.requests) == 1
        for _ in range(2):
            mine.scan()
        assert len(front.requests) == 1
        (told,) = json.loads(mine.run("sources", "--json").out)["sources"]
        until = datetime.fromisoformat(told["waiting_until"])

        assert 0 < (until - started).total_seconds() <= 301
        assert told["state"] == "waiting"
