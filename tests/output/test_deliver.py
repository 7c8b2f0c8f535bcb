"""What a mail server, good or bad, makes of our mails – and what we make of its answers."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from mentionwatch.config import SmtpSettings
from mentionwatch.deliver import Delivery, DeliveryReport, Outcome, SendResult
from mentionwatch.deliver.message import address, message_bytes, message_id
from mentionwatch.deliver.outbox import backoff, send_pending
from mentionwatch.deliver.smtp import check, send
from mentionwatch.errors import UserError
from mentionwatch.messages import Secret
from mentionwatch.render import html, phrases, text
from support.digest_sample import NOW, morning
from support.smtp_server import MailServer, mail_server, script, talking_server
from support.torture import examples
from support.waiting import DEADLINES, PATIENCE

PATIENT = timedelta(seconds=PATIENCE)
ANN, BOB, CY = "ann@acme.example", "bob@acme.example", "cy@acme.example"


@dataclass(frozen=True)
class Trust:
    """A private certificate authority, and a server's certificate from it."""

    file: Path
    server: ssl.SSLContext


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return Trust(file, context)


def plain(port: int, timeout: timedelta = PATIENT) -> SmtpSettings:
    return SmtpSettings(
        "127.0.0.1",
        port,
        "none",
        from_="mentionwatch <digest@acme.example>",
        timeout=timeout,
        reply_timeout=timeout,
    )


def mail_of_the_morning(to: Sequence[str] = (ANN,), **more: object) -> bytes:
    digest = morning()
    given: dict[str, object] = {
        "subject": phrases.subject(digest), "text": text.render(digest), "html": html.mail(digest),
        "from_": "mentionwatch <digest@acme.example>", "to": to,
        "message_id": message_id("morning 1", "digest@acme.example"), "date": NOW, "digest": "morning",
    }  # fmt: skip
    return message_bytes(**(given | more))  # type: ignore[arg-type]


MAIL = mail_of_the_morning()


def states(result: SendResult) -> dict[str, str]:
    return {outcome.recipient: outcome.state for outcome in result.outcomes}


# -- the message -------------------------------------------------------------------------------------------------------


def test_the_mail_as_received_is_the_digest_twice_as_text_and_as_html() -> None:
    """What arrives is multipart/alternative: the plain digest, then the same as HTML."""
    with mail_server() as server:
        result = send(plain(server.port), MAIL, [ANN])
    (received,) = server.mails
    mail = received.mail
    parts = [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]

    assert states(result) == {ANN: "accepted"}
    assert received.content == MAIL
    assert mail.get_content_type() == "multipart/alternative"
    assert parts == [text.render(morning()), html.mail(morning())]


def test_the_headers_say_what_it_is_and_nothing_of_a_stranger() -> None:
    """Subject, list, id and date are ours; software that answers mail is told not to."""
    with mail_server() as server:
        send(plain(server.port), MAIL, [ANN])
    mail = server.mails[0].mail

    assert mail["Subject"] == "9 mentions of Acme Coffee and Bolt Roasters, 1 urgent (mentionwatch)"
    assert mail["From"] == "mentionwatch <digest@acme.example>"
    assert mail["To"] == ANN
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == message_id("morning 1", "digest@acme.example")
    assert mail["List-Id"] == "mentionwatch digest <morning.mentionwatch.acme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Bcc"] is None


def test_equal_input_gives_the_same_bytes() -> None:
    """A copy of a digest is the same mail, byte for byte."""
    assert mail_of_the_morning() == MAIL
    assert mail_of_the_morning(message_id=message_id("morning 2", ANN)) != MAIL


@settings(max_examples=examples(40))
@given(
    st.text()
    | st.sampled_from(["=?UTF-8?Q?=0A?=Bcc: x@y.test", "a\r\nBcc: x@y.test", "\x1b]0;x\x07", "\ud800", "=?" * 40]),
    st.text(),
)
def test_a_brand_name_can_add_no_header(name: str, body: str) -> None:
    """Whatever a brand or a post is called, the mail has the headers it should, and lines that every server takes."""
    message = mail_of_the_morning(
        subject=f"7 new mentions of {name} (mentionwatch)", text=body.encode("utf-8", "replace").decode()
    )
    head, _, _ = message.partition(b"\r\n\r\n")
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]

    assert names == [
        b"Subject", b"From", b"To", b"Date", b"Message-ID", b"List-Id", b"Auto-Submitted", b"X-Auto-Response-Suppress",
        b"MIME-Version", b"Content-Type",
    ]  # fmt: skip
    assert all(len(line) < 998 for line in message.split(b"\r\n"))
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert message.isascii()


@pytest.mark.parametrize(
    ("mailbox", "bare"),
    [
        ("team@acme.example", "team@acme.example"),
        ("The Team <team@acme.example>", "team@acme.example"),
        ("team@b\xfcro.example", "team@xn--bro-hoa.example"),
        ("Büro <a.b+c@例え.example>", "a.b+c@xn--r8jz45g.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_a_domain_of_any_script_is_reached(mailbox: str, bare: str) -> None:
    """A domain is sent to in IDNA, whatever it is written in."""
    assert address(mailbox) == bare
    assert mail_of_the_morning(to=[mailbox]).isascii()


@pytest.mark.parametrize(
    "mailbox", ["", "nobody", "a b@acme.example", "a@b@", "x@acme.example\r\nBcc: y@z.test", "ü@acme.example", "a@"]
)
def test_what_is_no_address_is_told(mailbox: str) -> None:
    """A wrong address is an error that shows it, not a mail to somebody else."""
    with pytest.raises(UserError, match="not an address") as caught:
        address(mailbox)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["Bäckerei Grünwald 🥐 " * 9, "ร้านกาแฟ" * 20, "カ" * 150, "😀" * 90, "é"])
def test_encoded_words_are_as_long_as_they_may_be(name: str) -> None:
    """RFC 2047: 75 characters each, on lines of 76, and each can be read alone."""
    sender = f"{name.strip()} <digest@acme.example>"
    message = mail_of_the_morning(subject=name, from_=sender, to=[sender.replace("digest", "team")])
    head = message.partition(b"\r\n\r\n")[0].decode("ascii")
    words = re.findall(r"=\?[^\s]+\?=", head)

    assert max(map(len, head.split("\r\n"))) <= 76
    assert max(map(len, words)) <= 75
    for word in words:
        assert "\ufffd" not in str(make_header(decode_header(word)))
    mail = message_from_bytes(message)
    assert str(make_header(decode_header(mail["Subject"]))) == name.strip()
    assert parseaddr(mail["To"].replace("\r\n", ""))[1] == "team@acme.example"


# -- a good server -----------------------------------------------------------------------------------------------------


def test_starttls_and_login(trust: Trust) -> None:
    """The common case: STARTTLS with a verified certificate, then a login, then the mail."""
    with mail_server(tls=trust.server, users={"digest": "s3cret word"}) as server:
        smtp = replace(
            plain(server.port),
            security="starttls",
            ca_file=trust.file,
            username="digest",
            password=Secret("s3cret word"),
        )
        result = send(smtp, MAIL, [ANN, BOB])
        line = check(smtp)

    assert states(result) == {ANN: "accepted", BOB: "accepted"}
    assert [(mail.over_tls, mail.login, mail.recipients) for mail in server.mails] == [(True, "digest", [ANN, BOB])]
    assert line.startswith(f"127.0.0.1:{server.port}: TLSv1.")
    assert line.endswith("logged in as digest")


def test_tls_from_the_first_byte(trust: Trust) -> None:
    """``security = "tls"`` speaks TLS at once, as port 465 wants it."""
    with mail_server(tls=trust.server, implicit=True) as server:
        smtp = replace(plain(server.port), security="tls", ca_file=trust.file)
        result = send(smtp, MAIL, [ANN])

    assert states(result) == {ANN: "accepted"}
    assert server.mails[0].content == MAIL


def test_a_password_of_any_script(trust: Trust) -> None:
    """A login and password beyond ASCII work."""
    with mail_server(tls=trust.server, users={"büro": "пароль"}) as server:
        smtp = replace(
            plain(server.port), security="starttls", ca_file=trust.file, username="büro", password=Secret("пароль")
        )

        assert check(smtp).endswith("logged in as büro")


def test_lines_that_begin_with_a_dot_arrive_whole() -> None:
    """A dot alone on a line does not end the mail early."""
    body = ".\n..\n.hidden\nend\n"
    with mail_server() as server:
        send(plain(server.port), mail_of_the_morning(text=body), [ANN])
    part = server.mails[0].mail.get_body(("plain",))

    assert part is not None
    assert part.get_content().replace("\r\n", "\n") == body


def test_check_sends_nothing() -> None:
    """``check --online`` logs in and goes."""
    with mail_server() as server:
        line = check(plain(server.port))

    assert line == f"127.0.0.1:{server.port}: not encrypted, no login"
    assert server.mails == []


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_one_refused_recipient_does_not_keep_the_mail_from_the_others() -> None:
    """Each recipient has an outcome of their own, with the server's reason."""
    with mail_server() as server:
        server.orders.rcpt = {BOB: "550 5.1.1 no such user", CY: "450 4.2.1 mailbox busy"}
        result = send(plain(server.port), MAIL, [ANN, BOB, CY])

    assert result.error is None
    assert result.outcomes == (
        Outcome(ANN, "accepted", 250, "OK"),
        Outcome(BOB, "refused", 550, "5.1.1 no such user"),
        Outcome(CY, "later", 450, "4.2.1 mailbox busy"),
    )
    assert server.mails[0].recipients == [ANN]


@pytest.mark.parametrize(
    ("where", "answer", "state"),
    [
        ("data", "554 no", "refused"),
        ("data", "451 not now", "later"),
        ("dot", "554 5.7.1 looks like spam", "refused"),
        ("dot", "452 4.3.1 full", "later"),
    ],
)
def test_a_message_that_is_not_taken(where: str, answer: str, state: str) -> None:
    """5xx to the message is a refusal, 4xx is for later; nobody has it."""
    with mail_server() as server:
        setattr(server.orders, where, answer)
        result = send(plain(server.port), MAIL, [ANN])

    assert [(outcome.state, f"{outcome.code} {outcome.reply}") for outcome in result.outcomes] == [(state, answer)]
    assert server.mails == []


@pytest.mark.parametrize("answer", ["421 too busy", "450 later", "553 sender unknown"])
def test_a_sender_that_is_not_taken_is_told_with_the_mend(answer: str) -> None:
    """Nobody was asked, so everybody stays for later; the error names the server."""
    with mail_server() as server:
        server.orders.mail = answer
        result = send(plain(server.port), MAIL, [ANN, BOB])

    assert states(result) == {ANN: "later", BOB: "later"}
    assert result.error is not None
    assert f"127.0.0.1:{server.port}" in result.error
    assert answer in result.error
    assert ("check smtp.from" in result.error) == answer.startswith("5")


def test_a_server_that_ends_the_talk_at_a_recipient() -> None:
    """421 at RCPT: the mail was given to nobody, whoever was named before."""
    with mail_server() as server:
        server.orders.rcpt = {BOB: "421 goodbye"}
        result = send(plain(server.port), MAIL, [ANN, BOB, CY])

    assert states(result) == {ANN: "later", BOB: "later", CY: "later"}
    assert server.mails == []


def test_a_recipient_that_is_no_address_is_refused_alone() -> None:
    """A mistyped recipient does not keep the mail from the others."""
    with mail_server() as server:
        result = send(plain(server.port), MAIL, ["nobody", ANN])

    assert states(result) == {"nobody": "refused", ANN: "accepted"}


def test_a_message_too_large_for_the_server() -> None:
    """A size the server does not take is told before the message is given."""
    with mail_server(size=1000) as server:
        result = send(plain(server.port), MAIL, [ANN])

    assert states(result) == {ANN: "later"}
    assert "552" in (result.error or "")


# -- connections that end ----------------------------------------------------------------------------------------------


def test_a_connection_lost_after_the_message_may_have_been_sent() -> None:
    """No 250, no knowledge: it is told as such, never as sent or as failed."""
    with mail_server() as server:
        server.orders.hang_up = "before 250"
        result = send(plain(server.port), MAIL, [ANN, BOB])

    assert states(result) == {ANN: "unknown", BOB: "unknown"}
    assert "may have been sent" in result.outcomes[0].reply


def test_a_server_that_hangs_up_after_250_has_taken_the_mail() -> None:
    """What happens after the 250 changes nothing: it is not sent again."""
    with mail_server() as server:
        server.orders.hang_up = "after 250"
        result = send(plain(server.port), MAIL, [ANN])

    assert states(result) == {ANN: "accepted"}
    assert len(server.mails) == 1


_TALK = (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")


@pytest.mark.parametrize(
    ("answers", "state", "said"),
    [
        ((b"421 too many connections\r\n",), "later", "is not accepting mail now: 421 too many connections"),
        ((b"554 go away\r\n",), "later", "is not accepting mail now: 554 go away"),
        ((b"HTTP/1.1 400 Bad Request\r\n",), "later", "not a mail server: 'HTTP/1.1 400 Bad Request'"),
        ((b"\x1b]0;owned\x07\xff\xfe\r\n",), "later", "not a mail server"),
        ((b"2" * 5000,), "later", "not a mail server"),
        ((b"220-hi\r\n" * 9000,), "later", "never ends"),
        ((b"",), "later", "it closed the connection"),
        ((b"220 hi\r\n", b"500 what\r\n", b"500 what\r\n"), "later", "rejected our greeting: 500 what"),
        ((*_TALK[:3], b"250 ok\r\n", b"nonsense\r\n"), "later", "not a mail server"),
        ((*_TALK, b"nonsense\r\n"), "unknown", "may have been sent"),
        ((*_TALK, b"250 taken\r\n", b"421 no time to say goodbye\r\n"), "accepted", "taken"),
        ((*_TALK, b"250 taken \x1b[31m\xe2\x80\xae\r\n", b""), "accepted", "taken [31m"),
    ],
)  # fmt: skip
def test_a_server_that_speaks_oddly(answers: tuple[bytes, ...], state: str, said: str) -> None:
    """Every odd answer has one outcome, and is told clean."""
    with talking_server(script(*answers)) as port:
        result = send(plain(port), MAIL, [ANN])
    (outcome,) = result.outcomes

    assert outcome.state == state
    assert said in outcome.reply
    assert outcome.reply.isprintable()


@pytest.mark.parametrize(("spoken", "state"), [(0, "later"), (1, "later"), (2, "later"), (4, "later"), (5, "unknown")])
def test_a_server_that_falls_silent_is_left(spoken: int, state: str) -> None:
    """No answer in time ends the try; only silence after the message leaves it open whether it was sent."""
    for seconds in DEADLINES:
        silent = threading.Event()
        with talking_server(script(*_TALK[:spoken], None, silent=silent)) as port:
            result = send(plain(port, timedelta(seconds=seconds)), MAIL, [ANN])
        if silent.is_set():  # on a busy machine the time may be over before the server came so far
            break

    assert silent.is_set()
    assert states(result) == {ANN: state}
    assert re.search("no answer in time|not finished after", result.outcomes[0].reply)


@pytest.mark.parametrize("drip", [b"2", b"250-more\r\n"], ids=["a byte", "a line"])
@pytest.mark.parametrize("spoken", [0, 1, 2, 3, 4, 5])
def test_a_server_that_drips_an_answer_is_cut_off_at_any_point(spoken: int, drip: bytes) -> None:
    """A byte now and then keeps every single wait short, and the whole would never end."""
    for seconds in DEADLINES:
        dripping = threading.Event()
        with talking_server(script(*_TALK[:spoken], None, silent=dripping, drip=drip)) as port:
            result = send(plain(port, timedelta(seconds=seconds)), MAIL, [ANN])
        if dripping.is_set():
            break

    assert dripping.is_set()
    assert states(result) == {ANN: "unknown" if spoken == 5 else "later"}


def test_a_server_that_drips_is_cut_off_in_the_end() -> None:
    """An answer that comes byte by byte, for ever, is bounded by the whole conversation's time."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answered = asyncio.Event()
        asyncio.get_running_loop().call_later(PATIENCE, answered.set)
        while not answered.is_set():
            writer.write(b"2")
            await writer.drain()
            try:
                # Nothing is ever said by the client before the greeting: this waits a little, and ends when it goes.
                if not await asyncio.wait_for(reader.read(1), 0.02):
                    return
            except TimeoutError:
                continue

    with talking_server(drip) as port:
        result = send(plain(port, timedelta(seconds=0.3)), MAIL, [ANN])

    assert states(result) == {ANN: "later"}
    assert result.error == f"127.0.0.1:{port}: no answer in time: not finished after 0.3 s"


# -- no trust ----------------------------------------------------------------------------------------------------------


def test_no_starttls_no_mail() -> None:
    """Where STARTTLS is configured and not offered, nothing is sent in the clear."""
    with mail_server() as server:
        result = send(replace(plain(server.port), security="starttls"), MAIL, [ANN])

    assert states(result) == {ANN: "later"}
    assert "does not offer STARTTLS" in (result.error or "")
    assert server.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["unknown authority", "wrong name"])
def test_a_certificate_that_is_not_trusted(trust: Trust, security: Literal["starttls", "tls"], fault: str) -> None:
    """A bad certificate ends it before the password or the mail is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    other = trustme.CA()
    (other if fault == "unknown authority" else trustme.CA()).issue_cert("127.0.0.1").configure_cert(context)
    host = "127.0.0.1"
    ca_file: Path | None = trust.file
    if fault == "wrong name":
        context, host = trust.server, "localhost"
    with mail_server(tls=context, implicit=security == "tls", users={"u": "hunter22"}) as server:
        smtp = SmtpSettings(
            host,
            server.port,
            security,
            "u",
            Secret("hunter22"),
            "d@acme.example",
            ca_file,
            PATIENT,
        )
        result = send(smtp, MAIL, [ANN])

    assert states(result) == {ANN: "later"}
    assert "its certificate is not trusted" in (result.error or "")
    assert "smtp.ca_file" in (result.error or "")
    assert server.mails == []


def test_tls_where_none_is_spoken() -> None:
    """``security = "tls"`` on a plain port says which setting to look at."""
    with mail_server() as server:
        result = send(replace(plain(server.port), security="tls"), MAIL, [ANN])

    assert "smtp.security" in (result.error or "")


def test_a_wrong_password_is_told_and_not_shown(trust: Trust) -> None:
    """The error names server, login and hint; the password is in it in no form."""
    with mail_server(tls=trust.server, users={"digest": "right"}) as server:
        smtp = replace(
            plain(server.port), security="starttls", ca_file=trust.file, username="digest", password=Secret("hunter22")
        )
        result = send(smtp, MAIL, [ANN])
        with pytest.raises(UserError) as caught:
            check(smtp)

    assert str(caught.value) == result.error
    assert f"127.0.0.1:{server.port}: rejected the login of digest: 535" in (result.error or "")
    assert "check smtp.username and smtp.password" in (result.error or "")
    assert "hunter22" not in repr(result)


def test_a_server_that_gives_the_password_back_does_not_get_it_shown() -> None:
    """Even where the server's own words hold the password, ours do not."""
    answers = (
        b"220 hi\r\n",
        b"250-hi\r\n250 AUTH PLAIN\r\n",
        b"535 hunter22 AGRpZ2VzdABodW50ZXIyMg== aHVudGVyMjI=\r\n",
    )
    with talking_server(script(*answers)) as port:
        smtp = replace(plain(port), username="digest", password=Secret("hunter22"))
        result = send(smtp, MAIL, [ANN])

    assert "535 *** *** ***" in (result.error or "")
    assert "hunter22" not in repr(result)


def test_no_login_is_offered() -> None:
    """A configured login that the server does not know of is told, and nothing is sent without it."""
    with talking_server(script(b"220 hi\r\n", b"250-hi\r\n250 SIZE 1000000\r\n", b"221 bye\r\n")) as port:
        result = send(replace(plain(port), username="u", password=Secret("pppp")), MAIL, [ANN])

    assert "offers no login" in (result.error or "")
    assert states(result) == {ANN: "later"}


def test_nobody_listens() -> None:
    """A refused connection names the address and what to check."""
    with talking_server(script(b"")) as port:
        pass
    result = send(plain(port), MAIL, [ANN])

    assert result.error == f"127.0.0.1:{port}: connection refused; check smtp.host, smtp.port and smtp.security"


def test_a_missing_ca_file_is_told(tmp_path: Path) -> None:
    """A ca_file that is not there is named."""
    with mail_server() as server:
        smtp = replace(plain(server.port), security="tls", ca_file=tmp_path / "none.pem")
        result = send(smtp, MAIL, [ANN])

    assert f"smtp.ca_file {tmp_path / 'none.pem'}" in (result.error or "")


# -- the outbox --------------------------------------------------------------------------------------------------------


@dataclass
class Shelf:
    """An outbox in memory that keeps the store's promises."""

    rows: dict[int, Delivery] = field(default_factory=dict)
    log: list[tuple[int, str]] = field(default_factory=list)

    def put(self, *to: str, message: bytes = MAIL) -> Delivery:
        one = len(self.rows) + 1
        self.rows[one] = Delivery(one, "mail", "morning", "Acme Coffee", to, message)
        return self.rows[one]

    def pending(self) -> tuple[Delivery, ...]:
        return tuple(row for row in self.rows.values() if row.pending)

    def settle(self, delivery: Delivery, outcomes: Sequence[Outcome], now: datetime) -> None:
        self._record(delivery.id, outcomes)
        self.rows[delivery.id] = replace(self.rows[delivery.id], pending=(), next_try_at=None)
        self.log.append((delivery.id, "sent"))

    def postpone(
        self, delivery: Delivery, outcomes: Sequence[Outcome], error: str, now: datetime, next_try_at: datetime
    ) -> None:
        self._record(delivery.id, outcomes)
        row = self.rows[delivery.id]
        self.rows[delivery.id] = replace(row, attempts=row.attempts + 1, next_try_at=next_try_at)
        self.log.append((delivery.id, "failed"))

    def _record(self, id: int, outcomes: Sequence[Outcome]) -> None:
        row = self.rows[id]
        took = tuple(outcome.recipient for outcome in outcomes if outcome.state == "accepted")
        self.rows[id] = replace(
            row, accepted=row.accepted + took, pending=tuple(one for one in row.pending if one not in took)
        )


def send_due(shelf: Shelf, smtp: SmtpSettings, now: datetime, *, at_once: bool = False) -> list[DeliveryReport]:
    return send_pending(shelf, lambda one: send(smtp, one.content, one.pending), lambda: now, at_once=at_once)


@contextmanager
def shelf_and_server(*to: str) -> Iterator[tuple[Shelf, MailServer]]:
    shelf = Shelf()
    shelf.put(*to)
    with mail_server() as server:
        yield shelf, server


def test_what_was_sent_is_not_sent_again() -> None:
    """A digest that the server took is settled; a second run has nothing to do."""
    with shelf_and_server(ANN, BOB) as (shelf, server):
        first = send_due(shelf, plain(server.port), NOW)
        second = send_due(shelf, plain(server.port), NOW, at_once=True)

    assert [(report.settled, report.failed) for report in first] == [(True, False)]
    assert second == []
    assert len(server.mails) == 1


def test_a_temporary_refusal_is_tried_again_after_a_rest_or_at_once_when_asked() -> None:
    """4xx: one minute, then five, …; a person who asks does not wait. The same bytes each time."""
    with shelf_and_server(ANN) as (shelf, server):
        server.orders.dot = "451 greylisted"
        (first,) = send_due(shelf, plain(server.port), NOW)
        too_soon = send_due(shelf, plain(server.port), NOW + timedelta(seconds=59))
        (second,) = send_due(shelf, plain(server.port), NOW + timedelta(seconds=60))
        server.orders.dot = None
        (third,) = send_due(shelf, plain(server.port), NOW + timedelta(seconds=61), at_once=True)

    assert (first.settled, first.failed, first.next_try_at) == (False, True, NOW + timedelta(minutes=1))
    assert first.error == f"{ANN}: 451 greylisted"
    assert too_soon == []
    assert second.next_try_at == NOW + timedelta(minutes=6)
    assert (third.settled, third.failed) == (True, False)
    assert [mail.content for mail in server.mails] == [MAIL]


def test_only_those_who_have_not_accepted_are_tried_again() -> None:
    """A partial refusal: who has the digest does not get it twice."""
    with shelf_and_server(ANN, BOB) as (shelf, server):
        server.orders.rcpt = {BOB: "450 busy"}
        (first,) = send_due(shelf, plain(server.port), NOW)
        server.orders.rcpt = {}
        (second,) = send_due(shelf, plain(server.port), NOW, at_once=True)

    assert (first.settled, second.settled) == (False, True)
    assert [mail.recipients for mail in server.mails] == [[ANN], [BOB]]
    assert server.mails[0].content == server.mails[1].content


def test_a_final_refusal_of_some_is_told_and_settled() -> None:
    """5xx for one of two: told once with the reason, and the digest is done."""
    with shelf_and_server(ANN, BOB) as (shelf, server):
        server.orders.rcpt = {BOB: "550 no such user"}
        (report,) = send_due(shelf, plain(server.port), NOW)

    assert (report.settled, report.failed) == (True, True)
    assert report.outcomes[1] == Outcome(BOB, "refused", 550, "no such user")
    assert shelf.log == [(1, "sent")]


def test_a_refusal_after_others_have_accepted_settles_too() -> None:
    """Ann took it, Bob was busy and is then refused for good: done, and told."""
    with shelf_and_server(ANN, BOB) as (shelf, server):
        server.orders.rcpt = {BOB: "450 busy"}
        send_due(shelf, plain(server.port), NOW)
        server.orders.rcpt = {BOB: "550 no such user"}
        (report,) = send_due(shelf, plain(server.port), NOW, at_once=True)

    assert (report.settled, report.failed) == (True, True)


def test_a_digest_that_everybody_refused_stays_and_is_told_each_time() -> None:
    """Nobody has it, so it is not dropped: pending, a day's rest, and every run that is asked says so."""
    with shelf_and_server(ANN) as (shelf, server):
        server.orders.dot = "554 looks like spam"
        (first,) = send_due(shelf, plain(server.port), NOW)
        by_the_way = send_due(shelf, plain(server.port), NOW + timedelta(hours=23))
        (asked,) = send_due(shelf, plain(server.port), NOW + timedelta(hours=23), at_once=True)
        server.orders.dot = None
        (mended,) = send_due(shelf, plain(server.port), NOW + timedelta(hours=24), at_once=True)

    assert (first.settled, first.failed, first.next_try_at) == (False, True, NOW + timedelta(days=1))
    assert by_the_way == []
    assert asked.failed
    assert (mended.settled, mended.failed) == (True, False)


def test_what_may_have_been_sent_is_sent_again_as_the_very_same_mail() -> None:
    """Rather twice than never; the copy bears the same Message-ID and is the same bytes."""
    with shelf_and_server(ANN) as (shelf, server):
        server.orders.hang_up = "before 250"
        (first,) = send_due(shelf, plain(server.port), NOW)
        server.orders.hang_up = None
        (second,) = send_due(shelf, plain(server.port), NOW + timedelta(minutes=1))

    assert "may have been sent" in (first.error or "")
    assert second.settled
    assert server.mails[0].content == MAIL


def test_a_crash_after_the_server_took_it_sends_the_same_mail_again() -> None:
    """Killed between the 250 and our note of it: the next run sends a copy, identical."""

    class Crash(Exception):
        pass

    class CrashingShelf(Shelf):
        def settle(self, delivery: Delivery, outcomes: Sequence[Outcome], now: datetime) -> None:
            raise Crash

    shelf = CrashingShelf()
    shelf.put(ANN)
    with mail_server() as server:
        with pytest.raises(Crash):
            send_due(shelf, plain(server.port), NOW)
        send_due(Shelf(shelf.rows), plain(server.port), NOW)

    assert [mail.content for mail in server.mails] == [MAIL, MAIL]


def test_one_digest_in_trouble_does_not_hold_up_the_next() -> None:
    """Each delivery is tried and noted for itself, oldest first."""
    shelf = Shelf()
    shelf.put(BOB)
    shelf.put(ANN)
    with mail_server() as server:
        server.orders.rcpt = {BOB: "450 busy"}
        reports = send_due(shelf, plain(server.port), NOW)

    assert [(report.delivery.id, report.settled) for report in reports] == [(1, False), (2, True)]
    assert shelf.log == [(1, "failed"), (2, "sent")]


def test_rests_grow_to_four_hours() -> None:
    """1 min, 5 min, 15 min, 1 h, then every 4 h."""
    minutes = [backoff(attempts) / timedelta(minutes=1) for attempts in (1, 2, 3, 4, 5, 6, 500)]

    assert minutes == [1, 5, 15, 60, 240, 240, 240]


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (timedelta(seconds=5), timedelta(minutes=1)),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=30), timedelta(days=1)),
    ],
)
def test_a_server_may_ask_for_a_longer_rest_but_for_no_more_than_a_day(asked: timedelta, waited: timedelta) -> None:
    """Whatever carries the message: ``retry_at`` extends the backoff."""
    shelf = Shelf()
    delivery = shelf.put(ANN)
    busy = SendResult((Outcome(ANN, "later", 429, "slow down"),), "slow down", NOW + asked)
    (report,) = send_pending(shelf, lambda _: busy, lambda: NOW)

    assert (report.delivery, report.settled, report.error) == (delivery, False, "slow down")
    assert report.next_try_at == shelf.rows[1].next_try_at == NOW + waited
