"""Mail as a source: what a mailbox is asked, what its mails say, and that nothing in it is changed."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from mentionwatch.env import Env
from mentionwatch.errors import (
    AuthFailed,
    BlockedAddress,
    Forbidden,
    ServerError,
    SourceError,
    TimedOut,
    TooLarge,
    UnexpectedResponse,
    Unreachable,
    UserError,
)
from mentionwatch.fetch import Fetcher
from mentionwatch.mail_batch import Mail, MailBatch, pack
from mentionwatch.messages import Page, Response, Secret
from mentionwatch.model import Item
from mentionwatch.sources.platforms.imap import Imap
from support.google_alerts import GOOGLE, alert, letter
from support.imap_server import ImapServer

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PASSWORD = "s3same-open"
USER = "alerts@acme.example"


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as made:
        yield made


def source(server: ImapServer, **options: object) -> Imap:
    given: dict[str, object] = {
        "server": f"127.0.0.1:{server.port}",
        "username": USER,
        "password": Secret(PASSWORD),
        "security": "none",
    }
    return Imap(**{**given, **options})  # type: ignore[arg-type]


class Mailbox:
    """A source and its checkpoint, read as a scan reads it: pages until there are no more."""

    def __init__(self, made: Imap, env: Env | None = None, **options: object) -> None:
        self.source = made
        self.env = env or Env(now=lambda: NOW, environ={})
        self.options = options
        self.checkpoints: dict[str, str] = {}
        self.pages = 0

    def read(self) -> list[Item]:
        (request,) = self.source.requests((), self.checkpoints, NOW)
        first = not self.checkpoints
        items: list[Item] = []
        following = request
        with Fetcher(self.env, user_agent="mentionwatch/0", **self.options) as fetcher:  # type: ignore[arg-type]
            while True:
                answer = fetcher.fetch(
                    following, allowed_hosts=frozenset({f"127.0.0.1:{urlsplit(following.url).port}"})
                )
                assert isinstance(answer, Response)
                page = self.source.parse(answer)
                self.pages += 1
                items += page.items
                assert page.checkpoint is not None
                self.checkpoints[request.query_key] = page.checkpoint
                if page.next is None or first:
                    return items
                following = page.next


ONE = ("https://gazette.example/acme", "<b>Acme Coffee</b> opens", "The Gazette", "It opened&nbsp;...")
TWO = ("https://blog.example/beans?id=2", "Ten beans &amp; more", "Bean Blog", "From <b>Acme</b>.")


def read(raw: bytes, *, everyone: bool = True, **options: object) -> list[Item]:
    """The items of one mail, without a server."""
    made = Imap(
        server="imap.acme.example",
        username=USER,
        password=Secret("x"),
        senders=("*",) if everyone else ("googlealerts-noreply@google.com",),
        **options,  # type: ignore[arg-type]
    )
    page = page_of(made, Mail(1, raw, "2026-11-20T06:30:00+00:00"))
    assert page.note is None
    return list(page.items)


def page_of(made: Imap, *mails: Mail) -> Page:
    (request,) = made.requests((), {}, NOW)
    body = pack(MailBatch(1, 1, mails))
    return made.parse(Response(request, 200, request.url, {}, body, NOW))


# --- the mailbox ------------------------------------------------------------------------------------------------------


def test_each_result_of_an_alert_is_an_item(server: ImapServer) -> None:
    """A Google Alert by mail gives what its feed would: each result under its own address, with publisher and words."""
    server.folder("INBOX").add(alert(ONE, TWO))

    one, two = Mailbox(source(server)).read()

    assert (one.url, one.title, one.author.name) == ("https://gazette.example/acme", "Acme Coffee opens", "The Gazette")
    assert one.text.startswith("It opened")
    assert one.published_at == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert (two.url, two.title) == ("https://blog.example/beans?id=2", "Ten beans & more")


def test_a_second_look_brings_only_new_mails(server: ImapServer) -> None:
    """What was read is not read again, and what came after is, once."""
    box = Mailbox(source(server))
    server.folder("INBOX").add(alert(ONE))
    assert len(box.read()) == 1
    assert box.read() == []

    server.folder("INBOX").add(alert(TWO))

    assert [item.url for item in box.read()] == [TWO[0]]
    assert box.read() == []


def test_the_mailbox_stays_as_it_is(server: ImapServer) -> None:
    """No mail is marked as read, moved or deleted: the folder is opened read-only and bodies are peeked at."""
    stored = server.folder("INBOX").add(alert(ONE))
    Mailbox(source(server)).read()

    commands = {
        said.split(" ")[0] if not said.startswith("UID") else " ".join(said.split(" ")[:2]) for said in server.said
    }
    assert commands == {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID SEARCH", "UID FETCH", "LOGOUT"}
    assert stored.flags == set()
    assert not [said for said in server.said if "BODY[" in said]


def test_other_peoples_mail_is_left_alone(server: ImapServer) -> None:
    """Only mails of the senders named are fetched; a private letter in the same folder never leaves the server."""
    inbox = server.folder("INBOX")
    private = inbox.add(letter("<p>Dear Acme Coffee</p>", sender="Jo <jo@private.example>"))
    inbox.add(alert(ONE))

    items = Mailbox(source(server)).read()

    assert [item.url for item in items] == [ONE[0]]
    assert not [said for said in server.said if said.startswith(f"UID FETCH {private.uid} ")]


def test_a_sender_is_the_whole_address_or_its_domain(server: ImapServer) -> None:
    """A server's search finds parts of names; a mail that only looks like the sender's is not read."""
    inbox = server.folder("INBOX")
    inbox.add(letter("<p>fake</p>", sender='"news@beanweekly.example" <x@evil.example>', number="<1@evil>"))
    inbox.add(letter("<p>fake</p>", sender="x@notbeanweekly.example", number="<2@evil>"))
    inbox.add(letter("<p>real</p>", sender="x@mail.beanweekly.example", number="<3@ok>"))

    assert [item.text for item in Mailbox(source(server, senders=("beanweekly.example",))).read()] == ["real"]


def test_the_first_look_is_bounded(server: ImapServer) -> None:
    """A folder with years of alerts gives the newest fifty of the last month, and everything after them."""
    inbox = server.folder("INBOX")
    inbox.add(alert(("https://old.example/", "Old news", "Old", "")), arrived=NOW - timedelta(days=90))
    for n in range(60):
        inbox.add(alert((f"https://gazette.example/{n}", f"Story number {n}", "Gazette", "")))
    box = Mailbox(source(server))

    assert [item.url for item in box.read()] == [f"https://gazette.example/{n}" for n in range(10, 60)]
    assert box.read() == []


def test_many_new_mails_come_page_after_page(server: ImapServer) -> None:
    """After a week off nothing is lost: the reading goes on from old to new until all is read."""
    box = Mailbox(source(server))
    box.read()
    for n in range(120):
        server.folder("INBOX").add(alert((f"https://gazette.example/{n}", f"Story number {n}", "Gazette", "")))

    assert [item.url for item in box.read()] == [f"https://gazette.example/{n}" for n in range(120)]
    assert box.pages == 4


def test_a_folder_with_new_numbers_is_read_again_from_the_day(server: ImapServer) -> None:
    """When the server renumbers its mails, those since the last reading's day are asked for again, older ones not."""
    inbox = server.folder("INBOX")
    inbox.add(alert(("https://old.example/x", "Old news here", "Old", "")), arrived=NOW - timedelta(days=10))
    inbox.add(alert(ONE))
    box = Mailbox(source(server))
    box.read()

    inbox.rebuild()
    inbox.add(alert(TWO))

    assert [item.url for item in box.read()] == [ONE[0], TWO[0]]
    assert box.read() == []


def test_a_long_reading_after_new_numbers_keeps_to_the_day(server: ImapServer) -> None:
    """Paging through a renumbered folder does not bring mails of long before the day on its second page."""
    inbox = server.folder("INBOX")
    box = Mailbox(source(server))
    box.read()
    for n in range(60):
        inbox.add(alert((f"https://gazette.example/{n}", f"Story number {n}", "Gazette", "")))
    inbox.rebuild()
    inbox.add(alert(("https://old.example/x", "Moved here today", "Old", "")), arrived=NOW - timedelta(days=90))
    inbox.uidvalidity += 1

    urls = [item.url for item in box.read()]

    assert len(urls) == 60
    assert "https://old.example/x" not in urls


def test_another_mailbox_is_another_question(server: ImapServer) -> None:
    """A checkpoint of one account says nothing of another."""
    (one,) = source(server).requests((), {}, NOW)
    (two,) = source(server, username="other@acme.example").requests((), {}, NOW)
    (three,) = source(server, folder="Alerts").requests((), {}, NOW)

    assert len({one.query_key, two.query_key, three.query_key}) == 3


@pytest.mark.parametrize("folder", ["Alerts/Acme", 'My "best" alerts', "Entwürfe & mehr", "通知"])
def test_any_folder_can_be_read(server: ImapServer, folder: str) -> None:
    """Folders in any script and with quotes in their names are opened as they are called."""
    wire = {"Entwürfe & mehr": "Entw&APw-rfe &- mehr", "通知": "&kBp35Q-"}.get(folder, folder)
    server.folder(wire).add(alert(ONE))

    assert len(Mailbox(source(server, folder=folder)).read()) == 1


# --- what is wrong is told --------------------------------------------------------------------------------------------


def trouble(made: Imap, env: Env | None = None, **options: object) -> SourceError:
    with pytest.raises(SourceError) as caught:
        Mailbox(made, env, **options).read()
    assert PASSWORD not in str(caught.value)
    assert caught.value.message.isprintable()
    return caught.value


def test_a_wrong_password_is_told(server: ImapServer) -> None:
    """The message names the server, the user and the hint, and never the password."""
    error = trouble(source(server, password=Secret("wrong-one")))

    assert isinstance(error, AuthFailed)
    assert "127.0.0.1" in error.message
    assert USER in error.message
    assert "app password" in error.message
    assert "wrong-one" not in error.message


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_log(server: ImapServer) -> None:
    """What a server says of a refusal is shown without the secret in it."""
    server.instead["AUTHENTICATE"] = b"TAG NO no such password: " + PASSWORD.encode() + b"\r\n"

    assert "***" in trouble(source(server)).message


def test_a_folder_that_is_not_there_is_told_with_a_guess(server: ImapServer) -> None:
    """A mistyped folder is told apart from everything else, with the one that was meant."""
    server.folder("Alerts")
    error = trouble(source(server, folder="Alers"))

    assert isinstance(error, UnexpectedResponse)
    assert "'Alers'" in error.message
    assert "'Alerts'" in error.message


def test_a_login_without_plain_is_made_the_old_way(server: ImapServer) -> None:
    """A server that knows LOGIN alone is logged in to, quotes and backslashes in the password included."""
    server.capabilities.remove("AUTH=PLAIN")
    server.passwords[USER] = r'a"b\c d'
    server.folder("INBOX").add(alert(ONE))

    assert len(Mailbox(source(server, password=Secret(r'a"b\c d'))).read()) == 1


def test_a_token_is_taken_in_place_of_a_password(server: ImapServer) -> None:
    """With ``oauth`` the secret is an access token; an expired one is told as such."""
    server.capabilities.append("AUTH=XOAUTH2")
    server.tokens[USER] = "ya29.token"
    server.folder("INBOX").add(alert(ONE))

    assert len(Mailbox(source(server, password=Secret("ya29.token"), oauth=True)).read()) == 1
    error = trouble(source(server, password=Secret("ya29.expired"), oauth=True))
    assert isinstance(error, AuthFailed)
    assert "token" in error.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"TAG NO [UNAVAILABLE] the directory is down\r\n", ServerError),
        (b"TAG NO [ALERT] Application-specific password required\r\n", AuthFailed),
        (b"* BYE too many connections\r\nTAG NO no\r\n", Unreachable),
    ],
)
def test_refusals_are_told_apart(server: ImapServer, answer: bytes, kind: type[SourceError]) -> None:
    """A server in trouble is no wrong password: the user is not sent to change it."""
    server.instead["AUTHENTICATE"] = answer

    assert isinstance(trouble(source(server)), kind)


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trust(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("named", ["by option", "by environment"])
def test_a_secured_mailbox_is_read(tls: ssl.SSLContext, trust: Path, security: str, named: str) -> None:
    """TLS at once or after STARTTLS, the certificate verified; without it no password is sent."""
    options: dict[str, Any] = {"tls": tls} if security == "tls" else {"starttls": tls, "clear": False}
    env = Env(now=lambda: NOW, environ={"SSL_CERT_FILE": str(trust)} if named == "by environment" else {})
    with ImapServer(**options) as server:
        server.folder("INBOX").add(alert(ONE))
        made = source(server, security=security, ca_file=trust if named == "by option" else None)

        assert len(Mailbox(made, env).read()) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_strangers_certificate_is_refused(tls: ssl.SSLContext, security: str) -> None:
    """A certificate of an unknown authority ends the conversation before any password."""
    options: dict[str, Any] = {"tls": tls} if security == "tls" else {"starttls": tls}
    with ImapServer(**options) as server:
        error = trouble(source(server, security=security))

        assert isinstance(error, Unreachable)
        assert "certificate" in error.message
        assert not [said for said in server.said if said.startswith(("LOGIN", "AUTHENTICATE"))]


def test_starttls_is_never_left_out(server: ImapServer) -> None:
    """A server that offers no STARTTLS – or somebody who takes the offer away – gets no password in the clear."""
    error = trouble(source(server, security="starttls"))

    assert isinstance(error, Unreachable)
    assert "STARTTLS" in error.message
    assert server.said == ["CAPABILITY"]


def test_what_comes_before_tls_is_no_part_of_it(tls: ssl.SSLContext, trust: Path) -> None:
    """Words put in behind the answer to STARTTLS are not taken for the secured server's."""
    with ImapServer(starttls=tls) as server:
        server.instead["STARTTLS"] = b"TAG OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"

        assert isinstance(trouble(source(server, security="starttls", ca_file=trust)), UnexpectedResponse)


def test_a_greeting_that_lets_in_before_tls_is_refused(tls: ssl.SSLContext, trust: Path) -> None:
    """PREAUTH in the clear keeps a client from asking for TLS; it is taken for the attack it may be."""
    with ImapServer(starttls=tls) as server:
        server.greeting = b"* PREAUTH welcome\r\n"

        assert isinstance(trouble(source(server, security="starttls", ca_file=trust)), BlockedAddress)


def test_tls_where_none_is_spoken_is_told_with_the_mend(server: ImapServer) -> None:
    """The commonest mistake of all, the wrong pair of port and security, is named."""
    assert "security" in trouble(source(server, security="tls")).message


def test_no_password_goes_where_the_server_wants_none(tls: ssl.SSLContext) -> None:
    """``LOGINDISABLED`` is obeyed."""
    with ImapServer(starttls=tls, clear=False) as server:
        error = trouble(source(server))

        assert isinstance(error, Forbidden)
        assert "tls" in error.message


# --- hostile servers --------------------------------------------------------------------------------------------------


def test_a_mail_server_inside_the_house_must_be_named(server: ImapServer) -> None:
    """The rules for private addresses hold for mail, too."""
    (request,) = source(server).requests((), {}, NOW)
    with Fetcher(Env(environ={}), user_agent="x") as fetcher, pytest.raises(BlockedAddress):
        fetcher.fetch(replace(request, url=f"imap://localhost:{server.port}"))
    assert server.said == []


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("EXAMINE", b"* " + b"x" * 1_100_000),
        ("UID SEARCH", b"* SEARCH {99999999999}\r\n"),
        ("UID SEARCH", b"* SEARCH {" + b"9" * 5_000 + b"}\r\n"),
        ("UID FETCH", b"* 1 FETCH (UID 1 BODY[] {20000000}\r\n"),
        ("UID FETCH", b"* 1 FETCH (UID 1 RFC822.SIZE 5 BODY[] {10}\r\nshort"),
        ("EXAMINE", b"* OK hello\r\n" * 600_000),
        ("EXAMINE", b"\x00\xff\xfe garbage\r\n"),
        ("EXAMINE", b"* \r\n"),
        ("CAPABILITY", b"TAG OK done\r\n"),
        ("CAPABILITY", b"X999 OK not yours\r\n"),
        ("UID SEARCH", b"TAG BAD what\r\n"),
    ],
    ids=range(11),
)
def test_a_server_that_misbehaves_is_left(server: ImapServer, command: str, answer: bytes) -> None:
    """Lines without end, literals that lie, floods and rubbish end in an error of this source, soon and small."""
    server.folder("INBOX").add(alert(ONE))

    def then_hang_up(tag: bytes) -> bytes | None:
        server.instead[command] = lambda _: None
        return answer.replace(b"TAG", tag)

    server.instead[command] = then_hang_up if answer.endswith((b"short",)) else answer
    error = trouble(source(server), deadline=1.0)

    assert isinstance(error, UnexpectedResponse | TooLarge | Unreachable | TimedOut)


def test_a_server_that_hangs_up_in_a_literal_is_told(server: ImapServer) -> None:
    """Half a mail is no mail."""
    server.folder("INBOX").add(alert(ONE))
    server.greeting = b"* OK ready\r\n"
    server.instead["UID FETCH"] = lambda _: None

    assert isinstance(trouble(source(server)), Unreachable)


def test_a_server_that_drips_meets_the_deadline(server: ImapServer) -> None:
    """A byte now and then does not keep a scan: the deadline is for the whole conversation."""
    server.drip = 0.05

    assert isinstance(trouble(source(server), deadline=0.4), TimedOut)


def test_numbers_of_other_mails_are_not_believed(server: ImapServer) -> None:
    """Mails nobody asked for, and the same one twice, are dropped."""
    server.folder("INBOX").add(alert(ONE))
    raw = alert(TWO)
    row = b"(UID %d RFC822.SIZE 9 BODY[]<0> {%d}\r\n" + raw + b")\r\n"
    both = (
        b"* 1 FETCH " + row % (1, len(raw)) + b"* 2 FETCH " + row % (77, len(raw)) + b"* 1 FETCH " + row % (1, len(raw))
    )
    server.instead["UID FETCH"] = both + b"TAG OK done\r\n"

    assert [item.url for item in Mailbox(source(server)).read()] == [TWO[0]]


# --- reading a mail ---------------------------------------------------------------------------------------------------


def test_a_newsletter_is_one_item_with_its_links() -> None:
    """A newsletter is read as its reader sees it; the links that end the subscription are left out."""
    page = (
        "<style>p {color: red}</style><h1>Cafés</h1><p>We like <a href='https://acme.example/shop'>Acme Coffee</a>.</p>"
        "<a href='https://beanweekly.example/u/abc'>Leave</a> <a href='https://x.example/unsubscribe?u=1'>Unsubscribe</a>"
    )
    (item,) = read(letter(page, List_Unsubscribe="<mailto:x@y.example>, <https://beanweekly.example/u/abc>"))

    assert (item.kind, item.title, item.external_id) == ("article", "Issue 41", "41@beanweekly.example")
    assert "We like Acme Coffee." in item.text
    assert item.links == ("https://acme.example/shop",)
    assert (item.author.name, item.author.handle) == ("Bean Weekly", "hello@beanweekly.example")


def test_a_newsletter_in_plain_text_links_to_no_unsubscription() -> None:
    """Written out in the text or not: who follows such a link ends the subscription."""
    text = "Acme Coffee: https://acme.example/shop\nLeave: https://x.example/optout?u=1 https://b.example/u/1\n"
    (item,) = read(letter(plain=text, List_Unsubscribe="<https://b.example/u/1>"))

    assert item.links == ("https://acme.example/shop",)


def test_a_sender_is_shown_without_signs_that_do_not_print() -> None:
    """The address of From is a stranger's text like any other."""
    (item,) = read(b"From: x@y\x1b[31m\x07.example\r\nSubject: hi\r\n\r\nhello")

    assert item.author.handle is not None
    assert item.author.handle.isprintable()


def test_the_same_page_in_two_alerts_is_one_item() -> None:
    """Two alerts for two spellings find the same page, in other words: it is one."""
    made = Imap(server="imap.acme.example", username=USER, password=Secret("x"))
    other = (ONE[0], ONE[1], ONE[2], "In other words.")
    page = page_of(made, Mail(1, alert(ONE)), Mail(2, alert(other, TWO)))

    assert [item.url for item in page.items] == [ONE[0], TWO[0]]


def test_other_alert_services_are_read_in_general() -> None:
    """A linked headline with words under it is a result; links of the service's own and of sharing are not."""
    page = """
      <a href="https://alerts.talkwalker.com/logo"><img alt="Talkwalker"></a>
      <table><tr><td><table>
       <tr><td><a href="https://gazette.example/acme-opens">Acme Coffee opens a third shop</a></td></tr>
       <tr><td>The chain opens on Friday.</td></tr>
       <tr><td><a href="https://gazette.example/">gazette.example</a> <a href="https://www.facebook.com/sharer/sharer.php?u=https://gazette.example/acme-opens">Share</a></td></tr>
       <tr><td><a href="https://www.talkwalker.com/r?target=https%3A%2F%2Fblog.example%2Fbeans">Ten beans</a></td></tr>
       <tr><td>Number four.</td></tr>
      </table></td></tr></table>
      <a href="https://alerts.talkwalker.com/alerts/manage">Manage your alerts</a> You get this because you asked."""
    one, two = read(letter(page, sender="Talkwalker Alerts <alerts@talkwalker.com>"))

    assert (one.url, one.title) == ("https://gazette.example/acme-opens", "Acme Coffee opens a third shop")
    assert (one.text, one.author.name) == ("The chain opens on Friday.", "gazette.example")
    assert (two.url, two.title, two.text) == ("https://blog.example/beans", "Ten beans", "Number four.")


def test_an_alert_in_plain_text_is_read() -> None:
    """Where the mail has no HTML, the blocks that end in an address are the results."""
    text = (
        "=== News - 1 new result for [acme] ===\n\nAcme Coffee opens\nThe Gazette\nIt opened on Friday.\n"
        "<https://www.google.com/url?rct=j&sa=t&url=https://gazette.example/acme&ct=ga&cd=1&usg=2>\n\n"
        "- - - -\nUnsubscribe from this Google Alert:\n<https://www.google.com/alerts/remove?s=1>\n"
    )
    (item,) = read(letter(plain=text, sender=f"Google Alerts <{GOOGLE}>"))

    assert (item.url, item.title) == ("https://gazette.example/acme", "Acme Coffee opens")
    assert "It opened on Friday." in item.text


FLOWED = {
    "an address over three lines": (
        "delsp=yes",
        "Acme opens\r\n<https://www.google.com/url?url=https://gazette.example/2026/ \r\nacme- \r\nshop&ct=ga>\r\n",
        ("https://gazette.example/2026/acme-shop", "Acme opens"),
    ),
    "words whose spaces stay": (
        "delsp=no",
        "Acme opens \r\na shop\r\n<https://gazette.example/acme>\r\n",
        ("https://gazette.example/acme", "Acme opens a shop"),
    ),
    "a headline that names an element": (
        "delsp=yes",
        "Acme drops the <script> tag\r\n<https://gazette.example/acme>\r\n",
        ("https://gazette.example/acme", "Acme drops the <script> tag"),
    ),
    "a quotation and a signature end a line": (
        "delsp=yes",
        "Acme opens \r\n> not this\r\n<https://gazette.example/acme>\r\n\r\n-- \r\n<https://gazette.example/a>\r\n",
        ("https://gazette.example/acme", "Acme opens"),
    ),
}


@pytest.mark.parametrize("case", FLOWED)
def test_an_alert_in_flowed_text_is_read(case: str) -> None:
    """Lines that a mail program broke are put together again, as the mail says they were broken (RFC 3676)."""
    delsp, text, expected = FLOWED[case]
    head = f"From: {GOOGLE}\r\nSubject: Google Alert - acme\r\nContent-Type: text/plain; format=flowed; {delsp}\r\n\r\n"
    item = read(head.encode() + text.encode())[0]

    assert (item.url, item.title) == expected


def test_a_result_with_a_broken_address_costs_no_other() -> None:
    """An address that is none is left out, and the next result is read."""
    broken = [
        (f"https://www.google.com/url?url={bad}", "Acme", "X", "") for bad in ("http://[::1", "]", "%00", "http://")
    ]
    items = read(alert(*broken, ("http://a]b.example/", "Acme", "X", ""), ONE))

    assert [item.url for item in items][-1] == ONE[0]


def test_an_alert_of_unknown_form_is_kept_as_a_mail() -> None:
    """When a service changes its layout, its mails are still items: matched and seen, not lost."""
    (item,) = read(letter("<p>Acme Coffee was mentioned 3 times</p>", sender=f"Google Alerts <{GOOGLE}>"))

    assert item.text == "Acme Coffee was mentioned 3 times"


def test_the_user_may_say_how_mails_are_read() -> None:
    """``read_as`` takes every mail apart, or none."""
    page = '<p><a href="https://gazette.example/acme">Acme Coffee opens</a> It did.</p>'

    assert [item.url for item in read(letter(page), read_as="alerts")] == ["https://gazette.example/acme"]
    assert [item.url for item in read(alert(ONE), read_as="newsletters")] == [None]


@pytest.mark.parametrize("date", [None, "yesterday", "Fri, 20 Nov 2099 06:00:00 +0000", "0", "\x00"])
def test_a_mail_without_a_date_counts_when_it_arrived(date: str | None) -> None:
    """A date that is missing, absurd or of the future gives way to the server's own."""
    raw = letter("<p>hello</p>", date=None)
    raw = raw if date is None else b"Date: " + date.encode() + b"\r\n" + raw
    (item,) = read(raw)

    assert item.published_at == datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


def test_a_mail_without_an_id_is_the_same_mail_tomorrow() -> None:
    """Without a Message-ID a mail is known by what it says, wherever it lies."""
    raw = letter("<p>hello</p>", number=None)
    made = Imap(server="imap.acme.example", username=USER, password=Secret("x"), senders=("*",))
    (one,), (two,) = page_of(made, Mail(1, raw)).items, page_of(made, Mail(99, raw)).items

    assert one.external_id == two.external_id


CHARSETS: dict[str, tuple[bytes, str]] = {
    "utf-8 called latin-1": ("Content-Type: text/plain; charset=iso-8859-1\r\n\r\nCafé".encode(), "Café"),
    "latin-1 called utf-8": (b"Content-Type: text/plain; charset=utf-8\r\n\r\nCaf\xe9 noir", "Café noir"),
    "no charset": (b"Content-Type: text/plain\r\n\r\nCaf\xe9", "Café"),
    "an invented charset": (b"Content-Type: text/plain; charset=x-acme\r\n\r\nCaf\xc3\xa9", "Café"),
    "a codec that is none": (b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x41cme", "\\x41cme"),
    "japanese": (
        b"Content-Type: text/plain; charset=ISO-2022-JP\r\n\r\n\x1b$B%3!<%R!<\x1b(B",
        "コーヒー",
    ),
    "cyrillic": (b"Content-Type: text/plain; charset=koi8-r\r\n\r\n" + "Кофе и чай".encode("koi8-r"), "Кофе и чай"),
    "broken base64": (b"Content-Transfer-Encoding: base64\r\n\r\nQWNt!!!!ZQ=\r\n", "Acme"),
    "broken quoted-printable": (b"Content-Transfer-Encoding: quoted-printable\r\n\r\nAc=\r\nme =ZZ =", "Acme =ZZ"),
}


@pytest.mark.parametrize("what", CHARSETS)
def test_letters_survive_wrong_labels(what: str) -> None:
    """What a mail says of its own letters is often wrong; the reader sees the right ones."""
    body, said = CHARSETS[what]
    (item,) = read(b"From: x@y.example\r\nSubject: hi\r\n" + body)

    assert item.text.rstrip(" =") == said


def test_encoded_headers_are_read_across_their_pieces() -> None:
    """A letter split between two encoded words is one letter; what is no encoded word stays."""
    sender = b"From: =?utf-8?q?Caf=C3?=\r\n =?utf-8?q?=A9_Acme?= <x@y.example>\r\n"
    (item,) = read(sender + b"Subject: =?utf-8?b?Y2Fmw6k=?= at =?x?\r\n\r\nhi")

    assert item.author.name == "Café Acme"
    assert item.title == "café at =?x?"


def nested(depth: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return b"From: x@y.example\r\nSubject: deep\r\n" + head + b"Content-Type: text/plain\r\n\r\nbottom\r\n"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nested 20,000 deep": lambda: nested(20_000),
    "100,000 parts": lambda: (
        b"From: x@y.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000
    ),
    "a title of a megabyte": lambda: b"From: x@y.example\r\nSubject: " + b"A" * 1_000_000 + b"\r\n\r\nhi",
    "a megabyte of encoded words": lambda: (
        b"From: x@y.example\r\nSubject: " + b"=?utf-8?b?QUFB?= " * 60_000 + b"\r\n\r\nhi"
    ),
    "a megabyte of headers": lambda: b"X: y\r\n" * 170_000 + b"From: x@y.example\r\n\r\nhi",
    "a megabyte of folds": lambda: b"From: x@y.example\r\nSubject: a" + b"\r\n b" * 250_000 + b"\r\n\r\nhi",
    "a megabyte of angle brackets": lambda: b"From: x@y.example\r\nContent-Type: text/html\r\n\r\n" + b"<a " * 330_000,
    "a megabyte of links": lambda: (
        b"From: x@talkwalker.com\r\nContent-Type: text/html\r\n\r\n" + b"<a href=http://a.example/>b</a>" * 32_000
    ),
    "a megabyte of results": lambda: (
        b"From: x@y.example\r\nContent-Type: text/html\r\n\r\n"
        + b'<p itemtype="http://schema.org/Article"><a itemprop=url href=http://a.example/>' * 12_000
    ),
    "no headers": lambda: b"\r\n\r\nhello",
    "nothing": lambda: b"",
    "every byte": lambda: bytes(range(256)) * 100,
    "a boundary without end": lambda: (
        b'From: x@y.example\r\nContent-Type: multipart/mixed; boundary="\r\n\r\n--\r\nhello'
    ),
    "headers put in": lambda: (
        b"From: x@y.example\r\nSubject: =?utf-8?q?hi=0D=0ABcc:_a@b.example=1B[31m?=\r\n\r\nhi\x1b]0;x\x07"
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_mail_stops_the_others(what: str) -> None:
    """Whatever a stranger sends, the mail after it is read, and what comes of it is clean and of bounded length."""
    made = Imap(server="imap.acme.example", username=USER, password=Secret("x"), senders=("*",))
    page = page_of(made, Mail(1, HOSTILE[what]()[:1_000_000]), Mail(2, alert(ONE)))

    assert page.note is None
    assert ONE[0] in [item.url for item in page.items]
    for item in page.items:
        assert item.title is None or (item.title.isprintable() and len(item.title) <= 500)
        assert "\x1b" not in item.text


# --- the options ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"server": "https://imap.acme.example"}, "server"),
        ({"server": ""}, "server"),
        ({"server": "imap.acme.example", "port": 70_000}, "server"),
        ({"server": "two words"}, "server"),
        ({"server": "me@imap.acme.example"}, "server"),
        ({"username": "a\r\nb"}, "username"),
        ({"folder": "A\r\nB"}, "folder"),
        ({"senders": ()}, "senders"),
        ({"senders": ('a"\r\nX LOGOUT',)}, "senders"),
        ({"look_back": timedelta(days=-1)}, "look_back"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, object], option: str) -> None:
    """A wrong option is told by its name before anything is asked."""
    given: dict[str, object] = {"server": "imap.acme.example", "username": USER, "password": Secret("x")}
    with pytest.raises(UserError) as caught:
        Imap(**{**given, **options})  # type: ignore[arg-type]

    assert caught.value.problems[0].startswith(f"{option}: ")


@pytest.mark.parametrize(
    ("server", "options", "url"),
    [
        ("imap.acme.example", {}, "imaps://imap.acme.example:993"),
        ("imap.acme.example", {"security": "starttls"}, "imap://imap.acme.example:143"),
        ("imaps://imap.acme.example/", {"port": 1993}, "imaps://imap.acme.example:1993"),
        ("[::1]:1143", {"security": "none"}, "imap://[::1]:1143"),
    ],
)
def test_a_server_may_be_written_in_several_ways(server: str, options: dict[str, object], url: str) -> None:
    """With or without scheme and port, it is the same server."""
    made = Imap(server=server, username=USER, password=Secret("x"), **options)  # type: ignore[arg-type]

    assert next(iter(made.requests((), {}, NOW))).url == url


def test_a_configuration_may_name_the_server_in_every_way_it_is_written(tmp_path: Path) -> None:
    """By its name alone, as mail programs ask for it; no scheme of the web is put before it."""
    from mentionwatch.config.load import load_with_diagnostics

    written = ("imap.acme.example", "localhost", "localhost:1143", "imaps://imap.acme.example", "127.0.0.1")
    entries = "".join(
        f'[[sources]]\ntype = "imap"\nname = "{server}"\nserver = "{server}"\nusername = "jo"\n'
        'password = { env = "MAIL" }\n'
        for server in written
    )
    file = tmp_path / "mentionwatch.toml"
    file.write_text(f'[[brands]]\nname = "Acme"\nnames = ["Acme"]\n{entries}', "utf-8")
    sources = load_with_diagnostics(file, {"MAIL": "x"}).config.sources

    assert [source.source.server for source in sources] == [  # type: ignore[attr-defined]
        "imaps://imap.acme.example:993",
        "imaps://localhost:993",
        "imaps://localhost:1143",
        "imaps://imap.acme.example:993",
        "imaps://127.0.0.1:993",
    ]
    assert [source.hosts for source in sources][:2] == [("imap.acme.example",), ("localhost",)]
