"""Mail servers on loopback: a real one (aiosmtpd) that can be told to fail, and one that speaks a script.

Both listen on a port that the system picks and end with their ``with`` block.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from support.waiting import PATIENCE, join


@dataclass
class Received:
    """One mail as the server took it."""

    sender: str
    recipients: list[str]
    content: bytes
    over_tls: bool
    login: str | None

    @property
    def mail(self) -> EmailMessage:
        return BytesParser(policy=default).parsebytes(self.content)


@dataclass
class Orders:
    """What the server is told to do wrong: answers by command, and by recipient for RCPT. Popped when ``once``."""

    mail: str | None = None
    rcpt: dict[str, str] = field(default_factory=dict)
    #: Instead of 354.
    data: str | None = None
    #: Instead of 250 after the dot.
    dot: str | None = None
    #: Read the message, then end the connection: before the 250, or after it.
    hang_up: str | None = None
    #: After 421 to this command the connection ends.
    ehlo: str | None = None


class _Handler:
    def __init__(self, orders: Orders, mails: list[Received]) -> None:
        self.orders = orders
        self.mails = mails

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.orders.mail:
            return self.orders.mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if refusal := self.orders.rcpt.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.orders.hang_up == "before 250":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 never heard"
        if self.orders.dot:
            return self.orders.dot
        self.mails.append(
            Received(
                str(envelope.mail_from),
                list(envelope.rcpt_tos),
                cast(bytes, envelope.original_content),
                session.ssl is not None,
                cast(str | None, session.auth_data),
            )
        )
        if self.orders.hang_up == "after 250":
            await server.push("250 OK")
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.close()
        return "250 OK"


class _Server(SMTP):
    orders: Orders

    async def smtp_DATA(self, arg: str) -> None:
        if self.orders.data:
            await self.push(self.orders.data)
            return
        await super().smtp_DATA(arg)

    async def smtp_EHLO(self, hostname: str) -> None:
        if self.orders.ehlo:
            await self.push(self.orders.ehlo)
            return
        await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if self.orders.ehlo:
            await self.push(self.orders.ehlo)
            return
        await super().smtp_HELO(hostname)


@dataclass
class MailServer:
    """A running server: where it listens, what it is to do wrong, what it took."""

    port: int
    orders: Orders
    mails: list[Received]


@contextlib.contextmanager
def mail_server(
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    users: dict[str, str] | None = None,
    size: int = 10_000_000,
) -> Iterator[MailServer]:
    """A real server: ``tls`` offers STARTTLS (or speaks TLS at once when ``implicit``), ``users`` demands a login."""
    orders, mails = Orders(), list[Received]()

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        if not isinstance(data, LoginPassword) or users is None:
            return AuthResult(success=False, handled=False)
        login, password = data.login.decode(), data.password.decode()
        known = users.get(login) == password
        return AuthResult(success=known, handled=False, auth_data=login if known else None)

    def connection() -> SMTP:
        server = _Server(
            _Handler(orders, mails),
            data_size_limit=size,
            hostname="mail.acme.example",
            tls_context=None if implicit else tls,
            authenticator=authenticate if users else None,
            auth_required=bool(users) and not implicit,
            auth_require_tls=bool(users) and tls is not None and not implicit,
            enable_SMTPUTF8=False,
        )
        server.orders = orders
        return server

    async def start() -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(connection, "127.0.0.1", 0, ssl=tls if implicit else None)

    with _running(start) as server:
        yield MailServer(server.sockets[0].getsockname()[1], orders, mails)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@contextlib.contextmanager
def talking_server(talk: Talk) -> Iterator[int]:
    """A server that does what ``talk`` says with each connection; gives its port."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                await talk(reader, writer)
        finally:
            writer.close()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(connected, "127.0.0.1", 0)

    with _running(start) as server:
        yield server.sockets[0].getsockname()[1]


def script(*answers: bytes | None, silent: threading.Event | None = None, drip: bytes = b"") -> Talk:
    """Say the first answer, then one for each line that comes; ``None`` says nothing and waits for the client to go.

    After ``354`` it reads up to the dot. When the answers are at an end, so is the connection. ``silent`` is set when
    it has come to say nothing; with ``drip`` it says this then, again and again, until the client goes.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for place, answer in enumerate(answers):
            if place:
                line = await reader.readline()
                if answers[place - 1] == b"354 go\r\n":
                    while line not in (b".\r\n", b""):
                        line = await reader.readline()
                if not line:
                    return
            if answer is None:
                if silent is not None:
                    silent.set()
                gone = asyncio.create_task(reader.read())
                while drip and not (await asyncio.wait((gone,), timeout=0.02))[0]:
                    writer.write(drip)
                    await writer.drain()
                await gone
                return
            writer.write(answer)
            await writer.drain()

    return talk


@contextlib.contextmanager
def _running(start: Callable[[], Coroutine[Any, Any, asyncio.Server]]) -> Iterator[asyncio.Server]:
    """An asyncio server in a thread of its own; ended with every connection it has."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def end(server: asyncio.Server) -> None:
        for sock in server.sockets:
            loop.remove_reader(sock.fileno())
        for _ in range(5):
            # A turn of the loop, no wait: what was just accepted gets a transport, which a closed server refuses.
            await asyncio.sleep(0)
        server.close()
        # First the connections, then their tasks: a transport whose task has gone and that has read the end of its
        # stream belongs to nobody. Those within a TLS handshake belong to no protocol; the loop alone knows of them.
        for transport in list(loop._transports.values()):  # type: ignore[attr-defined]
            transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        join(thread, "the server to end")
        loop.close()
