"""Alerts: what is told at once, to a real server, once."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mentionwatch.alerts import failing_source_event, is_quiet, is_subscribed, overdue_event, urgent_event
from mentionwatch.deliver.webhook import chat_text, send, signature, target
from mentionwatch.env import Env
from mentionwatch.errors import UserError
from mentionwatch.fetch import Fetcher
from mentionwatch.messages import Secret
from mentionwatch.model import Item, LogEntry, Mention
from mentionwatch.render.alert import AlertItem, document
from mentionwatch.response.sla import Deadline
from support.servers import Answer, HttpServer
from support.tables import rows
from support.town import BOYCOTT, CALM, FIRE, Town
from support.world import MORNING


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with HttpServer() as server:
        yield Town(tmp_path, server)


# -- what is told ------------------------------------------------------------------------------------------------------


def test_an_urgent_mention_is_told_at_once_with_all_that_is_needed_to_act(town: Town) -> None:
    """Words, link, why, the clock, the command, and the mention under the contract's names."""
    town.watch(more='[response]\nhours = "Mon-Sun 00:00-24:00"\nreply_within = { urgent = "30m" }\n')
    town.scan()
    town.say(FIRE)
    town.say(CALM)

    ran = town.scan()

    assert (ran.status, ran.out, ran.err) == (0, "", "")
    (told,) = town.told
    (mention,) = told["mentions"]
    (event,) = told["events"]
    assert told["schema"] == "mentionwatch.alert/1"
    assert (told["event"], told["brand"], told["notify"]) == ("urgent", "Acme Coffee", "oncall")
    assert told["title"] == "1 urgent – Acme Coffee"
    assert (mention["schema"], mention["text"]) == ("mentionwatch.mention/1", FIRE)
    assert mention["urgency"]["level"] == "urgent"
    assert event["mention"] == mention["id"]
    assert event["owed"] == {"what": "answer", "due_at": mention["due_at"]}
    for needed in (
        "Acme Coffee machine caught fire",
        "https://forum.example/0",
        "answer due in",
        f"mentionwatch ack {mention['id']}",
        "harm: “",
    ):
        assert needed in told["text"]
    assert told["url"] == "https://forum.example/0"


def test_times_are_those_of_the_people_who_are_told(town: Town) -> None:
    """A server's own zone says nothing to a team elsewhere: it is that of `[response]`, as for the growth of a post."""
    town.watch(
        'when = ["urgent"]',
        '[response]\ntimezone = "Asia/Kolkata"\nhours = "Mon-Sun 00:00-24:00"\nreply_within = { urgent = "30m" }\n',
    )
    town.scan()
    town.say(FIRE)
    town.scan()

    (told,) = town.told
    assert told["mentions"][0]["due_at"] == "2026-11-20T08:50:00Z"
    assert "(at 14:20)" in told["text"]


def test_one_message_an_event_however_often_a_scan_runs(town: Town) -> None:
    town.watch()
    town.scan()
    town.say(FIRE)

    for _ in range(4):
        assert town.scan().status == 0

    assert len(town.told) == 1
    assert "alert to 'oncall' of 2026-11-20T08:20:00Z (sent)" in town.run("why", "https://forum.example/0").out


def test_who_was_forgotten_is_in_no_alert_that_still_waits(town: Town) -> None:
    """A webhook was down: what else the message told is told when it is back, once."""
    town.watch()
    town.scan()
    town.server.routes["/hook-5ecret"] = Answer(b"no", 500)
    town.say(FIRE)
    town.entries[-1] += '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Zebulon Quirk</dc:creator>'
    town.say(BOYCOTT)
    assert town.scan().status == 1
    town.server.requests.clear()

    assert town.run("forget", "zebulon quirk").status == 0
    assert all(b"burnt my hand" not in path.read_bytes() for path in town.folder.glob("mentions.db*"))
    town.server.routes["/hook-5ecret"] = Answer(b"ok")
    town.scan()
    town.scan()

    (told,) = town.told
    assert [one["text"] for one in told["mentions"]] == [BOYCOTT]
    assert "Quirk" not in json.dumps(told)
    assert "(dropped)" not in town.run("why", "https://forum.example/1").out
    assert town.run("verify").status == 0


def test_what_one_run_finds_is_one_message(town: Town) -> None:
    town.watch()
    town.scan()
    town.say(FIRE)
    town.say(BOYCOTT)
    town.scan()

    (told,) = town.told
    assert told["title"] == "2 urgent – Acme Coffee"
    assert len(told["mentions"]) == 2


def test_the_same_story_told_again_is_no_second_alert(town: Town) -> None:
    """The same words on another site rouse nobody twice."""
    town.watch()
    town.scan()
    town.say(FIRE)
    town.scan()
    town.say(FIRE, "https://copies.example/7")
    town.scan()

    assert len(town.told) == 1


def test_backlog_and_our_own_posts_are_never_told(town: Town) -> None:
    town.watch()
    town.say(FIRE)
    town.scan()
    town.say(BOYCOTT, "https://acme.example/blog/1")
    town.scan()

    assert town.told == []


def test_a_new_notify_is_not_told_what_was_there_before(town: Town) -> None:
    """Naming somebody for alerts does not mail them last week."""
    town.watch()
    hook = town.environ["HOOK"]
    town.scan()
    town.say(FIRE)
    town.scan()
    town.configure(
        town.config_file.read_text().partition("\n")[2] + '[[notify]]\nname = "boss"\n'
        'url = { env = "BOSS" }\nwhen = ["urgent"]\n'
    )
    town.environ["BOSS"] = hook.replace("/hook-5ecret", "/boss")
    town.server.routes["/boss"] = Answer(b"ok")
    town.scan()
    town.say(BOYCOTT)
    town.scan()

    assert [len(json.loads(one.body)["mentions"]) for one in town.asked("/boss")] == [1]


def test_an_answered_mention_is_not_told_as_urgent(town: Town) -> None:
    """Whoever has answered before the alert could go out need not be called."""
    town.watch()
    town.scan()
    town.say(FIRE)
    found = town.later(minutes=10).run("scan", "--jsonl", "--dry-run")
    assert town.told == []
    town.watch('when = ["overdue"]')
    town.scan()
    mention = json.loads(found.out)["id"]
    assert town.run("reply", mention, "--url", "https://forum.example/0#2", "--by", "jo").status == 0
    town.watch('when = ["urgent"]')
    town.scan()

    assert town.told == []


def test_a_dry_run_sends_nothing(town: Town) -> None:
    town.watch()
    town.scan()
    town.say(FIRE)

    town.scan("--dry-run")

    assert town.told == []


def test_an_overdue_answer_is_told_once_and_again_after_a_reopening(town: Town) -> None:
    town.watch('when = ["overdue"]', '[response]\nhours = "Mon-Sun 00:00-24:00"\nreply_within = { urgent = "30m" }\n')
    town.scan()
    town.say(FIRE)
    town.scan()
    assert town.told == []

    town.scan(after=35)
    town.scan()

    (told,) = town.told
    assert (told["event"], told["title"]) == ("overdue", "1 overdue – Acme Coffee")
    mention = told["mentions"][0]["id"]
    assert "answer 5 min overdue" in told["text"]
    assert told["command"] == f"mentionwatch reply {mention} --url URL"
    town.run("reply", mention, "--url", "https://forum.example/0#2", "--by", "jo")
    town.run("reopen", mention, "--by", "jo")
    town.scan(after=35)
    town.scan()
    assert len(town.told) == 2


def test_a_source_is_told_of_at_its_third_failure_and_again_only_after_it_was_well(town: Town) -> None:
    town.watch('when = ["source-failing"]')
    well = town.server.routes["/feed"]
    town.scan()
    town.server.routes["/feed"] = Answer(b"", status=500)
    for _ in range(2):
        town.scan()
    assert town.told == []
    for _ in range(3):
        town.scan()
    (told,) = town.told
    assert told["title"] == "1 source failing"
    assert "blog has failed 3 times in a row" in told["text"]
    assert "500" in told["text"]

    town.server.routes["/feed"] = well
    town.scan()
    town.server.routes["/feed"] = Answer(b"", status=500)
    for _ in range(3):
        town.scan()
    assert len(town.told) == 2


def test_a_source_that_is_gone_is_told_of_at_once(town: Town) -> None:
    town.watch('when = ["source-failing"]')
    town.scan()
    town.server.routes["/feed"] = Answer(b"", status=410)

    town.scan()
    town.scan()

    (told,) = town.told
    assert "blog is gone" in told["text"]


def test_a_digest_that_could_not_be_mailed_is_told(town: Town) -> None:
    town.watch(
        'when = ["digest-failed"]',
        '[smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\nfrom = "w@acme.example"\n'
        '[[digests]]\nname = "morning"\nto = ["team@acme.example"]\n',
    )
    town.scan()
    town.say(CALM)
    town.scan()
    assert town.run("digest", "--email").status == 1

    town.scan()
    town.scan()

    (told,) = town.told
    assert told["title"] == "1 digest not mailed"
    assert "morning was tried 1 time and could not be mailed: " in told["text"]


# -- how it is sent ----------------------------------------------------------------------------------------------------


def test_the_receiver_can_tell_that_the_body_is_ours(town: Town) -> None:
    """HMAC-SHA256 over timestamp, full stop and body, under the shared secret."""
    town.environ["KEY"] = "k3y"
    town.watch('when = ["urgent"]\nsecret = { env = "KEY" }')
    town.scan()
    town.say(FIRE)
    town.scan()

    (asked,) = town.asked("/hook-5ecret")
    stamp = asked.headers["x-mentionwatch-timestamp"]
    is_subscribed = hmac.new(b"k3y", stamp.encode() + b"." + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-mentionwatch-signature"] == f"v1={is_subscribed}"
    assert datetime.fromtimestamp(int(stamp), UTC) == town.now
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-mentionwatch-id"] == json.loads(asked.body)["id"]


def test_without_a_secret_nothing_is_signed(town: Town) -> None:
    town.watch()
    town.scan()
    town.say(FIRE)
    town.scan()

    assert "x-mentionwatch-signature" not in town.asked("/hook-5ecret")[0].headers


def test_a_webhook_that_answers_500_for_a_day_loses_nothing(town: Town) -> None:
    """Tried with growing pauses, told on stderr from the third failure, and the rest comes as one message after."""
    town.watch()
    town.scan()
    town.server.routes["/hook-5ecret"] = Answer(b"", status=500)
    town.say(FIRE)
    first = town.scan()
    second = town.scan()
    town.say(BOYCOTT)
    third = town.scan()
    assert [(one.status, one.err) for one in (first, second)] == [(1, ""), (1, "")]
    assert third.status == 1
    assert "alert 'oncall': 1 urgent" in third.err
    assert "(3 times in a row)" in third.err
    assert town.scan().status == 0, "resting"
    for _ in range(24):
        town.scan(after=60)
    assert len(town.told) < 12
    assert len({told["id"] for told in town.told}) == 1, "the same message each time"
    assert len({asked.body for asked in town.asked("/hook-5ecret")}) == 1

    town.server.routes["/hook-5ecret"] = Answer(b"ok")
    before = len(town.told)
    town.scan(after=300)
    town.scan(after=300)

    after = town.told[before:]
    assert [told["title"] for told in after] == ["1 urgent – Acme Coffee"] * 2
    assert {m["text"] for told in after for m in told["mentions"]} == {FIRE, BOYCOTT}


def test_a_service_that_asks_for_rest_gets_it(town: Town) -> None:
    """Retry-After is kept from run to run."""
    town.watch()
    town.scan()
    town.server.routes["/hook-5ecret"] = Answer(b"", status=429, headers={"Retry-After": "7200"})
    town.say(FIRE)
    town.scan()
    for _ in range(6):
        town.scan()
    assert len(town.told) == 1
    town.server.routes["/hook-5ecret"] = Answer(b"ok")
    town.scan(after=70)

    assert len(town.told) == 2


def test_a_retry_by_hand_does_not_wait(town: Town) -> None:
    town.watch()
    town.scan()
    town.server.routes["/hook-5ecret"] = [Answer(b"", status=503), Answer(b"ok")]
    town.say(FIRE)
    town.scan()

    assert town.run("deliveries", "retry").status == 0

    listed = json.loads(town.run("deliveries", "--json").out)
    assert [(one["state"], one["attempts"], one["notify"]) for one in listed["alerts"]] == [("sent", 2, "oncall")]
    assert "sent     oncall: 1 urgent" in town.run("deliveries").out


def test_an_answer_without_end_is_an_answer(town: Town) -> None:
    """It was taken; what the service goes on to say is not waited for."""
    town.watch()
    town.scan()
    town.server.routes["/hook-5ecret"] = Answer(b"x" * 1000, endless=True)
    town.say(FIRE)

    assert town.scan().status == 0
    town.scan()
    assert len(town.told) == 1


def test_quiet_hours_hold_and_do_not_lose(town: Town) -> None:
    """What came in the night is one message in the morning."""
    town.watch('when = ["urgent"]\nquiet = "22:00-07:00"', '[response]\ntimezone = "Europe/Berlin"\n')
    town.scan()
    town.now = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)  # 23:00 in Berlin
    town.say(FIRE)
    assert town.scan().status == 0
    town.say(BOYCOTT)
    town.scan()
    assert town.told == []
    assert "oncall: 2 held" in town.run("deliveries").out
    assert town.run("deliveries", "retry").status == 0
    assert town.told == []

    town.now = datetime(2026, 11, 21, 5, 50, tzinfo=UTC)
    town.scan()

    (told,) = town.told
    assert told["title"] == "2 urgent – Acme Coffee"


def test_the_address_is_nowhere_but_in_the_request(town: Town) -> None:
    """Not in an error, not in the database, not in a list: whoever has it can write to the channel."""
    town.watch()
    town.scan()
    town.say(FIRE)
    town.server.routes["/hook-5ecret"] = Answer(b"", status=404)
    said = [town.scan() for _ in range(3)]
    town.server.routes["/hook-5ecret"] = Answer(b"", status=302, headers={"Location": "/hook-5ecret/there"})
    said += [town.scan(after=60) for _ in range(3)]
    said += [town.run("deliveries"), town.run("deliveries", "--json"), town.run("check")]

    assert any("redirects (302)" in one.err for one in said)
    assert all("5ecret" not in one.out + one.err for one in said)
    for file in town.folder.glob("mentions.db*"):
        assert b"5ecret" not in file.read_bytes()


def test_a_run_that_was_killed_before_sending_is_made_good(town: Town) -> None:
    """Noticed is kept: what is in the database is sent by whichever run comes next, with the same id."""
    town.watch()
    town.scan()
    town.server.routes["/hook-5ecret"] = [Answer(hang_up=True), Answer(b"ok")]
    town.say(FIRE)
    assert town.scan().status == 1

    assert town.scan().status == 0

    assert len({told["id"] for told in town.told}) == 1
    assert len(town.told) == 2


def test_a_secret_that_cannot_be_had_is_a_failure_that_loses_nothing(town: Town) -> None:
    town.watch()
    town.scan()
    hook = town.environ.pop("HOOK")
    town.say(FIRE)
    assert [town.scan().status for _ in range(2)] == [1, 1]
    assert "HOOK is not set" in town.scan().err

    town.environ["HOOK"] = hook
    town.scan(after=60)

    assert len(town.told) == 1


def test_a_name_that_was_removed_is_dropped(town: Town) -> None:
    town.watch()
    town.scan()
    town.server.routes["/hook-5ecret"] = Answer(b"", status=500)
    town.say(FIRE)
    town.scan()
    town.config_file.write_text(town.config_file.read_text().partition("[[notify]]")[0])

    assert town.scan().status == 0

    assert rows(town.folder, "SELECT state, body FROM alerts") == [("dropped", None)]


def test_the_words_go_once_they_are_sent(town: Town) -> None:
    """What was sent is not kept a second time."""
    town.watch()
    town.scan()
    town.say(FIRE)
    town.scan()

    assert rows(town.folder, "SELECT state, body, last_error FROM alerts") == [("sent", None, None)]


# -- the services ------------------------------------------------------------------------------------------------------


def test_ntfy_gets_its_own_message(town: Town) -> None:
    """Published as JSON, so that no letter of a title has to fit into a header."""
    town.environ["HOOK"] = f"ntfy://:tk_abc@127.0.0.1:{town.server.port}/acme-t0pic"
    town.server.routes["/"] = Answer(b"{}")
    town.watch()
    town.scan()
    town.say(FIRE)
    assert town.scan().status == 0

    (asked,) = town.asked("/")
    told = json.loads(asked.body)
    assert (told["topic"], told["priority"], told["click"]) == ("acme-t0pic", 5, "https://forum.example/0")
    assert told["title"] == "1 urgent – Acme Coffee"
    assert "caught fire" in told["message"]
    assert asked.headers["authorization"].startswith("Basic ")


def test_a_hook_under_a_public_name_leads_home_only_where_that_is_said() -> None:
    """A name leads where its owner says; ``private = true`` is for those that are meant to."""
    with (
        HttpServer() as server,
        Fetcher(Env(environ={}), user_agent="x", resolver=lambda host, port: ["127.0.0.1"]) as fetcher,
    ):
        server.otherwise = Answer(b"ok")
        hook, body = target(f"json+http://hooks.example:{server.port}/x"), b'{"id": "a_1"}'
        now = datetime(2026, 11, 20, tzinfo=UTC)

        refused = send(hook, body, fetcher, now)
        assert "private address" in (refused.error or "")
        assert server.connections == 0
        assert send(hook, body, fetcher, now, private=True).error is None
        assert [asked.body for asked in server.requests] == [body]


def test_slack_gets_a_text_in_which_a_stranger_calls_nobody(town: Town) -> None:
    """``<!channel>`` in a post rings no bell."""
    town.environ["HOOK"] = town.address("slack+http", "/services/T0/B0/x")
    town.server.routes["/services/T0/B0/x"] = Answer(b"ok")
    town.watch()
    town.scan()
    town.say(FIRE + " &lt;!channel&gt;")
    assert town.scan().status == 0

    (asked,) = town.asked("/services/T0/B0/x")
    text = json.loads(asked.body)["text"]
    assert "<!channel>" not in text
    assert "!channel&gt;" in text


@pytest.mark.parametrize(
    "post",
    [
        "@everyone look",
        "＠here look",
        "(@channel)",
        "say @all, @room and @team",
        "<@&1234> <@99> <#12> <!here> <@U1|x>",
        "<users/all> in Google Chat",
        "[our shop](https://evil.example/login)",
        "![x](https://evil.example/p.png)",
        "https://x.example/@everyone",
    ],
)
@pytest.mark.parametrize("form", ["slack", "apprise"])
def test_in_a_chat_a_stranger_calls_nobody_and_hides_no_link(town: Town, form: str, post: str) -> None:
    """Discord, Mattermost, Rocket.Chat, Matrix, Google Chat: each reads calls and links of its own out of a text."""
    if form == "apprise":
        pytest.importorskip("apprise")
    town.environ["HOOK"] = town.address("slack+http" if form == "slack" else "json", "/chat")
    town.server.routes["/chat"] = Answer(b"ok")
    town.watch()
    town.scan()
    town.say(FIRE + " " + html.escape(post))
    assert town.scan().status == 0

    (asked,) = town.asked("/chat")
    text = json.loads(asked.body)["text" if form == "slack" else "message"]
    for sign in ("@everyone", "＠here", "@channel", "@all", "@room", "@team", "<@", "<#", "<!", "<users", "]("):
        assert sign not in text.replace("&lt;", "<")
    assert post in html.unescape(text).replace("\u200b", "")


def test_addresses_and_people_in_a_chat_stay_readable() -> None:
    said = "see https://social.example/@jo/1 or write to jo@acme.example, 5 < 6 (or [6])"
    assert chat_text(said) == said


@pytest.mark.parametrize(
    ("address", "form", "shown"),
    [
        ("json+https://oncall.example/hook?k=5ecret", "json", "oncall.example"),
        ("json+http://u:5ecret@127.0.0.1:8080/hook", "json", "127.0.0.1:8080"),
        ("slack+https://chat.example/hooks/5ecret", "slack", "chat.example"),
        ("https://hooks.slack.com/services/5ecret", "slack", "hooks.slack.com"),
        ("ntfy://5ecret", "ntfy", "ntfy.sh"),
        ("ntfys://ntfy.example/5ecret", "ntfy", "ntfy.example"),
        ("tgram://5ecret/12345", "apprise", "tgram://…"),
        ("JSON+HTTPS://oncall.example/5ecret", "json", "oncall.example"),
    ],
)
def test_addresses(address: str, form: str, shown: str) -> None:
    """Each scheme goes where the page says, and what may be shown of it holds no key."""
    to = target(address)

    assert (to.form, to.shown) == (form, shown)
    assert "5ecret" not in repr(to)


@pytest.mark.parametrize(
    "address",
    ["", "oncall", "//oncall.example/5ecret", "https://oncall.example/5ecret", "json+https:///5ecret", "ntfy://",
     "ntfys://ntfy.example/a/5ecret", "json+https://[5ecret/", "json+https://oncall.example:99999/5ecret"],
)  # fmt: skip
def test_a_wrong_address_is_told_without_being_shown(address: str) -> None:
    with pytest.raises(UserError) as told:
        target(address)

    assert "5ecret" not in str(told.value)


def test_ntfy_at_home_is_plain_and_the_public_one_is_not() -> None:
    assert target("ntfy://topic").url == Secret("https://ntfy.sh/")
    assert target("ntfy://box.example:8080/topic").url == Secret("http://box.example:8080/")
    assert target("ntfys://u:p@box.example/topic").url == Secret("https://u:p@box.example/")


def test_check_reads_the_address_and_sends_nothing(town: Town) -> None:
    town.watch()
    assert "ok       alert oncall: urgent, to 127.0.0.1:" in town.run("check").out
    town.environ["HOOK"] = "https://oncall.example/5ecret"
    wrong = town.run("check")
    assert wrong.status == 78
    assert "say what to send there: json+https:// or slack+https://" in wrong.out
    assert "5ecret" not in wrong.out
    assert town.told == []


def test_check_online_looks_the_host_up_and_sends_nothing(town: Town) -> None:
    """An alert to try it out would be one too many."""
    town.watch()
    town.environ["HOOK"] = f"json+https://{64 * 'a'}.example/5ecret"
    assert "ok       alert oncall" in town.run("check").out

    ran = town.run("check", "--online")

    assert f"failed   alert oncall: the name {64 * 'a'}.example does not exist" in ran.out
    assert "5ecret" not in ran.out
    town.environ["HOOK"] = town.address("json+http", "/hook-5ecret")
    assert "ok       alert oncall" in town.run("check", "--online").out
    assert town.told == []


# Apprise imports a module of the standard library that later Pythons have not.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_what_is_not_ours_is_left_to_apprise(town: Town) -> None:
    """Its own JSON webhook stands for a hundred services."""
    pytest.importorskip("apprise")
    town.environ["HOOK"] = town.address("json", "/by-apprise")
    town.server.routes["/by-apprise"] = [Answer(b"", status=500), Answer(b"ok")]
    town.watch()
    assert "ok       alert oncall: urgent, to json://… (apprise)" in town.run("check").out
    town.scan()
    town.say(FIRE)
    assert town.scan().status == 1
    assert "json://…: Apprise could not send it" in town.run("deliveries").out
    assert town.scan().status == 0

    told = json.loads(town.asked("/by-apprise")[-1].body)
    assert told["title"] == "1 urgent – Acme Coffee"
    assert "caught fire" in told["message"]


def test_apprise_that_is_not_there_is_named_with_its_mend(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    town.environ["HOOK"] = "tgram://5ecret/12345"
    town.watch()

    ran = town.run("check")

    assert ran.status == 78
    assert "addresses that begin with tgram://… need Apprise: pip install 'mentionwatch[notify]'" in ran.out
    assert "5ecret" not in ran.out


def test_a_flood_is_one_message_of_bounded_size(sample: Mention) -> None:
    """Three hundred at once: ten in words, two hundred in all, and no more than 250 kB of posts."""
    long = replace(sample, item=replace(sample.item, text="Acme " * 4000))
    told = [
        AlertItem(urgent_event(f"m_{n}", "Acme Coffee"), MORNING, replace(long if n % 2 else sample, id=f"m_{n}"))
        for n in range(300)
    ]

    body = document("a_1", "oncall", told, MORNING)

    value = json.loads(body)
    assert len(body) < 500_000
    assert value["title"] == "300 urgent – Acme Coffee"
    assert len(value["events"]) == 200
    assert value["text"].count("URGENT") == 10
    assert "and 290 more: mentionwatch list --urgency urgent" in value["text"]
    assert len(value["mentions"]) + value["left_out"] == 300
    assert len({len(m["text"]) for m in value["mentions"][-5:]}) == 1, "what is small fits where what is large does not"


@pytest.fixture
def sample() -> Mention:
    item = Item(
        "forum", "post", url="https://forum.example/1", text="Acme Coffee \x1b[31mburns\u202e", published_at=MORNING
    )
    return Mention("m_1", "Acme Coffee", item, None, "blog", MORNING, ())


def test_a_strangers_text_does_nothing_to_whoever_reads_it(sample: Mention) -> None:
    """No escape sequence, no turned direction, in what a telephone or a terminal shows."""
    value = json.loads(
        document("a_1", "oncall", [AlertItem(urgent_event("m_1", "Acme Coffee"), MORNING, sample)], MORNING)
    )

    for text in (value["text"], value["title"], value["mentions"][0]["text"]):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "burns" in value["text"]


# -- the rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "held"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_quiet_over_midnight(at: str, held: bool) -> None:
    """The first minute is quiet, the last is not."""
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime.combine(MORNING.date(), time.fromisoformat(at), berlin)

    assert is_quiet((time(22), time(7)), now.astimezone(UTC), berlin) is held
    assert is_quiet(None, now, berlin) is False


@pytest.mark.parametrize(("at", "held"), [("11:59", False), ("12:00", True), ("12:59", True), ("13:00", False)])
def test_quiet_within_a_day(at: str, held: bool) -> None:
    now = datetime.combine(MORNING.date(), time.fromisoformat(at), UTC)

    assert is_quiet((time(12), time(13)), now, UTC) is held


def test_a_clock_that_moves_is_the_same_event() -> None:
    """A post that grows urgent was due sooner: it has been told all the same."""
    one, other = Deadline("answer", MORNING), Deadline("answer", MORNING - timedelta(hours=3))

    assert overdue_event("m_1", "Acme", one, ()).key == overdue_event("m_1", "Acme", other, ()).key
    reply = LogEntry(7, "m_1", MORNING, "jo", "reply")
    assert overdue_event("m_1", "Acme", one, (reply,)).key != overdue_event("m_1", "Acme", one, ()).key


def test_who_asked_for_one_brand_is_told_of_it_and_of_what_concerns_all() -> None:
    of_all = failing_source_event("hn", failures=3, since=MORNING, gone_at=None, error="x")
    of_other = failing_source_event("hn", failures=3, since=MORNING, gone_at=None, error="x", brands=("Other",))
    assert of_all is not None
    assert of_other is not None

    assert is_subscribed(of_all, ["source-failing"], ["Acme"])
    assert not is_subscribed(of_other, ["source-failing"], ["Acme"])
    assert is_subscribed(of_other, ["source-failing"], [])
    assert not is_subscribed(of_all, ["urgent"], [])


def test_the_signature_binds_the_time() -> None:
    """An old message cannot be sent again under a new time."""
    assert signature(Secret("k"), "1", b"x") != signature(Secret("k"), "2", b"x")
    assert signature(Secret("k"), "1", b"x") != signature(Secret("l"), "1", b"x")
