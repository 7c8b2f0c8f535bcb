"""The digest by mail, from the scan to the mail as received by a real server."""

from __future__ import annotations

import json
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from support.smtp_server import MailServer, mail_server
from support.waiting import join
from support.world import World, entry, rss

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]
own = ["acme.example"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"

[smtp]
host = "localhost"
port = {port}
security = "starttls"
username = "digest"
password = {{ env = "SMTP_PASSWORD" }}
from = "mentionwatch <digest@acme.example>"
ca_file = "ca.pem"

[[digests]]
name = "morning"
to = ["team@acme.example", "boss@acme.example"]
"""
ONE = "https://one.example/rss"
FIRST = entry("Acme Coffee burnt my beans", "https://news.example/burnt", guid="1", text="Never again.")
SECOND = entry("Acme Coffee says sorry", "https://news.example/sorry", guid="2")
OWN = entry("Acme Coffee roasts", "https://acme.example/blog", guid="3")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[MailServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with mail_server(tls=context, users={"digest": "s3cret"}) as server:
        yield server


@pytest.fixture
def watching(world: World, server: MailServer, authority: trustme.CA) -> World:
    """Two mentions and a post of our own have come since the watch began."""
    authority.cert_pem.write_to_path(str(world.folder / "ca.pem"))
    world.environ["SMTP_PASSWORD"] = "s3cret"
    world.configure(CONFIG.format(port=server.port))
    world.serve(ONE, rss())
    assert world.run("scan").status == 0
    world.later(minutes=15)
    world.serve(ONE, rss(FIRST, OWN))
    assert world.run("scan").status == 0
    return world


def test_the_mail_reads_as_it_was_meant(watching: World, server: MailServer) -> None:
    """Both parts, the headers that keep answers and filters in order, TLS and login."""
    ran = watching.run("digest", "--email")

    assert (ran.status, ran.out, ran.err) == (0, "", "")
    (received,) = server.mails
    mail = received.mail
    assert (received.over_tls, received.login) == (True, "digest")
    assert received.recipients == ["team@acme.example", "boss@acme.example"]
    assert mail["Subject"] == "1 new mention of Acme Coffee (mentionwatch)"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "burnt my beans" in body.get_content()


def test_each_mention_is_mailed_once(watching: World, server: MailServer) -> None:
    """Promise 2; and a run with nothing new sends nothing."""
    watching.run("digest", "--email")
    watching.run("digest", "--email")
    assert len(server.mails) == 1

    watching.serve(ONE, rss(SECOND, FIRST))
    watching.later(minutes=15).run("scan")
    watching.run("digest", "--email")
    body = server.mails[1].mail.get_body(("plain",))
    assert body is not None
    assert "says sorry" in body.get_content()
    assert "burnt my beans" not in body.get_content()
    assert watching.run("digest", "--new", "--jsonl").out == ""


def test_who_was_forgotten_is_in_no_mail_that_still_waits(watching: World, server: MailServer) -> None:
    """Neither in a digest nor in an alert: what else they told is told by the next one."""
    by = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{}</dc:creator>'
    harm = "Acme Coffee poisoned my dog, this is dangerous, I am calling my lawyer: {}"
    config = watching.config_file.read_text() + '[[notify]]\nname = "oncall"\nto = ["oncall@acme.example"]\n'
    watching.config_file.write_text(config + 'when = ["urgent"]\n')
    watching.later(minutes=15).run("scan")
    posts = [
        entry("", f"https://n.example/{who}", guid=who, text=harm.format(words)) + by.format(who)
        for who, words in (("Zebulon Quirk", "zyzzyva kettle in the morning"), ("Ada Lark", "late at the harbour"))
    ]
    watching.serve(ONE, rss(*posts, FIRST))
    server.orders.mail = "451 not now"
    assert watching.later(minutes=15).run("scan").status == 1
    assert watching.run("digest", "--email").status == 1
    assert watching.run("forget", "Zebulon Quirk").status == 0
    assert all(b"Quirk" not in path.read_bytes() for path in watching.folder.glob("mentions.db*"))

    server.orders.mail = None
    assert watching.later(minutes=15).run("scan").status == 0
    assert watching.run("digest", "--email").status == 0

    told = ["".join(part.get_content() for part in one.mail.iter_parts()) for one in server.mails]
    assert len(told) == 2
    for words in told:
        assert "late at the harbour" in words
        assert "zyzzyva" not in words
        assert "Quirk" not in words
    assert watching.run("verify").status == 0


def test_nothing_is_lost_while_the_machine_was_off(watching: World, server: MailServer) -> None:
    """However long ago it was found, what no mail held is in the next."""
    watching.later(days=9).run("digest", "--email")

    body = server.mails[0].mail.get_body(("plain",))
    assert body is not None
    assert "burnt my beans" in body.get_content()


def test_an_explicit_since_says_what_stays_pending(watching: World, server: MailServer) -> None:
    """The older ones are counted, and come with the next mail."""
    watching.later(days=3)
    watching.serve(ONE, rss(SECOND, FIRST))
    watching.run("scan")
    watching.run("digest", "--email", "--since", "1d")

    body = server.mails[0].mail.get_body(("plain",))
    assert body is not None
    assert "1 older" in body.get_content()
    watching.run("digest", "--email")
    assert len(server.mails) == 2


def test_the_next_scan_tries_again_when_it_is_time(watching: World, server: MailServer) -> None:
    """A digest that could not be sent at half past seven does not wait for tomorrow; nor is it tried at every scan."""
    server.orders.data = "451 try later"
    assert watching.run("digest", "--email").status == 1
    ran = watching.run("scan")
    assert (ran.status, ran.err, len(server.mails)) == (0, "", 0)
    ran = watching.later(minutes=2).run("scan")
    assert ran.status == 1
    assert "digest 'morning' is still pending" in ran.err
    server.orders.data = None
    ran = watching.later(minutes=6).run("scan")
    assert (ran.status, ran.err) == (0, "")
    (received,) = server.mails
    assert received.recipients == ["team@acme.example", "boss@acme.example"]
    watching.later(minutes=60).run("scan")
    watching.run("digest", "--email")
    assert len(server.mails) == 1


ALERTS = """
[[notify]]
name = "oncall"
to = ["oncall@acme.example", "boss@acme.example"]
when = ["urgent", "digest-failed"]
"""
FIRE = entry(
    "The Acme Coffee machine caught fire <b>",
    "https://news.example/fire",
    guid="9",
    text="The Acme Coffee machine caught fire and burnt my hand. This is dangerous, I am calling my lawyer.",
)


@pytest.fixture
def alarmed(watching: World, server: MailServer) -> World:
    """Who is on call is told by mail."""
    watching.configure(CONFIG.format(port=server.port) + ALERTS)
    watching.run("scan")
    watching.serve(ONE, rss(FIRE, FIRST, OWN))
    watching.later(minutes=15)
    return watching


def test_an_alert_by_mail_says_what_is_needed_to_act(alarmed: World, server: MailServer) -> None:
    """Both parts, once, through the same server as the digest."""
    ran = alarmed.run("scan")
    assert (ran.status, ran.err) == (0, "")
    (received,) = server.mails
    assert received.mail["Subject"] == "1 urgent – Acme Coffee"
    assert received.recipients == ["oncall@acme.example", "boss@acme.example"]
    assert received.mail["List-Id"].startswith("mentionwatch alert")
    (mention,) = [json.loads(line) for line in alarmed.run("list", "fire", "--jsonl").out.splitlines()]
    for kind in ("plain", "html"):
        body = received.mail.get_body((kind,))
        assert body is not None
        for needed in ("burnt my hand", "https://news.example/fire", f"mentionwatch ack {mention['id']}"):
            assert needed in body.get_content()
    # A mark that is closed nowhere is a stranger's word: shown, and not obeyed.
    assert body is not None
    assert "caught fire &lt;b&gt;" in body.get_content()
    alarmed.later(minutes=15).run("scan")
    alarmed.run("digest", "--email")
    assert [str(one.mail["Subject"]) for one in server.mails].count("1 urgent – Acme Coffee") == 1


def test_an_alert_by_mail_is_tried_again_and_tells_nobody_of_itself(alarmed: World, server: MailServer) -> None:
    """The same bytes, only to whom it has not reached; a mail that fails makes no second mail."""
    server.orders.data = "451 try later"
    ran = alarmed.run("scan")
    assert ran.status == 1
    assert "alert 'oncall' is still pending" in ran.err
    for _ in range(3):
        assert alarmed.later(minutes=90).run("scan").status == 1
    server.orders.data = None
    assert alarmed.later(minutes=300).run("scan").status == 0
    assert [str(one.mail["Subject"]) for one in server.mails] == ["1 urgent – Acme Coffee"]
    (row,) = json.loads(alarmed.run("deliveries", "--json").out)["deliveries"]
    assert (row["digest"], row["state"], row["attempts"]) == ("alert oncall", "sent", 5)


def test_waiting_alerts_go_at_once_when_asked(alarmed: World, server: MailServer) -> None:
    """`deliveries retry`, whatever the backoff says."""
    server.orders.data = "451 try later"
    alarmed.run("scan")
    server.orders.data = None
    ran = alarmed.run("deliveries", "retry")
    assert (ran.status, len(server.mails)) == (0, 1)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('when = ["urgent"]', "write either url"),
        ('to = ["a@acme.example"]\nurl = { env = "HOOK" }\nwhen = ["urgent"]', "write either url"),
        ('to = ["a@acme.example"]\nsecret = { env = "HOOK" }\nwhen = ["urgent"]', "signs a webhook"),
        ('to = ["nobody"]\nwhen = ["urgent"]', "mail address"),
    ],
)
def test_where_alerts_go_is_one_place(world: World, server: MailServer, table: str, told: str) -> None:
    """Told at its line, with the others."""
    world.environ |= {"SMTP_PASSWORD": "x", "HOOK": "json+https://hooks.example/x"}
    world.configure(CONFIG.format(port=server.port) + f'[[notify]]\nname = "oncall"\n{table}\n')
    ran = world.run("check")
    assert ran.status == 78
    assert told in ran.err


def test_alerts_by_mail_want_a_mail_server(world: World) -> None:
    """Said by the configuration, not at night by the first alert."""
    world.configure('[[brands]]\nname = "Acme"\nnames = ["Acme"]\n' + ALERTS)
    ran = world.run("check")
    assert ran.status == 78
    assert "alerts by mail need [smtp]" in ran.err


def test_a_server_that_is_down_loses_nothing(watching: World, server: MailServer) -> None:
    """Exit 1 and said; the next run sends the same bytes under the same Message-ID."""
    server.orders.data = "451 try later"
    ran = watching.run("digest", "--email")
    assert ran.status == 1
    assert "still pending" in ran.err
    (waiting,) = json.loads(watching.run("deliveries", "--json").out)["deliveries"]
    assert (waiting["state"], waiting["attempts"]) == ("pending", 1)

    server.orders.data = None
    assert watching.later(minutes=1).run("deliveries", "retry").status == 0
    assert server.mails[0].mail["Message-ID"] == waiting["message_id"]
    assert json.loads(watching.run("deliveries", "--json").out)["deliveries"][0]["state"] == "sent"


def test_a_connection_lost_after_the_message_sends_the_same_again(watching: World, server: MailServer) -> None:
    """It may have been sent: the copy is byte for byte the same."""
    server.orders.hang_up = "before 250"
    assert watching.run("digest", "--email").status == 1
    before = json.loads(watching.run("deliveries", "--json").out)["deliveries"][0]["message_id"]
    server.orders.hang_up = None
    watching.run("digest", "--email")

    assert [received.mail["Message-ID"] for received in server.mails] == [before]


def test_a_refused_recipient_is_named_and_the_others_have_it(watching: World, server: MailServer) -> None:
    """Told on stderr, recorded, exit 1; not sent to the others again."""
    server.orders.rcpt["boss@acme.example"] = "550 no such user"
    ran = watching.run("digest", "--email")
    watching.run("digest", "--email")

    assert ran.status == 1
    assert "boss@acme.example" in ran.err
    assert [received.recipients for received in server.mails] == [["team@acme.example"]]


def test_one_who_cannot_be_mailed_keeps_nobody_else_from_the_digest(watching: World, server: MailServer) -> None:
    """``check`` names the address and exits 78; the others have the digest, and the report says who has not."""
    watching.configure(CONFIG.format(port=server.port).replace("boss@", "zoë@"))
    checked = watching.run("check")
    ran = watching.run("digest", "--email")

    assert checked.status == 78
    assert "zoë@acme.example" in checked.out
    assert "ASCII letters before the @" in checked.out
    assert ran.status == 1
    assert "zoë@acme.example was refused" in ran.err
    assert [(received.recipients, received.mail["To"]) for received in server.mails] == [
        (["team@acme.example"], "team@acme.example")
    ]


def test_a_wrong_password_is_said_without_it(watching: World, server: MailServer) -> None:
    """And nothing is lost."""
    watching.environ["SMTP_PASSWORD"] = "wr0ng"
    ran = watching.run("digest", "--email")

    assert (ran.status, server.mails) == (1, [])
    assert "wr0ng" not in ran.err
    watching.environ["SMTP_PASSWORD"] = "s3cret"
    assert watching.run("digest", "--email").status == 0


def test_a_trial_to_oneself_leaves_the_team_its_digest(watching: World, server: MailServer) -> None:
    """--to has a ledger of its own."""
    watching.run("digest", "morning", "--email", "--to", "me@acme.example")
    watching.run("digest", "--email")

    assert [received.recipients[0] for received in server.mails] == ["me@acme.example", "team@acme.example"]


def test_a_dry_run_shows_and_sends_nothing(watching: World, server: MailServer) -> None:
    """And marks nothing as told."""
    ran = watching.run("digest", "--email", "--dry-run")

    assert "burnt my beans" in ran.out
    assert server.mails == []
    watching.run("digest", "--email")
    assert len(server.mails) == 1


def test_what_would_be_mailed_is_shown_in_any_format(watching: World, server: MailServer) -> None:
    """--dry-run takes -f and -o; a mail has its own two formats, so without it they are a slip of usage."""
    target = watching.folder / "out.html"

    shown = watching.run("digest", "--email", "--dry-run", "-f", "html", "-o", str(target))
    assert (shown.status, shown.out) == (0, "")
    assert target.read_text(encoding="utf-8").startswith("<!")
    assert watching.run("digest", "--email", "--json").status == 2
    assert watching.run("digest", "--email", "-o", str(target)).status == 2
    assert server.mails == []


def test_a_digest_nobody_configured_is_named(watching: World, tmp_path: Path) -> None:
    """With a guess at the name."""
    ran = watching.run("digest", "mornin", "--email")

    assert ran.status == 1
    assert 'did you mean "morning"' in ran.err


def test_a_database_that_stood_then_tells_what_it_told_then(watching: World) -> None:
    """--as-of: byte for byte, whatever came since."""
    then = watching.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    before = watching.run("digest", "--since", "1d", "-f", "html").out
    watching.serve(ONE, rss(SECOND, FIRST))
    watching.later(minutes=30).run("scan")

    assert watching.run("digest", "--since", "1d", "-f", "html").out != before
    assert watching.run("digest", "--since", "1d", "-f", "html", "--as-of", then).out == before


def test_a_dead_source_is_mailed_once_even_when_nothing_was_said(watching: World, server: MailServer) -> None:
    """Silence must mean that nobody said anything, not that nobody was listening."""
    watching.run("digest", "--email")
    watching.serve(ONE, "oops", status=500)
    for _ in range(3):
        watching.later(minutes=15).run("scan")
    watching.run("digest", "--email")
    watching.later(minutes=15).run("scan")
    watching.run("digest", "--email")

    assert len(server.mails) == 2
    body = server.mails[1].mail.get_body(("plain",))
    assert body is not None
    assert "one failing" in body.get_content()


def test_two_senders_do_not_work_at_once(watching: World, server: MailServer) -> None:
    """The second waits for the first, and then has nothing to send."""
    holder = sqlite3.connect(watching.folder / "mentions.db.mail.lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    second = threading.Thread(target=watching.run, args=("digest", "--email"), daemon=True)
    second.start()
    assert server.mails == []
    holder.close()
    join(second, "the second sender")

    assert len(server.mails) == 1
