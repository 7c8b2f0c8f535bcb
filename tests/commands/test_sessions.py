"""Logins kept between runs: few of them, in a file nobody else can read, and in no other place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import httpx
import pytest

from support.tables import rows
from support.world import Reply, World

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee", "Acme Beans"]

[[sources]]
type = "bluesky"
name = "sky"
server = "https://pds.example"
handle = "watcher.example"
password = { env = "SKY" }
every = "15m"
"""
SECOND = """
[[sources]]
type = "bluesky"
name = "sky2"
server = "https://pds.example"
handle = "watcher.example"
password = { env = "SKY" }
"""
PASSWORD = "abcd-efgh-ijkl"


@dataclass
class Pds:
    """The account's server: sessions end, renewals work once, logins are counted."""

    password: str = PASSWORD
    logins: int = 0
    renewals: int = 0
    searches: int = 0
    made: int = 0
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    #: Takes its own tokens for none.
    mad: bool = False

    def attach(self, world: World) -> None:
        base = "https://pds.example/xrpc/"
        world.network.pages[f"{base}com.atproto.server.createSession"] = self.login
        world.network.pages[f"{base}com.atproto.server.refreshSession"] = self.renew
        world.network.pages[f"{base}app.bsky.feed.searchPosts"] = self.search

    def login(self, request: httpx.Request) -> Reply:
        self.logins += 1
        said = json.loads(request.content)
        if said != {"identifier": "watcher.example", "password": self.password}:
            return refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session()

    def renew(self, request: httpx.Request) -> Reply:
        self.renewals += 1
        token = request.headers["authorization"].removeprefix("Bearer ")
        if token not in self.refresh:
            return refusal(400, "ExpiredToken", "Token has been revoked")
        self.refresh.remove(token)
        return self._session()

    def search(self, request: httpx.Request) -> Reply:
        self.searches += 1
        if self.mad or request.headers.get("authorization", "").removeprefix("Bearer ") not in self.access:
            return refusal(400, "ExpiredToken", "Token has expired")
        return Reply('{"posts": []}')

    def _session(self) -> Reply:
        self.made += 1
        access, refresh = f"s3cret-access-{self.made}", f"s3cret-refresh-{self.made}"
        self.access.add(access)
        self.refresh.add(refresh)
        return Reply(json.dumps({"accessJwt": access, "refreshJwt": refresh, "did": "did:plc:x"}))

    def end_sessions(self, *, renewable: bool = True) -> None:
        self.access.clear()
        if not renewable:
            self.refresh.clear()


def refusal(status: int, name: str, message: str) -> Reply:
    return Reply(json.dumps({"error": name, "message": message}), status)


@pytest.fixture
def pds(world: World) -> Pds:
    world.configure(CONFIG)
    world.environ["SKY"] = PASSWORD
    server = Pds()
    server.attach(world)
    return server


def test_one_login_serves_every_question_and_every_run(world: World, pds: Pds) -> None:
    """Bluesky counts logins: a day of scans takes one."""
    for _ in range(5):
        assert world.run("scan").err == ""
        world.later(minutes=15)

    assert (pds.logins, pds.renewals, pds.searches) == (1, 0, 10)


def test_two_sources_of_one_account_share_its_login(world: World, pds: Pds) -> None:
    """Asked at the same time, they wait for one login."""
    world.configure(CONFIG + SECOND)
    world.run("scan")

    assert (pds.logins, pds.searches) == (1, 4)


def test_an_expired_session_is_renewed_and_else_logged_in_anew(world: World, pds: Pds) -> None:
    """The renewal is kept, too; a password is sent only where it is refused."""
    world.run("scan")
    pds.end_sessions()
    assert world.later(minutes=15).run("scan").err == ""
    assert (pds.logins, pds.renewals) == (1, 1)
    pds.end_sessions()
    world.later(minutes=15).run("scan")
    assert (pds.logins, pds.renewals) == (1, 2)
    pds.end_sessions(renewable=False)
    assert world.later(minutes=15).run("scan").err == ""
    assert (pds.logins, pds.renewals) == (2, 3)


def test_the_session_is_in_one_private_file_and_nowhere_else(world: World, pds: Pds) -> None:
    """Not in the database, not in what is printed, not readable by others."""
    said = [world.run("-v", "scan"), world.run("sources"), world.run("digest", "--since", "1d")]
    file = world.folder / "mentions.db.sessions"

    assert file.stat().st_mode & 0o777 == 0o600
    assert "s3cret-access-1" in file.read_text()
    assert PASSWORD not in file.read_text()
    for path in world.folder.iterdir():
        assert path == file or b"s3cret" not in path.read_bytes(), path
    assert not [ran for ran in said if "s3cret" in ran.out + ran.err or PASSWORD in ran.out + ran.err]


def test_a_file_that_others_could_read_is_made_private_again(world: World, pds: Pds) -> None:
    """A damaged or foreign file costs one login."""
    file = world.folder / "mentions.db.sessions"
    file.write_text("{not json")
    file.chmod(0o644)
    world.run("scan")

    assert file.stat().st_mode & 0o777 == 0o600
    assert pds.logins == 1


def test_a_wrong_password_is_tried_once_a_scan_and_explained(world: World, pds: Pds) -> None:
    """However many questions and sources there are; and the message names the hint, not the password."""
    world.environ["SKY"] = "wrong-wrong"
    world.configure(CONFIG + SECOND)
    ran = world.run("scan")

    assert pds.logins == 1
    assert ran.status == 1
    assert "app password" in ran.err
    assert "wrong-wrong" not in ran.err


def test_a_changed_password_is_another_session(world: World, pds: Pds) -> None:
    """What the old password opened is not used any more."""
    world.run("scan")
    world.environ["SKY"] = "new1-new2"
    pds.password = "new1-new2"
    world.later(minutes=15).run("scan")

    assert pds.logins == 2


def test_a_server_that_refuses_its_own_sessions_is_not_hammered(world: World, pds: Pds) -> None:
    """One login, and an error."""
    pds.mad = True
    ran = world.run("scan")

    assert pds.logins == 1
    assert pds.searches == 1
    assert "session" in ran.err


def test_a_dry_run_writes_no_session_and_ends_none(world: World, pds: Pds) -> None:
    """It logs in by itself where the kept session is over: a renewal would end the one in the file."""
    world.run("scan", "--dry-run")
    assert not (world.folder / "mentions.db.sessions").exists()
    world.run("scan")
    pds.end_sessions()
    kept = (world.folder / "mentions.db.sessions").read_bytes()
    world.later(minutes=15).run("scan", "--dry-run")

    assert (world.folder / "mentions.db.sessions").read_bytes() == kept
    assert pds.renewals == 0
    world.run("scan")
    assert pds.renewals == 1


def test_check_online_tries_the_password_itself(world: World, pds: Pds) -> None:
    """A kept session would hide that the password is wrong by now."""
    world.run("scan")
    pds.password = "changed"
    ran = world.run("check", "--online")

    assert "app password" in ran.out
    assert ran.status == 1


def test_the_31st_login_waits_as_the_server_says(world: World, pds: Pds) -> None:
    """429 for a login is waiting, not failed."""
    reset = str(int(world.now.timestamp()) + 240)
    world.network.pages["https://pds.example/xrpc/com.atproto.server.createSession"] = Reply(
        '{"error":"RateLimitExceeded"}', 429, {"RateLimit-Reset": reset, "RateLimit-Limit": "30"}
    )
    assert world.run("scan").status == 0
    found = rows(world.folder, "SELECT p.outcome, s.wait_until FROM polls p JOIN source_states s ON s.name = p.source")

    assert found == [("waiting", "2026-11-20T08:04:00Z")]
