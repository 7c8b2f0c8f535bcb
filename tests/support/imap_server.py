"""A small, real IMAP4rev1 server on 127.0.0.1: what a mail program needs to read a folder, and ways to misbehave.

    with ImapServer() as server:
        server.folder("INBOX").add(MAIL)
        ...
        assert "EXAMINE" in server.said[-2]

It knows LOGIN, AUTHENTICATE (PLAIN, XOAUTH2), STARTTLS, CAPABILITY, LIST, SELECT, EXAMINE, UID SEARCH (UID, SINCE,
FROM, OR), UID FETCH with literals and LOGOUT. A command in ``instead`` is answered with the bytes given there.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType

from support.waiting import join

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MORNING = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)


@dataclass
class Stored:
    """A mail in a folder; ``flags`` grow when a client alters it."""

    uid: int
    raw: bytes
    arrived: datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class Folder:
    """A folder of the mailbox."""

    uidvalidity: int = 1_700_000_001
    uidnext: int = 1
    mails: list[Stored] = field(default_factory=list)

    def add(self, raw: bytes, arrived: datetime = MORNING) -> Stored:
        """A mail arrives."""
        self.mails.append(Stored(self.uidnext, raw, arrived))
        self.uidnext += 1
        return self.mails[-1]

    def rebuild(self) -> None:
        """The server loses its UIDs, as after a move to another machine."""
        self.uidvalidity += 1
        for uid, mail in enumerate(self.mails, start=1_001):
            mail.uid = uid
        self.uidnext = 1_001 + len(self.mails)


#: What to send in place of an honest answer: bytes, or what makes them of the tag; ``None`` hangs up.
Instead = bytes | Callable[[bytes], bytes | None]


class ImapServer:
    """Listens from construction on; ``close`` ends every connection and waits for every thread."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, clear: bool = True
    ) -> None:
        self.passwords = {"alerts@acme.example": "s3same-open"}
        self.tokens: dict[str, str] = {}
        self.folders: dict[str, Folder] = {"INBOX": Folder()}
        self.capabilities = ["IMAP4rev1", "AUTH=PLAIN"]
        self.greeting = b"* OK ready\r\n"
        #: Command in capitals, "GREETING" included, to what is sent in its place.
        self.instead: dict[str, Instead] = {}
        #: Every command as it came, without its tag; the SASL answers are left out.
        self.said: list[str] = []
        #: Seconds between two bytes of every answer.
        self.drip = 0.0
        self._tls, self._starttls, self._clear = tls, starttls, clear
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def folder(self, name: str) -> Folder:
        return self.folders.setdefault(name, Folder())

    def __enter__(self) -> ImapServer:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        join(self._thread, "the server to stop accepting")
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            join(thread, "a connection of the server to end")

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            self._sockets.add(connection)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                raw = connection
                connection = self._tls.wrap_socket(raw, server_side=True)
                self._sockets.discard(raw)
                self._sockets.add(connection)
            client = _Client(self, connection)
            try:
                client.run()
            finally:
                self._sockets.discard(client.connection)
                client.file.close()
                client.connection.close()
        except (OSError, ValueError):
            pass
        finally:
            self._sockets.discard(connection)
            connection.close()


class _Client:
    """One connection, from greeting to goodbye."""

    def __init__(self, server: ImapServer, connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.file = connection.makefile("rb")
        self.secured = server._tls is not None
        self.user: str | None = None
        self.folder: Folder | None = None

    def run(self) -> None:
        self.send(self.server.greeting)
        while line := self.file.readline(100_000):
            tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
            said = rest.decode("utf-8", "replace")
            command = said.split(" ")[0].upper()
            if command == "UID":
                command = " ".join(said.split(" ")[:2]).upper()
            self.server.said.append(said)
            instead = self.server.instead.get(command)
            if instead is not None:
                answer = instead(tag) if callable(instead) else instead.replace(b"TAG", tag)
                if answer is None:
                    return
                self.send(answer)
                continue
            if not self.answer(tag, command, said):
                return

    def send(self, data: bytes) -> None:
        if not self.server.drip:
            self.connection.sendall(data)
            return
        for n in range(len(data)):
            self.connection.sendall(data[n : n + 1])
            if self.server._ended.wait(self.server.drip):
                return

    def done(self, tag: bytes, words: str, *untagged: bytes) -> bool:
        self.send(b"".join(b"* " + line + b"\r\n" for line in untagged) + tag + b" " + words.encode() + b"\r\n")
        return True

    def answer(self, tag: bytes, command: str, said: str) -> bool:
        """Answers one command; ``False`` ends the connection."""
        match command:
            case "CAPABILITY":
                return self.done(tag, "OK done", b"CAPABILITY " + " ".join(self.capabilities()).encode())
            case "NOOP":
                return self.done(tag, "OK done")
            case "LOGOUT":
                self.done(tag, "OK bye", b"BYE see you")
                return False
            case "STARTTLS" if self.server._starttls is not None and not self.secured:
                self.done(tag, "OK go ahead")
                raw = self.connection
                self.file.close()
                self.connection = self.server._starttls.wrap_socket(raw, server_side=True)
                self.server._sockets.discard(raw)
                self.server._sockets.add(self.connection)
                self.file = self.connection.makefile("rb")
                self.secured = True
                return True
            case "LOGIN":
                words = _strings(said)
                return self.enter(tag, words[1], words[2])
            case "AUTHENTICATE":
                return self.authenticate(tag, said.split(" ")[1].upper())
        if self.user is None:
            return self.done(tag, "NO log in first")
        match command:
            case "LIST":
                rows = [f'LIST (\\HasNoChildren) "/" "{name}"'.encode() for name in self.server.folders]
                return self.done(tag, "OK done", *rows)
            case "SELECT" | "EXAMINE":
                return self.open(tag, command, _strings(said)[1])
        if self.folder is None:
            return self.done(tag, "BAD no folder is open")
        match command:
            case "UID SEARCH":
                found = b" ".join(str(mail.uid).encode() for mail in self.search(_strings(said)[2:]))
                return self.done(tag, "OK done", b"SEARCH " + found if found else b"SEARCH")
            case "UID FETCH":
                return self.fetch(tag, said)
        return self.done(tag, "BAD unknown")

    def capabilities(self) -> list[str]:
        told = list(self.server.capabilities)
        if self.server._starttls is not None and not self.secured:
            told.append("STARTTLS")
        if not self.server._clear and not self.secured:
            told = [one for one in told if not one.startswith("AUTH=")] + ["LOGINDISABLED"]
        return told

    def enter(self, tag: bytes, user: str, password: str) -> bool:
        if not self.server._clear and not self.secured:
            return self.done(tag, "NO [PRIVACYREQUIRED] not in the clear")
        if self.server.passwords.get(user) != password:
            return self.done(tag, "NO [AUTHENTICATIONFAILED] Authentication failed.")
        self.user = user
        return self.done(tag, "OK logged in")

    def authenticate(self, tag: bytes, mechanism: str) -> bool:
        if f"AUTH={mechanism}" not in self.capabilities():
            return self.done(tag, "NO unknown mechanism")
        self.send(b"+ \r\n")
        said = base64.b64decode(self.file.readline(100_000)).decode()
        if mechanism == "PLAIN":
            _, user, password = said.split("\0")
            return self.enter(tag, user, password)
        found = re.fullmatch(r"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01", said)
        if found and self.server.tokens.get(found[1]) == found[2]:
            self.user = found[1]
            return self.done(tag, "OK logged in")
        self.send(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
        self.file.readline(100)
        return self.done(tag, "NO [AUTHENTICATIONFAILED] token expired")

    def open(self, tag: bytes, command: str, name: str) -> bool:
        folder = self.server.folders.get("INBOX" if name.upper() == "INBOX" else name)
        if folder is None:
            return self.done(tag, "NO [NONEXISTENT] no such mailbox")
        self.folder = folder
        return self.done(
            tag,
            "OK [READ-ONLY] done" if command == "EXAMINE" else "OK [READ-WRITE] done",
            b"FLAGS (\\Seen \\Deleted)",
            b"%d EXISTS" % len(folder.mails),
            b"0 RECENT",
            b"OK [UIDVALIDITY %d] UIDs valid" % folder.uidvalidity,
            b"OK [UIDNEXT %d] predicted" % folder.uidnext,
        )

    def search(self, words: list[str]) -> list[Stored]:
        assert self.folder is not None
        found = list(self.folder.mails)
        while words:
            test, words = _test(words, self.folder)
            found = [mail for mail in found if test(mail)]
        return found

    def fetch(self, tag: bytes, said: str) -> bool:
        assert self.folder is not None
        _, _, which, what = said.split(" ", 3)
        wanted = {int(number) for number in which.split(",")}
        partial = re.search(r"BODY(?P<peek>\.PEEK)?\[\](?:<0\.(?P<most>\d+)>)?", what)
        for n, mail in enumerate(self.folder.mails, start=1):
            if mail.uid not in wanted:
                continue
            parts = [b"UID %d" % mail.uid]
            if "RFC822.SIZE" in what:
                parts.append(b"RFC822.SIZE %d" % len(mail.raw))
            if "INTERNALDATE" in what:
                parts.append(b'INTERNALDATE "%s"' % _internal(mail.arrived))
            if partial:
                data = mail.raw[: int(partial["most"])] if partial["most"] else mail.raw
                mark = b"<0>" if partial["most"] else b""
                parts.append(b"BODY[]" + mark + b" {%d}\r\n" % len(data) + data)
                if not partial["peek"]:
                    mail.flags.add("\\Seen")
            self.send(b"* %d FETCH (" % n + b" ".join(parts) + b")\r\n")
        return self.done(tag, "OK done")


def _strings(said: str) -> list[str]:
    """The words of a command, quoted strings as one."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', said)
    return [re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare for quoted, bare in found]


def _test(words: list[str], folder: Folder) -> tuple[Callable[[Stored], bool], list[str]]:
    match words[0].upper():
        case "UID":
            low, _, high = words[1].partition(":")
            last = max((mail.uid for mail in folder.mails), default=0)
            ends = sorted((int(low), last if high == "*" else int(high or low)))
            return (lambda mail: ends[0] <= mail.uid <= ends[1]), words[2:]
        case "SINCE":
            day, month, year = words[1].split("-")
            at = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
            return (lambda mail: mail.arrived >= at), words[2:]
        case "FROM":
            text = words[1].lower().encode()
            return (lambda mail: text in _from(mail.raw)), words[2:]
        case "OR":
            one, rest = _test(words[1:], folder)
            two, rest = _test(rest, folder)
            return (lambda mail: one(mail) or two(mail)), rest
    raise ValueError(f"no search key: {words[0]}")


def _from(raw: bytes) -> bytes:
    found = re.search(rb"^From:([^\n]*(?:\n[ \t][^\n]*)*)", raw, re.MULTILINE | re.IGNORECASE)
    return found[1].lower() if found else b""


def _internal(at: datetime) -> bytes:
    return f"{at.day:2d}-{_MONTHS[at.month - 1]}-{at:%Y %H:%M:%S} +0000".encode()
