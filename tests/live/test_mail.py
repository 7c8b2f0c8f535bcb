"""Postfix and Dovecot themselves: the digest through the one, alerts out of the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from live.mail import DOMAIN, PASSWORD, USER, MailHost, alert, result_url
from live.posts import LATER, MENTIONS, SEED, Post
from live.processes import Servers
from live.watch import Watch
from support.servers import Answer, HttpServer
from support.world import entry, rss

if not (shutil.which("postfix") and shutil.which("dovecot")):
    pytest.skip("Postfix and Dovecot are not installed; make test-live does it", allow_module_level=True)
if os.geteuid() != 0:
    pytest.skip("Postfix starts as root alone", allow_module_level=True)

TEAM = f"{USER}@{DOMAIN}"


@pytest.fixture(scope="module")
def host(servers: Servers, place: Path) -> MailHost:
    return MailHost(servers, place)


@pytest.fixture
def feed() -> Iterator[HttpServer]:
    """A feed with four mentions."""
    with HttpServer() as server:
        entries = [entry(f"Note {post.key}", f"https://n.example/{post.key}", guid=post.key, text=post.text)
                   for post in MENTIONS[:4]]  # fmt: skip
        server.routes["/feed"] = Answer(rss(*entries).encode())
        yield server


def config(host: MailHost, feed: HttpServer, *, port: int | None = None, security: str = "starttls", user: bool = True,
           to: str = TEAM, trusted: bool = True) -> str:  # fmt: skip
    login = f'username = "{USER}"\npassword = {{ env = "MAIL_PASSWORD" }}\n' if user else ""
    ca = f'ca_file = "{host.ca}"\n' if trusted else ""
    return (
        f'[[sources]]\ntype = "feed"\nname = "notes"\nurl = "{feed.url("/feed")}"\nbacklog = "tell"\n'
        f'[smtp]\nhost = "localhost"\nport = {port or host.submission}\nsecurity = "{security}"\n{login}{ca}'
        f'from = "mentionwatch <digest@{DOMAIN}>"\n[[digests]]\nname = "morning"\nto = ["{to}"]\n'
    )


def scanned(watch: Callable[..., Watch], text: str) -> Watch:
    mine = watch(text, environ={"MAIL_PASSWORD": PASSWORD})
    mine.scan()
    return mine


def pending(mine: Watch) -> bytes:
    """The one message that waits in the database, byte for byte."""
    ((message,),) = mine.rows("SELECT message FROM deliveries WHERE message IS NOT NULL")
    assert isinstance(message, bytes)
    return message.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_digest_arrives_as_it_was_written_once(
    host: MailHost, feed: HttpServer, watch: Callable[..., Watch], security: str
) -> None:
    """First the password is wrong: the digest waits, and then goes byte for byte with the same Message-ID."""
    port = host.submission if security == "starttls" else host.tls
    mine = scanned(watch, config(host, feed, port=port, security=security))
    before = len(host.mails())
    mine.environ["MAIL_PASSWORD"] = "wrong"
    told = mine.run("digest", "--email", expect=1)
    assert "535" in told.err
    assert "check smtp.username and smtp.password" in told.err
    written = pending(mine)
    mine.environ["MAIL_PASSWORD"] = PASSWORD
    mine.run("digest", "--email")
    mail = host.wait_for(before + 1)[-1]
    mine.run("digest", "--email")

    assert host.sources()[-1].replace(b"\r\n", b"\n").endswith(b"\n" + written)
    assert len(host.mails()) == before + 1
    assert "ESMTPSA" in str(mail["Received"]) + "".join(mail.get_all("Received", []))
    text = mail.get_body(("plain",))
    assert text is not None
    assert all(f"https://n.example/{post.key}" in text.get_content() for post in MENTIONS[:4])
    assert mail["To"] == TEAM


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"security": "none", "user": False}, "530", "STARTTLS"),
        ({"user": False}, "554", "Access denied"),
        ({"to": f"nobody@{DOMAIN}"}, "550", "nobody"),
        ({"to": "jo@elsewhere.test"}, "554", "Relay access denied"),
    ],
    ids=["no TLS", "no login", "no such user", "another domain"],
)
def test_a_refusal_is_told_in_the_server_s_words(
    host: MailHost, feed: HttpServer, watch: Callable[..., Watch], options: dict[str, object], code: str, words: str
) -> None:
    """With its code; nothing has been sent, and the exit status says so."""
    before = len(host.mails())
    told = scanned(watch, config(host, feed, **options)).run("digest", "--email", expect=1)  # type: ignore[arg-type]

    assert code in told.err
    assert words in told.err
    assert len(host.mails()) == before


def test_a_certificate_of_nobody_we_know_is_refused_with_the_mend(
    host: MailHost, feed: HttpServer, watch: Callable[..., Watch]
) -> None:
    """The password is not said to such a server."""
    told = scanned(watch, config(host, feed, trusted=False)).run("digest", "--email", expect=1)

    assert "its certificate is not trusted" in told.err
    assert "smtp.ca_file" in told.err


def test_a_digest_too_large_for_the_server_waits_and_says_why(
    host: MailHost, feed: HttpServer, watch: Callable[..., Watch]
) -> None:
    """552 from the size alone: nothing is sent first."""
    entries = [entry(f"Acme Coffee {n}", f"https://n.example/{n}", guid=str(n), text="Acme Coffee " + "bean " * 100)
               for n in range(150)]  # fmt: skip
    feed.routes["/feed"] = Answer(rss(*entries).encode())
    mine = scanned(watch, config(host, feed))
    told = mine.run("digest", "--email", expect=1)

    assert "552" in told.err
    assert len(pending(mine)) > 60_000


def test_one_who_is_unknown_keeps_it_from_nobody_else(
    host: MailHost, feed: HttpServer, watch: Callable[..., Watch]
) -> None:
    """550 for one recipient, the mail for the other."""
    before = len(host.mails())
    mine = scanned(watch, config(host, feed, to=f'{TEAM}", "nobody@{DOMAIN}'))
    told = mine.run("digest", "--email", expect=1)
    host.wait_for(before + 1)
    mine.run("digest", "--email", expect=None)

    assert "nobody" in told.err
    assert "550" in told.err
    assert len(host.mails()) == before + 1


def test_check_logs_in_and_sends_nothing(host: MailHost, feed: HttpServer, watch: Callable[..., Watch]) -> None:
    """What a sending would meet."""
    before = len(host.mails())
    told = scanned(watch, config(host, feed)).run("check", "--online")

    assert f"logged in as {USER}" in told.out
    assert "TLSv1" in told.out
    assert len(host.mails()) == before


# --- alerts out of the mailbox ----------------------------------------------------------------------------------------


def box(host: MailHost, security: str = "tls", more: str = "") -> str:
    port = host.imaps if security == "tls" else host.imap
    return (
        f'[[sources]]\ntype = "imap"\nname = "box"\nserver = "localhost"\nport = {port}\nsecurity = "{security}"\n'
        f'username = "alerts"\npassword = {{ env = "MAIL_PASSWORD" }}\nca_file = "{host.ca}"\n{more}'
    )


@pytest.fixture(scope="module")
def alerts(host: MailHost) -> list[Post]:
    """The mailbox of alerts: what its mails found, some of it twice, and a mail of nobody's concern."""
    for number, first in enumerate(range(0, len(SEED), 8)):
        host.deliver(alert(SEED[first : first + 8], number), f"alerts@{DOMAIN}")
    host.deliver(alert(SEED[:3], 100), f"alerts@{DOMAIN}")
    other = EmailMessage()
    other["From"], other["To"], other["Subject"] = "jo@elsewhere.test", f"alerts@{DOMAIN}", "Acme Coffee, in private"
    other.set_content("I love Acme Coffee, but this is a letter to you alone.\n")
    host.deliver(other, f"alerts@{DOMAIN}")
    host.wait_for(-(-len(SEED) // 8) + 2, "alerts")
    return list(SEED)


def found(posts: list[Post]) -> set[str]:
    return {result_url(post) for post in posts if post.mention}


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_every_mention_an_alert_brought_is_found_once_and_nothing_else(
    host: MailHost, alerts: list[Post], watch: Callable[..., Watch], security: str
) -> None:
    """Under the address of the page itself; private letters are not read, and every mail stays unread."""
    mine = watch(box(host, security), environ={"MAIL_PASSWORD": PASSWORD})
    mine.scan()

    assert set(mine.mentions()) == found(alerts)
    assert mine.scan().lines == []
    assert not any(b"Seen" in flags for flags in host.flags("alerts"))
    assert mine.rows("SELECT count(*) FROM items WHERE text LIKE '%letter to you%'") == [(0,)]


def test_a_mail_that_comes_after_the_first_scan_is_news_on_the_second(
    host: MailHost, alerts: list[Post], watch: Callable[..., Watch]
) -> None:
    """And none on the third."""
    mine = watch(box(host), environ={"MAIL_PASSWORD": PASSWORD})
    mine.scan()
    number = len(host.sources("alerts"))
    host.deliver(alert(LATER, 200), f"alerts@{DOMAIN}")
    host.wait_for(number + 1, "alerts")
    news = mine.scan().lines
    alerts += LATER

    assert {each["url"] for each in news} == found(list(LATER))
    assert mine.scan().lines == []
    assert set(mine.mentions()) == found(alerts)


def test_a_wrong_mailbox_password_is_told_as_such(host: MailHost, watch: Callable[..., Watch]) -> None:
    """In a line, without it."""
    mine = watch(box(host), environ={"MAIL_PASSWORD": "no such word"})
    told = mine.scan(expect=1)

    assert "password" in told.err
    assert "no such word" not in told.err
    assert '"failing"' in mine.run("sources", "--json").out


def test_a_mailbox_behind_a_certificate_of_nobody_we_know_is_not_opened(
    host: MailHost, watch: Callable[..., Watch]
) -> None:
    """Unless the configuration names the authority."""
    mine = watch(box(host).replace(f'ca_file = "{host.ca}"\n', ""), environ={"MAIL_PASSWORD": PASSWORD})

    assert "certificate" in mine.scan(expect=1).err


def test_a_folder_that_is_not_there_is_told_by_its_name(host: MailHost, watch: Callable[..., Watch]) -> None:
    """The server's refusal to open it is no empty folder."""
    mine = watch(box(host, more='folder = "Alerts/Acme"\n'), environ={"MAIL_PASSWORD": PASSWORD})

    assert "Alerts/Acme" in mine.scan(expect=1).err
