"""SMTP: one message to a mail server, and exactly what became of each recipient. Alone here is smtplib.

What counts is the answer to the final dot: with 250 the server has taken the message over (RFC 5321 6.1), and whatever
happens after it – a QUIT that fails, a connection that drops – changes nothing. Without an answer it may have been
sent.
"""

from __future__ import annotations

import base64
import contextlib
import re
import select
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence

from mentionwatch.config import Smtp
from mentionwatch.deliver import Outcome, OutcomeState, SendResult
from mentionwatch.deliver.message import address
from mentionwatch.errors import UserError

__all__ = ["check", "send"]

#: Bytes of one answer, and of one of its lines as it is kept: RFC 5321 4.5.3.1.5 allows 512 a line. An answer that is
#: longer than any real one is still read to its end: of a 250 it is better to know.
_ANSWER = 65_536
_ANSWER_LINE = 2048
#: The whole conversation may take so many times what one answer may.
_PATIENCE = 5
#: Seconds for the answer to QUIT, which nothing depends on.
_FAREWELL = 1.0
#: Characters of a server's words that are kept.
_TOLD = 300
#: A space or a hyphen is to follow the code; whatever else does, the code was said.
_LINE = re.compile(rb"[2-5][0-9][0-9](?:[^0-9\n][^\n]*)?\r?\n")
_KNOWN_LOGINS = frozenset(("PLAIN", "LOGIN", "CRAM-MD5"))
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u206f\ud800-\udfff]+")


class _Trouble(Exception):
    """What stands in the way of the whole, told with the mend."""


def send(smtp: Smtp, message: bytes, recipients: Sequence[str], *, deadline: float | None = None) -> SendResult:
    """Send ``message`` as it is, in one transaction, to ``recipients``; never raises for what a server or network does.

    ``smtp.timeout`` bounds the wait for each answer, ``deadline`` (seconds; five times that unless given) the whole
    conversation, dripping answers included. ``recipients`` are mailboxes as configured; outcomes bear them as given.
    """
    outcomes: dict[str, Outcome] = {}
    targets: dict[str, str] = {}
    for recipient in recipients:
        try:
            targets[recipient] = address(recipient)
        except UserError as error:
            outcomes[recipient] = Outcome(recipient, "refused", None, str(error))
    trouble: str | None = None
    try:
        with _connection(smtp, deadline) as server:
            outcomes |= _transaction(server, targets, message)
    except _Trouble as error:
        trouble = str(error)
        outcomes |= {one: Outcome(one, "later", None, trouble) for one in targets}
    return SendResult(tuple(outcomes[one] for one in dict.fromkeys(recipients)), trouble)


def check(smtp: Smtp, *, deadline: float | None = None) -> str:
    """Connect, secure and log in as a sending would, send nothing, and say in a line what was found.

    Raises :class:`~mentionwatch.errors.UserError` with what a sending would have failed of.
    """
    try:
        with _connection(smtp, deadline) as server:
            secured = server.sock.version() if isinstance(server.sock, ssl.SSLSocket) else "not encrypted"
            login = f"logged in as {smtp.username}" if smtp.username else "no login"
            return f"{server.where}: {secured}, {login}"
    except _Trouble as trouble:
        raise UserError(str(trouble)) from None


class _Server(smtplib.SMTP):
    """smtplib's client with answers of bounded size and a bounded whole; it asks nobody for this machine's own name."""

    def __init__(self, smtp: Smtp, deadline: float | None) -> None:
        self.smtp = smtp
        self.where = f"{smtp.host}:{smtp.port}"
        self.whole = _PATIENCE * smtp.timeout.total_seconds() if deadline is None else deadline
        self.cut_off = False
        self._line: socket.socket | None = None
        #: What has come and was not read yet.
        self._heard = bytearray()
        super().__init__(local_hostname="localhost", timeout=smtp.timeout.total_seconds())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((host, port), timeout)
        # A second handle on the connection, so that it can be cut while the first is inside a TLS handshake.
        self._line = sock.dup()
        name: str = sock.getsockname()[0]
        # An address literal is what RFC 5321 4.1.3 wants from a client without a name in the DNS.
        self.local_hostname = f"[IPv6:{name.partition('%')[0]}]" if ":" in name else f"[{name}]"
        if self.smtp.security != "tls":
            return sock
        with contextlib.ExitStack() as unless_secured:
            unless_secured.callback(sock.close)
            secured = self.secured(sock)
            unless_secured.pop_all()
        return secured

    def secured(self, sock: socket.socket) -> ssl.SSLSocket:
        """The connection within TLS, the server's certificate and name verified."""
        try:
            context = ssl.create_default_context(cafile=self.smtp.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise _Trouble(f"smtp.ca_file {self.smtp.ca_file}: cannot be read as PEM certificates: {error}") from None
        return context.wrap_socket(sock, server_hostname=self.smtp.host)

    def starttls_verified(self) -> tuple[int, bytes]:
        """STARTTLS; what was said before it is forgotten (RFC 3207 4.2)."""
        code, words = self.docmd("STARTTLS")
        if code == 220 and self.sock is not None:
            if self._heard:
                raise _Trouble(f"{self.where}: somebody on the way speaks in its place before TLS; nothing was sent")
            self.sock = self.secured(self.sock)
            self.helo_resp = self.ehlo_resp = None
            self.esmtp_features = {}
            self.does_esmtp = False
        return code, words

    def getreply(self) -> tuple[int, bytes]:
        """One answer; raises ``SMTPServerDisconnected`` where the connection ended or what came is no answer."""
        words: list[bytes] = []
        problem = "its answer has no end"
        budget = _ANSWER
        while budget > 0:
            try:
                line = self._read_line(budget)
            except OSError as error:
                problem = _reason(error)
                break
            budget -= len(line)
            if budget <= 0 and not line.endswith(b"\n"):
                break
            if not _LINE.fullmatch(line):
                problem = f"what answers is no mail server: {self.told(line)!r}" if line else "it ended the connection"
                break
            words.append(line[4:_ANSWER_LINE].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(words)
        self.close()
        raise smtplib.SMTPServerDisconnected(problem)

    def _read_line(self, most: int) -> bytes:
        """What comes up to a line feed, the end, or so many bytes."""
        while (end := self._heard.find(b"\n", 0, most)) < 0 and len(self._heard) < most:
            # What does not begin as an answer does is not waited for to end.
            if len(self._heard) > _ANSWER_LINE and not self._heard[:3].isdigit():
                break
            data = b"" if self.sock is None else self.sock.recv(4096)
            if not data:
                break
            self._heard += data
        line = bytes(self._heard[: most if end < 0 else end + 1])
        del self._heard[: len(line)]
        return line

    @property
    def speaks_unasked(self) -> bool:
        """Whether something has come that answers nothing."""
        if self._heard or self.sock is None:
            return bool(self._heard)
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return True
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        # Within TLS a session ticket is no word of the server's: only what was said in the clear is judged so.
        return not isinstance(self.sock, ssl.SSLSocket) and bool(poll.poll(0))

    def told(self, words: bytes | str) -> str:
        """The server's words as one clean line, without a secret that it gives back."""
        text = words if isinstance(words, str) else words[: 4 * _TOLD].decode("utf-8", "replace")
        if self.smtp.password is not None:
            user, secret = self.smtp.username or "", self.smtp.password.reveal()
            for said in (_b64(f"\0{user}\0{secret}"), _b64(secret), secret):
                text = text.replace(said, "***") if len(said) > 3 else text
        return " ".join(_UNSHOWABLE.sub(" ", text).split())[:_TOLD]

    def cut(self) -> None:
        """End the conversation from another thread: whoever waits for an answer wakes up."""
        self.cut_off = True
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._line is not None:
            self._line.close()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


@contextlib.contextmanager
def _connection(smtp: Smtp, deadline: float | None) -> Iterator[_Server]:
    """A server that has been greeted, secured and logged in to as configured; anything amiss is ``_Trouble``."""
    server = _Server(smtp, deadline)
    # Each read waits at most for the timeout, but a server that drips bytes makes many reads of one answer.
    watch = threading.Timer(server.whole, server.cut)
    watch.daemon = True
    watch.start()
    try:
        with _explained(server):
            _greet(server)
        yield server
    finally:
        # The 250 has been counted or the reason told: what QUIT meets changes nothing.
        with contextlib.suppress(OSError, smtplib.SMTPException, ValueError):
            if server.sock is not None:
                server.sock.settimeout(min(_FAREWELL, smtp.timeout.total_seconds()))
                server.docmd("QUIT")
        watch.cancel()
        with contextlib.suppress(OSError, ValueError):
            server.close()


@contextlib.contextmanager
def _explained(server: _Server) -> Iterator[None]:
    """Whatever goes wrong with the connection, as ``_Trouble`` that names the server and the mend."""
    where = server.where
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message or "not valid"
        mend = "check smtp.host, or name the PEM file of its authority in smtp.ca_file"
        raise _Trouble(f"{where}: its certificate is not trusted: {reason}; {mend}") from None
    except ssl.SSLError as error:
        if server.cut_off:
            raise _Trouble(f"{where}: not done after {server.whole:g} s") from None
        reason = (error.reason or "no TLS spoken").replace("_", " ").lower()
        raise _Trouble(f"{where}: TLS failed: {reason}; check smtp.port and smtp.security") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if server.cut_off:
            raise _Trouble(f"{where}: not done after {server.whole:g} s") from None
        mend = "check smtp.host, smtp.port and smtp.security"
        raise _Trouble(f"{where}: {server.told(_reason(error))}; {mend}") from None


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return "there is no such host, or no network"
        case ConnectionRefusedError():
            return "the connection is refused"
        case OSError(strerror=str(words)):
            return words.lower()
    return str(error) or type(error).__name__


def _greet(server: _Server) -> None:
    """Everything before MAIL."""
    smtp, where = server.smtp, server.where
    code, words = server.connect(smtp.host, smtp.port)
    if code != 220:
        raise _Trouble(f"{where}: does not take mail now: {code} {server.told(words)}")
    _ehlo(server)
    if smtp.security == "starttls":
        if not server.has_extn("starttls"):
            raise _Trouble(
                f'{where}: does not offer STARTTLS; try smtp.security = "tls" (often port 465), or "none" '
                "where the way to it is trusted"
            )
        code, words = server.starttls_verified()
        if code != 220:
            raise _Trouble(f"{where}: refuses STARTTLS: {code} {server.told(words)}")
        _ehlo(server)
    if smtp.username is not None:
        _login(server, smtp.username, smtp.password.reveal() if smtp.password else "")


def _ehlo(server: _Server) -> None:
    code, words = server.ehlo()
    if code != 250 and code != 421:
        code, words = server.helo()
    if code != 250:
        raise _Trouble(f"{server.where}: refuses our greeting: {code} {server.told(words)}")


def _login(server: _Server, username: str, password: str) -> None:
    where = server.where
    if not server.has_extn("auth"):
        raise _Trouble(f"{where}: offers no login; check smtp.port, or remove smtp.username and smtp.password")
    if not _KNOWN_LOGINS & set(server.esmtp_features["auth"].upper().split()):
        raise _Trouble(f"{where}: offers no kind of login that is known here: PLAIN, LOGIN or CRAM-MD5")
    try:
        if username.isascii() and password.isascii():
            server.login(username, password)
            return
        # smtplib takes ASCII only; SASL PLAIN is UTF-8 (RFC 4616).
        code, words = server.docmd("AUTH", f"PLAIN {_b64(f'{chr(0)}{username}{chr(0)}{password}')}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, words)
    except smtplib.SMTPAuthenticationError as error:
        said = f"{error.smtp_code} {server.told(error.smtp_error)}"
        if 400 <= error.smtp_code < 500:
            raise _Trouble(f"{where}: cannot check the login now: {said}") from None
        raise _Trouble(
            f"{where}: refuses the login of {username}: {said}; check smtp.username and smtp.password"
        ) from None


def _transaction(server: _Server, targets: Mapping[str, str], message: bytes) -> dict[str, Outcome]:
    """MAIL, RCPT for each, DATA, the dot: an outcome for each of ``targets`` (mailbox as configured: bare address).

    Whatever stops it before the dot is ``_Trouble``: nobody has the message then.
    """
    outcomes: dict[str, Outcome] = {}
    if not targets:
        return outcomes
    with _explained(server):
        sender = _sender(server)
        size = f" SIZE={len(message)}" if server.has_extn("size") else ""
        code, words = server.docmd("MAIL", f"FROM:<{sender}>{size}")
        if not 200 <= code < 300:
            mend = "; check smtp.from" if code >= 500 and code != 552 else ""
            raise _Trouble(f"{server.where}: does not take the mail of {sender}: {code} {server.told(words)}{mend}")
        for recipient, target in targets.items():
            code, words = server.docmd("RCPT", f"TO:<{target}>")
            if code == 421:
                raise _Trouble(f"{server.where}: ends the conversation: {code} {server.told(words)}")
            if not 200 <= code < 300:
                outcomes[recipient] = Outcome(recipient, _refusal(code), code, server.told(words))
        taken = [recipient for recipient in targets if recipient not in outcomes]
        if not taken:
            return outcomes
        code, words = server.docmd("DATA")
        if code == 354 and server.sock is not None:
            if server.speaks_unasked:
                # The next answer would be taken for that to the message, which it has not seen.
                raise _Trouble(f"{server.where}: answers before it is asked; nothing was sent")
            server.sock.sendall(_quoted(message))
    if code == 354:
        return outcomes | _verdict(server, taken)
    return outcomes | {one: Outcome(one, _refusal(code), code, server.told(words)) for one in taken}


def _sender(server: _Server) -> str:
    try:
        return address(server.smtp.from_)
    except UserError as error:
        raise _Trouble(f"smtp.from: {error}") from None


def _verdict(server: _Server, taken: Sequence[str]) -> dict[str, Outcome]:
    """What the answer to the final dot says; where none comes, nobody but the server knows."""
    try:
        code, words = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        reason = f"not done after {server.whole:g} s" if server.cut_off else _reason(error)
        said = f"{server.where}: {reason} after the message was given; it may have been sent"
        return {one: Outcome(one, "unknown", None, said) for one in taken}
    state: OutcomeState = "accepted" if 200 <= code < 300 else _refusal(code)
    return {one: Outcome(one, state, code, server.told(words)) for one in taken}


def _refusal(code: int) -> OutcomeState:
    return "refused" if code >= 500 else "later"


def _quoted(message: bytes) -> bytes:
    """The message with its dots doubled at line starts, and the final dot (RFC 5321 4.5.2)."""
    body = re.sub(rb"^\.", b"..", message, flags=re.MULTILINE)
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")
