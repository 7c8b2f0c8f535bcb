"""What may need an answer is looked at again: how it fares, whether it is still there, whether the author came back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from mentionwatch.response.recheck_schedule import next_check
from support.world import Network, Reply, World

SOCIAL = "https://social.example"
CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]
hashtags = ["acme"]

[[sources]]
type = "mastodon"
name = "social"
server = "https://social.example"

[response]
timezone = "UTC"
"""
ANGRY = "Acme broke my parcel, nobody answers, this is terrible, I want a refund"


@dataclass
class Server:
    """A Mastodon server that keeps posts by number."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: What it answers for single posts whatever there is: a bad day.
    down: int | None = None
    asked: list[str] = field(default_factory=list)

    def post(self, number: str, who: str, text: str, at: datetime, **more: Any) -> None:
        self.posts[number] = {
            "id": number,
            "uri": f"{SOCIAL}/users/{who}/statuses/{number}",
            "url": f"{SOCIAL}/@{who}/{number}",
            "content": f"<p>{text}</p>",
            "language": "en",
            "visibility": "public",
            "created_at": at.isoformat(),
            "account": {"acct": who, "username": who, "url": f"{SOCIAL}/@{who}"},
            "tags": [{"name": "acme"}],
            "favourites_count": 0,
            "reblogs_count": 0,
            "replies_count": 0,
            **more,
        }

    def answer(self, request: httpx.Request) -> Reply:
        path = request.url.path
        if path.startswith("/api/v1/timelines/tag/"):
            newest = [p for p in self.posts.values() if p["tags"] and "in_reply_to_id" not in p]
            floor = request.url.params.get("min_id") or request.url.params.get("since_id", "0")
            after = [p for p in newest if order(p["id"]) > order(floor)]
            return reply(sorted(after, key=lambda p: order(p["id"]), reverse=True))
        number = path.removeprefix("/api/v1/statuses/").partition("/")[0]
        self.asked.append(path)
        if self.down is not None:
            return Reply("no", self.down)
        if number not in self.posts:
            return Reply('{"error": "Record not found"}', 404)
        if path.endswith("/context"):
            below = [p for p in self.posts.values() if p.get("in_reply_to_id")]
            return reply({"ancestors": [], "descendants": below})
        return reply(self.posts[number])


def order(number: str) -> tuple[int, str]:
    return len(number), number


def reply(value: object) -> Reply:
    return Reply(json.dumps(value), headers={"content-type": "application/json"})


class Everything(dict[str, Any]):
    """Every address of a server answers."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server

    def get(self, key: str, default: Any = None) -> Any:
        return self.server.answer if key.startswith(SOCIAL) else super().get(key, default)


@pytest.fixture
def server(world: World) -> Server:
    server = Server()
    assert isinstance(world.network, Network)
    world.network.pages = Everything(server)
    world.configure(CONFIG)
    assert world.run("scan").status == 0  # what is there at first is backlog
    server.post("101", "jo", ANGRY, world.now)
    scan(world, minutes=15)
    return server


def scan(world: World, times: int = 1, **later: float) -> None:
    for _ in range(times):
        ran = world.later(**later).run("scan")
        assert (ran.status, ran.err) == (0, "")


def mention(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.run("list", "--jsonl").out.splitlines()[-1])
    return found


def log(world: World) -> list[dict[str, Any]]:
    told: dict[str, Any] = json.loads(world.run("show", mention(world)["id"], "--json").out)
    entries: list[dict[str, Any]] = told["log"]
    return entries


# --- the schedule --------------------------------------------------------------------------------------------------

ORIGIN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_the_pauses_between_two_looks_grow_and_end_after_a_week() -> None:
    """5, 10, 20, 40 … minutes after it came, and from a day on once a day."""
    looks, at = [], next_check(ORIGIN, None)
    while at is not None:
        looks.append((at - ORIGIN) / timedelta(minutes=1))
        at = next_check(ORIGIN, at)
    assert looks[:9] == [5, 10, 20, 40, 80, 160, 320, 640, 1280]
    assert all(b - a == 1440 for a, b in pairwise(looks[10:]))
    assert looks[-1] <= 7 * 1440 < looks[-1] + 1440
    assert len(looks) < 20


def test_a_lively_post_is_looked_at_more_often_but_not_for_ever() -> None:
    read = ORIGIN + timedelta(hours=10)
    assert next_check(ORIGIN, read, new_in_an_hour=16) == read + timedelta(minutes=15)
    assert next_check(ORIGIN, read, new_in_an_hour=10_000) == read + timedelta(minutes=5)
    assert next_check(ORIGIN, ORIGIN + timedelta(days=7), new_in_an_hour=10_000) is None


def test_a_look_before_it_all_began_does_not_count() -> None:
    """A reply starts the schedule anew."""
    assert next_check(ORIGIN, ORIGIN - timedelta(days=3)) == ORIGIN + timedelta(minutes=5)


# --- how it fares --------------------------------------------------------------------------------------------------


def test_counts_are_kept_with_the_time_they_were_read(world: World, server: Server) -> None:
    for count in (3, 9, 9):
        server.posts["101"]["replies_count"] = count
        scan(world, minutes=25)
    assert mention(world)["engagement"]["replies"] == 9


def test_what_is_said_below_a_post_is_read_once_there_is_something(world: World, server: Server) -> None:
    """Nobody had replied when it was found, and nobody of us has touched it."""
    server.post("120", "mo", "the same with mine, Acme", world.now, in_reply_to_id="101", tags=[])
    server.posts["101"]["replies_count"] = 1
    scan(world, 3, minutes=15)
    texts = [json.loads(line)["text"] for line in world.run("list", "--jsonl").out.splitlines()]
    assert "the same with mine, Acme" in texts


def test_a_happy_post_is_not_asked_for(world: World, server: Server) -> None:
    """What needs no answer costs no request."""
    server.post("102", "mia", "Acme is lovely, thank you, best coffee ever", world.now)
    scan(world, 5, minutes=20)
    assert [path for path in server.asked if "102" in path] == []
    assert any("101" in path for path in server.asked)


def test_over_ten_days_a_post_is_asked_for_a_bounded_number_of_times(world: World, server: Server) -> None:
    scan(world, 10 * 6, hours=4)
    asked = [path for path in server.asked if path == "/api/v1/statuses/101"]
    assert 8 <= len(asked) <= 20


# --- edits and deletions -------------------------------------------------------------------------------------------


def test_an_edited_post_says_so_and_both_words_are_shown(world: World, server: Server) -> None:
    was = mention(world)
    scan(world, minutes=15)
    server.posts["101"]["content"] = "<p>Acme is wonderful, they sent a new parcel at once. Thank you!</p>"
    scan(world, 2, minutes=30)
    now = mention(world)
    assert was["edited_at"] is None
    assert now["text"].startswith("Acme is wonderful")
    assert (was["sentiment"]["label"], now["sentiment"]["label"]) == ("negative", "positive")
    assert now["edited_at"] is not None
    shown = world.run("show", now["id"]).out
    assert "edited" in shown
    assert "Acme broke my parcel" in shown


@pytest.mark.parametrize(
    ("number", "path"),
    [
        ("1795284680f1928d15f3bb4116ed0a307842b13265", "/jo/p/1795284680.964332"),  # snac
        ("01M7ZNHEVC1TCXMERB02BCD2NS", "/@jo/statuses/01M7ZNHEVC1TCXMERB02BCD2NS"),  # GoToSocial
        ("AlT8UGEHX1ZUlXbLVw", "/objects/0fc1d4b4-3d0b-4b8e-9f55-5d2d9c4f9f10"),  # Akkoma, Pleroma
        ("Bpx_0-zQ9gUlXbLVw1", "/notice/Bpx_0-zQ9gUlXbLVw1"),
        ("0190d6d3-5c0f-7b6c-a1de-5f3d9f2c7a11", "/post/0190d6d3-5c0f-7b6c-a1de-5f3d9f2c7a11"),  # Mitra, Hollo
        ("9xq3k7fj2a", "/notes/9xq3k7fj2a"),  # Misskey
        ("48213", "/display/48213"),  # Friendica
    ],
)
def test_an_edit_is_seen_on_every_server_that_speaks_mastodons_api(
    world: World, server: Server, number: str, path: str
) -> None:
    """Whatever its ids look like, and whatever address it shows its posts at."""
    url = f"{SOCIAL}{path}"
    server.posts.clear()
    server.post(number, "jo", f"{ANGRY} indeed", world.now, url=url, uri=url)
    scan(world, minutes=15)
    server.posts[number]["content"] = "<p>Acme did not answer: I will sue</p>"
    scan(world, 2, minutes=30)
    listed = [json.loads(line) for line in world.run("list", "--jsonl").out.splitlines()]
    (now,) = (one for one in listed if one["url"] == url)
    shown = json.loads(world.run("show", now["id"], "--json").out)

    assert f"/api/v1/statuses/{number}" in server.asked
    assert now["text"] == "Acme did not answer: I will sue"
    assert now["edited_at"] is not None
    assert shown["rechecked"] is True


def test_a_post_that_cannot_be_asked_for_again_says_so(world: World, server: Server) -> None:
    """In show and in coverage: nobody will see what becomes of it."""
    id_ = mention(world)["id"]
    server.post("a/b", "jo", f"{ANGRY} again", world.now, url=f"{SOCIAL}/x/y/z", uri=f"{SOCIAL}/x/y/z")
    scan(world, minutes=15)
    lost = next(
        one for one in map(json.loads, world.run("list", "--jsonl").out.splitlines()) if one["url"] == f"{SOCIAL}/x/y/z"
    )

    assert "not rechecked: no configured source can request this post again" in world.run("show", lost["id"]).out
    assert json.loads(world.run("show", lost["id"], "--json").out)["rechecked"] is False
    assert "not rechecked" not in world.run("show", id_).out
    assert "social: 1 post that may need an answer cannot be rechecked" in world.run("coverage").out
    assert json.loads(world.run("coverage", "--json").out)["not_rechecked"] == [{"source": "social", "posts": 1}]


def test_a_deleted_post_is_gone_after_two_looks_and_keeps_its_words(world: World, server: Server) -> None:
    scan(world, minutes=15)
    del server.posts["101"]
    scan(world, minutes=30)
    assert mention(world)["gone_at"] is None
    scan(world, 3, minutes=30)
    now = mention(world)
    assert now["gone_at"] is not None
    assert now["text"] == ANGRY
    shown = world.run("show", now["id"]).out
    assert "gone since" in shown
    assert world.run("verify").status == 0


def test_a_server_that_finds_nothing_on_a_bad_day_deletes_nobodys_post(world: World, server: Server) -> None:
    for number in ("201", "202", "203"):
        server.post(number, f"u{number}", f"{ANGRY}, order {number}", world.now)
    scan(world, 2, minutes=15)
    server.down = 404
    scan(world, 9, minutes=50)
    server.down = None
    gone = [json.loads(line)["gone_at"] for line in world.run("list", "--jsonl").out.splitlines()]
    assert gone == [None] * 4


@pytest.mark.parametrize("status", [500, 503, 403, 200])
def test_trouble_is_no_deletion(world: World, server: Server, status: int) -> None:
    """An error, a ban, a page that is no JSON."""
    scan(world, minutes=15)
    server.down = status
    for _ in range(6):
        world.later(minutes=30).run("scan")
    assert mention(world)["gone_at"] is None


def test_a_platform_that_says_gone_is_believed_at_once(world: World, server: Server) -> None:
    scan(world, minutes=15)
    server.down = 410
    scan(world, 2, minutes=15)
    assert mention(world)["gone_at"] is not None


def test_what_comes_back_is_there_again(world: World, server: Server) -> None:
    scan(world, minutes=15)
    kept = server.posts.pop("101")
    scan(world, 4, minutes=30)
    assert mention(world)["gone_at"] is not None
    server.posts["101"] = kept
    scan(world, 3, hours=3)
    assert mention(world)["gone_at"] is None


# --- the loop ------------------------------------------------------------------------------------------------------


def answered(world: World, server: Server) -> str:
    """We have answered in public, and noted it."""
    server.post("110", "acme", "so sorry, we look into it", world.now, in_reply_to_id="101", tags=[])
    server.posts["101"]["replies_count"] = 1
    found = str(mention(world)["id"])
    assert world.run("reply", found, "--url", f"{SOCIAL}/@acme/110", "--by", "sam").status == 0
    return found


def test_who_writes_again_opens_it_again(world: World, server: Server) -> None:
    answered(world, server)
    scan(world, minutes=15)
    assert mention(world)["status"] == "replied"
    server.post("111", "jo", "three days and still nothing", world.now, in_reply_to_id="110", tags=[])
    scan(world, 2, minutes=15)
    assert mention(world)["status"] == "open"
    entry = log(world)[-1]
    assert (entry["action"], entry["by"]) == ("reopen", "mentionwatch")
    assert "wrote again" in entry["data"]["reason"]
    assert entry["data"]["url"] == f"{SOCIAL}/@jo/111"
    assert "wrote again" in world.run("show", mention(world)["id"]).out


def test_it_is_opened_once_for_one_post_even_if_that_is_taken_back(world: World, server: Server) -> None:
    found = answered(world, server)
    server.post("111", "jo", "still nothing", world.now + timedelta(minutes=1), in_reply_to_id="110", tags=[])
    scan(world, 3, minutes=15)
    assert mention(world)["status"] == "open"
    world.run("undo", found, "--by", "sam")
    scan(world, 3, minutes=30)
    assert mention(world)["status"] == "replied"
    world.run("resolve", found, "--by", "sam")
    scan(world, 3, minutes=30)
    assert mention(world)["status"] == "resolved"


def test_somebody_else_in_the_thread_opens_nothing(world: World, server: Server) -> None:
    answered(world, server)
    server.post("112", "mo", "same here", world.now, in_reply_to_id="110", tags=[])
    scan(world, 3, minutes=15)
    assert mention(world)["status"] == "replied"


def test_what_is_ignored_stays_ignored(world: World, server: Server) -> None:
    """That it gets no answer was decided."""
    world.run("ignore", mention(world)["id"])
    server.post("111", "jo", "hello?", world.now, in_reply_to_id="101", tags=[])
    server.asked.clear()
    scan(world, 3, minutes=30)
    assert mention(world)["status"] == "ignored"
    assert server.asked == []


def test_an_answer_that_vanishes_is_told_once(world: World, server: Server) -> None:
    answered(world, server)
    scan(world, 2, minutes=15)
    del server.posts["110"]
    scan(world, 6, minutes=40)
    assert mention(world)["status"] == "open"
    told = [entry for entry in log(world) if "no longer there" in entry["data"].get("reason", "")]
    assert len(told) == 1
    assert "our answer of" in told[0]["data"]["reason"]
    world.run("resolve", mention(world)["id"], "--by", "sam")
    scan(world, 6, hours=2)
    assert mention(world)["status"] == "resolved"


def test_an_answer_where_nothing_can_be_asked_is_left_alone(world: World, server: Server) -> None:
    found = str(mention(world)["id"])
    world.run("reply", found, "--url", "https://elsewhere.example/answer", "--by", "sam")
    scan(world, 6, hours=1)
    assert mention(world)["status"] == "replied"


# --- the growing thread --------------------------------------------------------------------------------------------


def test_a_snowball_is_told_at_once_and_once(world: World, server: Server) -> None:
    """It grows, its urgency says so, one alert goes out, and what has stopped growing is not said to grow."""
    hooks: list[dict[str, Any]] = []

    def hook(request: httpx.Request) -> Reply:
        hooks.append(json.loads(request.content))
        return Reply("ok")

    world.network.pages["http://hook.example/h"] = hook
    world.environ["HOOK"] = "json+http://hook.example/h"
    world.configure(f'{CONFIG}\n[[notify]]\nname = "oncall"\nurl = {{ env = "HOOK" }}\nwhen = ["snowball"]\n')
    scan(world, minutes=5)
    for n in range(16):
        server.posts["101"]["replies_count"] = round(3 * 2 ** (n / 3))  # doubling every half hour
        scan(world, minutes=10)
    assert len(hooks) == 1
    (event,) = hooks[0]["events"]
    assert (event["event"], event["mention"]) == ("snowball", mention(world)["id"])
    assert "replies" in event["why"]
    assert "doubling every" in event["why"]
    assert "1 snowball" in hooks[0]["title"]
    # How often the threshold would have fired can be asked for, and whom it would have told.
    replayed = json.loads(world.run("rules", "replay", "--since", "1d", "--json").out)["rows"]
    fired = {(row["what"], row["name"]): row["fired"] for row in replayed}
    assert fired["snowball", "Acme"] >= fired["alert oncall", "snowball"] == 1
    reasons = mention(world)["urgency"]["reasons"]
    assert any(reason.endswith("replies in 1 h") for reason in reasons)
    assert "doubling every" in world.run("show", mention(world)["id"]).out
    scan(world, 12, hours=2)
    assert not any("1 h" in reason or "doubling" in reason for reason in mention(world)["urgency"]["reasons"])
    assert len(hooks) == 1


def test_what_waits_for_a_day_is_more_urgent_until_somebody_answers(world: World, server: Server) -> None:
    before = mention(world)["urgency"]
    scan(world, 3, hours=9)
    waiting = mention(world)["urgency"]
    assert "unanswered for more than a day" in waiting["reasons"]
    assert "unanswered for more than a day" not in before["reasons"]
    world.run("reply", mention(world)["id"], "--private", "--by", "sam")
    scan(world, minutes=20)
    assert mention(world)["urgency"] == before
