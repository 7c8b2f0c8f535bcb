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

from mentionwatch.config import SmtpSettings
from mentionwatch.deliver import Outcome, OutcomeState, SendResult
from mentionwatch.deliver.message import address
from mentionwatch.errors import UserError

#: Bytes of one answer, and of one of its lines as it is kept: RFC 5321 4.5.3.1.5 allows 512 a line. An answer that is
#: longer than any real one is still read to its end: of a 250 it is better to know.
_ANSWER = 65_536
_ANSWER_LINE = 2048
#: A message has to be taken at so many bytes a second, within no less than so many seconds.
_BYTES_A_SECOND, _LEAST_SECONDS = 1024, 30.0
#: Seconds for the answer to QUIT, which nothing depends on.
_QUIT_SECONDS = 1.0
#: Characters of a server's words that are kept.
_MOST_CHARACTERS = 300
#: A space or a hyphen is to follow the code; whatever else does, the code was said.
_LINE = re.compile(rb"[2-5][0-9][0-9](?:[^0-9\n][^\n]*)?\r?\n")
_KNOWN_LOGINS = frozenset(("PLAIN", "LOGIN", "CRAM-MD5"))
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u206f\ud800-\udfff]+")


class _SendError(Exception):
    """Why nothing can be sent at all, with the fix."""


def send(smtp: SmtpSettings, message: bytes, recipients: Sequence[str]) -> SendResult:
    """Send ``message`` as it is, in one transaction, to ``recipients``; never raises for what a server or network does.

    ``smtp.timeout`` bounds all from connecting to the first recipient that is accepted, and the wait for each answer
    after; the rest of the recipients and the message must be taken at a kilobyte a second, and the answer to it come
    within ``smtp.reply_timeout``: answers that drip for ever are bounded too. ``recipients`` are mailboxes as
    configured; outcomes bear them as given.
    """
    outcomes: dict[str, Outcome] = {}
    targets: dict[str, str] = {}
    for recipient in recipients:
        try:
            targets[recipient] = address(recipient)
        except UserError as error:
            outcomes[recipient] = Outcome(recipient, "refused", None, str(error))
    failure: str | None = None
    try:
        with _connection(smtp) as server:
            outcomes |= _transaction(server, targets, message)
    except _SendError as error:
        failure = str(error)
        outcomes |= {one: Outcome(one, "later", None, failure) for one in targets}
    return SendResult(tuple(outcomes[one] for one in dict.fromkeys(recipients)), failure)


def check(smtp: SmtpSettings) -> str:
    """Connect, secure and log in as a sending would, send nothing, and describe in one line what was found.

    Raises :class:`~mentionwatch.errors.UserError` with the reason a sending would have failed.
    """
    try:
        with _connection(smtp) as server:
            secured = server.sock.version() if isinstance(server.sock, ssl.SSLSocket) else "not encrypted"
            login = f"logged in as {smtp.username}" if smtp.username else "no login"
            return f"{server.where}: {secured}, {login}"
    except _SendError as failure:
        raise UserError(str(failure)) from None


class _Server(smtplib.SMTP):
    """smtplib's client with bounded answers and deadlines, which does not look up the name of this machine."""

    def __init__(self, smtp: SmtpSettings) -> None:
        self.smtp = smtp
        self.where = f"{smtp.host}:{smtp.port}"
        #: What this part of the conversation may take, in seconds.
        self.deadline = smtp.timeout.total_seconds()
        self.aborted = False
        self._watch: threading.Timer | None = None
        self._line: socket.socket | None = None
        #: Received, and not read yet.
        self._received = bytearray()
        super().__init__(local_hostname="localhost", timeout=smtp.timeout.total_seconds())

    def finish_within(self, seconds: float) -> None:
        """Cut the connection unless the next part of the conversation is over in time.

        Each read waits no longer than its timeout, but a server that drips bytes makes many reads of one answer.
        """
        self.stop_watch()
        self.deadline = seconds
        self._watch = threading.Timer(seconds, self.abort)
        self._watch.daemon = True
        self._watch.start()

    def stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()

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
            raise _SendError(f"smtp.ca_file {self.smtp.ca_file}: cannot be read as PEM certificates: {error}") from None
        return context.wrap_socket(sock, server_hostname=self.smtp.host)

    def starttls_verified(self) -> tuple[int, bytes]:
        """STARTTLS; what the server said before it is forgotten (RFC 3207 4.2)."""
        code, words = self.docmd("STARTTLS")
        if code == 220 and self.sock is not None:
            if self._received:
                raise _SendError(f"{self.where}: sent data before TLS: possible man-in-the-middle; nothing was sent")
            self.sock = self.secured(self.sock)
            self.helo_resp = self.ehlo_resp = None
            self.esmtp_features = {}
            self.does_esmtp = False
        return code, words

    def getreply(self) -> tuple[int, bytes]:
        """One answer; raises ``SMTPServerDisconnected`` where the connection ended or sent something else."""
        words: list[bytes] = []
        problem = "its answer never ends"
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
                problem = f"not a mail server: {self.cleaned(line)!r}" if line else "it closed the connection"
                break
            words.append(line[4:_ANSWER_LINE].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(words)
        self.close()
        raise smtplib.SMTPServerDisconnected(problem)

    def _read_line(self, most: int) -> bytes:
        """What comes up to a line feed, the end, or so many bytes."""
        while (end := self._received.find(b"\n", 0, most)) < 0 and len(self._received) < most:
            # What does not begin as an answer does is not waited for to end.
            if len(self._received) > _ANSWER_LINE and not self._received[:3].isdigit():
                break
            data = b"" if self.sock is None else self.sock.recv(4096)
            if not data:
                break
            self._received += data
        line = bytes(self._received[: most if end < 0 else end + 1])
        del self._received[: len(line)]
        return line

    @property
    def has_unsolicited_data(self) -> bool:
        """Whether something was received that answers nothing."""
        if self._received or self.sock is None:
            return bool(self._received)
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return True
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        # Within TLS a session ticket is no word of the server's: only what was said in the clear is judged so.
        return not isinstance(self.sock, ssl.SSLSocket) and bool(poll.poll(0))

    def cleaned(self, words: bytes | str) -> str:
        """The server's words as one clean line, without a secret that it repeats."""
        text = words if isinstance(words, str) else words[: 4 * _MOST_CHARACTERS].decode("utf-8", "replace")
        if self.smtp.password is not None:
            user, secret = self.smtp.username or "", self.smtp.password.reveal()
            for said in (_b64(f"\0{user}\0{secret}"), _b64(secret), secret):
                text = text.replace(said, "***") if len(said) > 3 else text
        return " ".join(_UNSHOWABLE.sub(" ", text).split())[:_MOST_CHARACTERS]

    def abort(self) -> None:
        """End the session from another thread: a read that waits returns."""
        self.aborted = True
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
def _connection(smtp: SmtpSettings) -> Iterator[_Server]:
    """A server that has been greeted, secured and logged in to as configured; raises ``_SendError``."""
    server = _Server(smtp)
    server.finish_within(smtp.timeout.total_seconds())
    try:
        with _translated(server):
            _greet(server)
        yield server
    finally:
        # The outcome is known: how QUIT goes changes nothing, but it may not go on for ever either.
        server.finish_within(_QUIT_SECONDS)
        with contextlib.suppress(OSError, smtplib.SMTPException, ValueError):
            if server.sock is not None:
                server.sock.settimeout(min(_QUIT_SECONDS, smtp.timeout.total_seconds()))
                server.docmd("QUIT")
        server.stop_watch()
        with contextlib.suppress(OSError, ValueError):
            server.close()


@contextlib.contextmanager
def _translated(server: _Server) -> Iterator[None]:
    """Turn whatever goes wrong with the connection into a ``_SendError`` that names the server and the fix."""
    where = server.where
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message or "not valid"
        fix = "check smtp.host, or name the PEM file of its authority in smtp.ca_file"
        raise _SendError(f"{where}: its certificate is not trusted: {reason}; {fix}") from None
    except ssl.SSLError as error:
        if server.aborted:
            raise _SendError(f"{where}: no answer in time: not finished after {server.deadline:g} s") from None
        reason = (error.reason or "not TLS").replace("_", " ").lower()
        raise _SendError(f"{where}: TLS failed: {reason}; check smtp.port and smtp.security") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if server.aborted:
            raise _SendError(f"{where}: no answer in time: not finished after {server.deadline:g} s") from None
        fix = "check smtp.host, smtp.port and smtp.security"
        raise _SendError(f"{where}: {server.cleaned(_reason(error))}; {fix}") from None


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return "there is no such host, or no network"
        case ConnectionRefusedError():
            return "connection refused"
        case OSError(strerror=str(words)):
            return words.lower()
    return str(error) or type(error).__name__


def _greet(server: _Server) -> None:
    """Everything before MAIL."""
    smtp, where = server.smtp, server.where
    code, words = server.connect(smtp.host, smtp.port)
    if code != 220:
        raise _SendError(f"{where}: is not accepting mail now: {code} {server.cleaned(words)}")
    _ehlo(server)
    if smtp.security == "starttls":
        if not server.has_extn("starttls"):
            raise _SendError(
                f'{where}: does not offer STARTTLS; try smtp.security = "tls" (often port 465), or "none" '
                "where the network to it is trusted"
            )
        code, words = server.starttls_verified()
        if code != 220:
            raise _SendError(f"{where}: rejected STARTTLS: {code} {server.cleaned(words)}")
        _ehlo(server)
    if smtp.username is not None:
        _login(server, smtp.username, smtp.password.reveal() if smtp.password else "")


def _ehlo(server: _Server) -> None:
    code, words = server.ehlo()
    if code != 250 and code != 421:
        code, words = server.helo()
    if code != 250:
        raise _SendError(f"{server.where}: rejected our greeting: {code} {server.cleaned(words)}")


def _login(server: _Server, username: str, password: str) -> None:
    where = server.where
    if not server.has_extn("auth"):
        raise _SendError(f"{where}: offers no login; check smtp.port, or remove smtp.username and smtp.password")
    if not _KNOWN_LOGINS & set(server.esmtp_features["auth"].upper().split()):
        raise _SendError(f"{where}: offers no supported login: PLAIN, LOGIN or CRAM-MD5")
    try:
        if username.isascii() and password.isascii():
            server.login(username, password)
            return
        # smtplib takes ASCII only; SASL PLAIN is UTF-8 (RFC 4616).
        code, words = server.docmd("AUTH", f"PLAIN {_b64(f'{chr(0)}{username}{chr(0)}{password}')}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, words)
    except smtplib.SMTPAuthenticationError as error:
        said = f"{error.smtp_code} {server.cleaned(error.smtp_error)}"
        if 400 <= error.smtp_code < 500:
            raise _SendError(f"{where}: cannot check the login now: {said}") from None
        raise _SendError(
            f"{where}: rejected the login of {username}: {said}; check smtp.username and smtp.password"
        ) from None


def _transaction(server: _Server, targets: Mapping[str, str], message: bytes) -> dict[str, Outcome]:
    """MAIL, RCPT for each, DATA, the dot: an outcome for each of ``targets`` (mailbox as configured: bare address).

    Raises ``_SendError`` for whatever stops it before the dot: nobody has the message then.
    """
    outcomes: dict[str, Outcome] = {}
    if not targets:
        return outcomes
    seconds = max(_LEAST_SECONDS, len(message) / _BYTES_A_SECOND)
    with _translated(server):
        sender = _sender(server)
        size = f" SIZE={len(message)}" if server.has_extn("size") else ""
        code, words = server.docmd("MAIL", f"FROM:<{sender}>{size}")
        if not 200 <= code < 300:
            fix = "; check smtp.from" if code >= 500 and code != 552 else ""
            raise _SendError(f"{server.where}: rejected the sender {sender}: {code} {server.cleaned(words)}{fix}")
        accepted = False
        for recipient, target in targets.items():
            code, words = server.docmd("RCPT", f"TO:<{target}>")
            if code == 421:
                raise _SendError(f"{server.where}: closed the session: {code} {server.cleaned(words)}")
            if not 200 <= code < 300:
                outcomes[recipient] = Outcome(recipient, _rejection(code), code, server.cleaned(words))
            elif not accepted:
                accepted = True
                server.finish_within(seconds)
        taken = [recipient for recipient in targets if recipient not in outcomes]
        if not taken:
            return outcomes
        code, words = server.docmd("DATA")
        if code == 354 and server.sock is not None:
            if server.has_unsolicited_data:
                # The next answer would be taken for that to the message, which it has not seen.
                raise _SendError(f"{server.where}: answered before it was asked; nothing was sent")
            server.sock.settimeout(seconds)
            server.sock.sendall(_dot_stuffed(message))
            server.sock.settimeout(server.smtp.reply_timeout.total_seconds())
            server.finish_within(server.smtp.reply_timeout.total_seconds())
    if code == 354:
        return outcomes | _final_outcomes(server, taken)
    return outcomes | {one: Outcome(one, _rejection(code), code, server.cleaned(words)) for one in taken}


def _sender(server: _Server) -> str:
    try:
        return address(server.smtp.from_)
    except UserError as error:
        raise _SendError(f"smtp.from: {error}") from None


def _final_outcomes(server: _Server, taken: Sequence[str]) -> dict[str, Outcome]:
    """What the answer to the final dot says; where none comes, only the server knows."""
    try:
        code, words = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        reason = f"no answer in time: not finished after {server.deadline:g} s" if server.aborted else _reason(error)
        reply = f"{server.where}: {reason} after the message was handed over; it may have been sent"
        return {one: Outcome(one, "unknown", None, reply) for one in taken}
    state: OutcomeState = "accepted" if 200 <= code < 300 else _rejection(code)
    return {one: Outcome(one, state, code, server.cleaned(words)) for one in taken}


def _rejection(code: int) -> OutcomeState:
    return "refused" if code >= 500 else "later"


def _dot_stuffed(message: bytes) -> bytes:
    """The message with its dots doubled at line starts, and the final dot (RFC 5321 4.5.2)."""
    body = re.sub(rb"^\.", b"..", message, flags=re.MULTILINE)
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")
