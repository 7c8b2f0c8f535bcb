"""Mail servers that fail, lie, drip, flood or hang at every stage: from the command line, with a good server after.

Whatever the server does: the run exits 1 and says so unless everybody has the digest, the outbox tells what is known,
the next run with a sound server delivers it, and nobody who is known to have it gets it again.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from support.smtp_server import Talk, mail_server, talking_server
from support.waiting import PATIENCE
from support.world import World, entry, rss

ANN, BOB = "ann@acme.example", "bob@acme.example"
CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]
[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
backlog = "tell"
[smtp]
host = "127.0.0.1"
port = {port}
security = "{security}"
from = "digest@acme.example"
timeout = "{seconds:g}s"
reply_timeout = "{seconds:g}s"
{login}
[[digests]]
name = "morning"
to = ["ann@acme.example", "bob@acme.example"]
"""
LOGIN = 'username = "u"\npassword = { env = "PW" }'


@dataclass(frozen=True)
class Fault:
    """What a server says in place of what it should. A value of ``HANG`` says nothing for ever.

    ``ann``, ``bob``: what is known of each after it. ``asked``: answers by the command's first word, or ``"greeting"``,
    ``"dot"``; several for one word are given one after the other.
    """

    name: str
    asked: dict[str, bytes | Sequence[bytes]]
    ann: str = "pending"
    bob: str = "pending"
    said: str = ""
    security: str = "none"
    login: bool = False
    #: Sent byte by byte.
    drips: bool = False
    ehlo: bytes = b"250-hi\r\n250 SIZE 1000000\r\n"
    seen: list[bytes] = field(default_factory=list)


HANG, CLOSE = b"<hang>", b"<close>"
ALL: Any = {"ann": "accepted", "bob": "accepted"}
WORDS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot")
FAULTS = [
    *(Fault(f"421 at {word}", {word: b"421 4.3.2 going down\r\n"}, said="421") for word in WORDS),
    *(Fault(f"silence at {word}", {word: HANG}, said="no answer in time") for word in WORDS),
    *(Fault(f"closed at {word}", {word: CLOSE}, said="it closed the connection") for word in WORDS),
    *(Fault(f"binary at {word}", {word: b"\x00\xff\xfe\x1b[2J\r\n"}, said="not a mail server") for word in WORDS),
    *(Fault(f"flood at {word}", {word: b"250-x\r\n" * 20_000}, said="never ends") for word in WORDS),
    *(Fault(f"a line without end at {word}", {word: b"250 " + b"y" * 200_000}, said="never ends") for word in WORDS),
    Fault("4xx for one, 5xx for the other", {"RCPT": (b"450 later\r\n", b"550 never\r\n")}, bob="refused", said="450"),
    Fault("one taken, one put off", {"RCPT": (b"250 ok\r\n", b"451 greylisted\r\n")}, "accepted", "pending", "451"),
    Fault("one taken, one refused", {"RCPT": (b"250 ok\r\n", b"550 no\r\n")}, "accepted", "refused", "550 no"),
    Fault("both refused", {"RCPT": b"550 5.1.1 who\r\n"}, "refused", "refused", "550"),
    Fault("252 and 251 are yes", {"RCPT": (b"252 perhaps\r\n", b"251 elsewhere\r\n")}, **ALL),
    Fault("354 to RCPT", {"RCPT": b"354 go\r\n"}, said="354"),
    Fault("250 to DATA", {"DATA": b"250 ok\r\n"}, said="250"),
    Fault("552 at the size", {"MAIL": b"552 5.3.4 too big\r\n"}, said="552"),
    Fault("552 at the dot", {"dot": b"552 too big\r\n"}, "refused", "refused", "552"),
    Fault("354 at the dot", {"dot": b"354 more\r\n"}, said="354"),
    Fault("no SIZE, no 8BITMIME, no SMTPUTF8", {}, ehlo=b"250 hi\r\n", **ALL),
    Fault("HELO only", {"EHLO": b"502 what\r\n"}, **ALL),
    Fault("neither EHLO nor HELO", {"EHLO": b"502 what\r\n", "HELO": b"502 what\r\n"}, said="greeting"),
    Fault("many lines of features", {}, ehlo=b"250-X\r\n" * 500 + b"250 Y\r\n", **ALL),
    Fault("250 alone", {"dot": b"250\r\n"}, **ALL),
    Fault("250 and a tab", {"dot": b"250\tok\r\n"}, **ALL),
    Fault("250 and 30 kB", {"dot": b"250 " + b"k" * 30_000 + b"\r\n"}, **ALL),
    Fault("250 in 900 lines", {"dot": b"250-more\r\n" * 900 + b"250 end\r\n"}, **ALL),
    Fault("250 with escapes", {"dot": b"250 \x1b[31m\x07\xe2\x80\xae ok\r\n"}, **ALL),
    Fault("250 and a line feed only", {"dot": b"250 ok\n"}, **ALL),
    Fault("250, then 421 at once", {"dot": b"250 ok\r\n421 bye\r\n"}, **ALL),
    Fault("QUIT refused", {"QUIT": b"500 stay\r\n"}, **ALL),
    Fault("QUIT unheard", {"QUIT": HANG}, **ALL),
    Fault("QUIT met by a close", {"QUIT": CLOSE}, **ALL),
    Fault("dripping", {}, drips=True, **ALL),
    Fault("all answers at once", {"greeting": b"220 hi\r\n" + b"250 a\r\n" * 4 + b"354 b\r\n250 c\r\n"}, said="before"),
    Fault("an answer before the message", {"DATA": b"354 go\r\n250 taken\r\n"}, said="answered before it was asked"),
    Fault("HTTP", {"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, said="not a mail server"),
    Fault("554 at once", {"greeting": b"554 no SMTP here\r\n"}, said="554"),
    Fault("no STARTTLS", {}, security="starttls", said="does not offer STARTTLS"),
    Fault("STARTTLS refused", {"STARTTLS": b"454 not now\r\n"}, security="starttls", said="rejected STARTTLS"),
    Fault("STARTTLS, then no TLS", {"STARTTLS": b"220 go\r\n", "TLS": b"250 ok\r\n"}, security="starttls", said="TLS"),
    Fault("STARTTLS, then silence", {"STARTTLS": b"220 go\r\n", "TLS": HANG}, security="starttls", said="no answer"),
    Fault("STARTTLS, then closed", {"STARTTLS": b"220 go\r\n", "TLS": CLOSE}, security="starttls", said="127.0.0.1"),
    Fault(
        "an answer injected before TLS",
        {"STARTTLS": b"220 go\r\n250-AUTH PLAIN\r\n250 ok\r\n"},
        security="starttls",
        said="before TLS",
    ),
    Fault("no AUTH", {}, login=True, said="offers no login"),
    Fault("only unknown AUTH", {}, login=True, ehlo=b"250-hi\r\n250 AUTH GSSAPI NTLM\r\n", said="PLAIN, LOGIN"),
    Fault("AUTH put off", {"AUTH": b"454 later\r\n"}, login=True, ehlo=b"250-hi\r\n250 AUTH PLAIN\r\n", said="454"),
    Fault("AUTH refused", {"AUTH": b"535 no\r\n"}, login=True, ehlo=b"250-hi\r\n250 AUTH PLAIN\r\n", said="535"),
    Fault("AUTH unheard", {"AUTH": HANG}, login=True, ehlo=b"250-hi\r\n250 AUTH PLAIN\r\n", said="no answer"),
    Fault("a challenge of junk", {"AUTH": b"334 !!\r\n"}, login=True, ehlo=b"250-a\r\n250 AUTH CRAM-MD5\r\n"),
    Fault(
        "the password told back", {"AUTH": b"535 hunter2secret\r\n"},
        login=True, ehlo=b"250-a\r\n250 AUTH PLAIN\r\n", said="***",
    ),
]  # fmt: skip
#: At the dot, what cannot be read as an answer leaves it open whether the mail was taken.
SOUND = {
    "greeting": b"220 hi\r\n", "HELO": b"250 hi\r\n", "MAIL": b"250 ok\r\n", "RCPT": b"250 ok\r\n",
    "DATA": b"354 go\r\n", "dot": b"250 taken\r\n", "QUIT": b"221 bye\r\n", "STARTTLS": b"220 go\r\n",
}  # fmt: skip


def server_of(fault: Fault) -> Talk:
    """A server with this fault; notes each command it gets, and the message under ``"dot"``."""
    given: dict[str, int] = {}
    offer = b"250-hi\r\n250-STARTTLS\r\n" if "STARTTLS" in fault.asked else b""
    sound = {**SOUND, "EHLO": offer + fault.ehlo}

    def answer(word: str) -> bytes:
        told = fault.asked.get(word, sound.get(word, b"500 what\r\n"))
        if isinstance(told, bytes):
            return told
        given[word] = given.get(word, -1) + 1
        return told[min(given[word], len(told) - 1)]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        word = "greeting"
        while True:
            words = answer(word)
            if words == HANG:
                await reader.read()
                return
            if words == CLOSE:
                return
            for piece in [words[n : n + 1] for n in range(len(words))] if fault.drips else [words]:
                writer.write(piece)
                await writer.drain()
            if word == "STARTTLS" and "TLS" in fault.asked:
                await reader.read(10)
                word = "TLS"
                continue
            if word == "DATA" and words.startswith(b"354"):
                message = b""
                while not message.endswith(b"\r\n.\r\n"):
                    line = await reader.readline()
                    if not line:
                        return
                    message += line
                fault.seen.append(message)
                word = "dot"
                continue
            line = await reader.readline()
            if not line:
                return
            word = line.split()[0].decode("ascii", "replace").upper() if line.split() else ""

    return talk


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate, and the file by which it is trusted."""
    made, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert("127.0.0.1").configure_cert(context)
    return context, file


def known(world: World) -> dict[str, str]:
    """What ``deliveries`` tells of each recipient."""
    (told,) = json.loads(world.run("deliveries", "--json").out)["deliveries"]
    return {one["address"]: one["state"] for one in told["recipients"]}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_no_server_loses_or_doubles_a_digest(
    fault: Fault, world: World, authority: tuple[ssl.SSLContext, Path]
) -> None:
    """And the exit status, the message and the outbox say what is known."""
    world.environ["PW"] = "hunter2secret"
    login = LOGIN if fault.login else ""
    with talking_server(server_of(fault)) as port:
        # Only of a server that says nothing is it waited for the end; QUIT has a time of its own.
        hangs = HANG in fault.asked.values() and "QUIT" not in fault.asked
        seconds = 1 if hangs else PATIENCE
        world.configure(CONFIG.format(port=port, security=fault.security, login=login, seconds=seconds))
        world.serve("https://one.example/rss", rss(entry("Acme burns beans", "https://n.example/1", guid="1")))
        assert world.run("scan").status == 0
        ran = world.run("digest", "--email")
        told = known(world)
    reached = {who for who, state in told.items() if state == "accepted"}

    assert told == {ANN: fault.ann, BOB: fault.bob}
    assert ran.status == (0 if reached == {ANN, BOB} else 1)
    assert fault.said in ran.err
    assert "Traceback" not in ran.err
    assert "hunter2secret" not in ran.err
    assert all(line.isprintable() for line in ran.err.splitlines())
    assert len(ran.err) < 3_000
    # What had been given to a server that did not say 250 may have been sent; what had not, was not.
    with mail_server(tls=authority[0] if fault.security == "starttls" else None) as sound:
        world.configure(
            CONFIG.format(
                port=sound.port,
                seconds=PATIENCE,
                security=fault.security,
                login=f'ca_file = "{authority[1]}"' if fault.security == "starttls" else "",
            )
        )
        after = world.later(minutes=30).run("digest", "--email")
        again = world.run("digest", "--email")

    expected = {ANN, BOB} - reached
    if reached and fault.bob == "refused":
        expected -= {BOB}  # the others have it: it is settled, and the refusal was told
    assert (after.status, again.status) == (0, 0)
    assert {who for mail in sound.mails for who in mail.recipients} == expected
    assert len(sound.mails) == bool(expected)
    if fault.seen and sound.mails:
        assert fault.seen[0].replace(b"\r\n..", b"\r\n.").startswith(sound.mails[0].content[:-2])
