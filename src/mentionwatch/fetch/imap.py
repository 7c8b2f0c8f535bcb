"""IMAP: new mails of one folder, read and not touched. Alone here is imaplib.

imaplib speaks the protocol; what it lacks is every bound: it reads literals of the size the server claims, lines as
they come, and waits anew for each byte. So its four methods that touch the socket are ours, as they are meant to be,
and each of them counts bytes and looks at the deadline.

The mailbox stays as it is: EXAMINE opens it read-only, BODY.PEEK sets no flag.

One long module because it is one protocol: the bounded socket, the commands and their answers are read together.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from mentionwatch.errors import (
    AuthFailed,
    BlockedAddress,
    Forbidden,
    RateLimited,
    ServerError,
    SourceError,
    TooLarge,
    UnexpectedResponse,
    Unreachable,
)
from mentionwatch.fetch.address_policy import ascii_host
from mentionwatch.fetch.error_mapping import from_connecting
from mentionwatch.mail_batch import Mail, MailBatch
from mentionwatch.messages import MailQuestion, Request
from mentionwatch.text import one_line

PORTS = {"imaps": 993, "imap": 143}
#: Bytes of one line: the search response has a number a mail.
_MOST_LINE = 1_000_000
_READ = 65_536
#: Bytes of mails asked for at once, at first and when the connection has shown what it can do.
_FIRST_BATCH, _BATCH = 200_000, 2_000_000
_MOST_OF_A_BATCH = 20
#: The part of the deadline in which new batches are begun.
_FOR_MAILS = 2 / 3
#: Seconds for the answer to LOGOUT, which nothing depends on.
_FAREWELL = 1.0
#: Senders the server is asked for; with more it is asked for all, and the source picks.
_MOST_SENDERS = 20
#: Folders looked at for a guess at a mistyped one.
_MOST_FOLDERS = 1_000
_TOLD = 160
_UID_LIMIT = 2**32

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID ([0-9]{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE ([0-9]{1,18})\b")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([ 0-9][0-9])-([A-Za-z]{3})-([0-9]{4} [0-9:]{8} [+-][0-9]{4})"')
_LISTED = re.compile(rb'\([^)]{0,200}\) (?:"(?:[^"\\]|\\.)"|NIL) (?:"((?:[^"\\]|\\.){1,500})"|([^\s"]{1,500}))')
#: What a server says with NO when the trouble is its own or passing (RFC 5530).
_THEIRS = ("UNAVAILABLE", "SERVERBUG", "INUSE", "CORRUPTION")


@dataclass(frozen=True, slots=True)
class Place:
    """A mail server: its name, its port, and both as messages show them."""

    host: str
    port: int
    shown: str


def place_of(request: Request) -> Place:
    """Where a mail question goes. Raises :class:`~mentionwatch.errors.BlockedAddress` unless it is an IMAP URL."""
    try:
        parts = urlsplit(request.url)
        host, port = ascii_host(parts.hostname or ""), parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        host = ""
    if not re.fullmatch(r"[a-z0-9_:][a-z0-9_.:%-]*", host):
        raise BlockedAddress("the mail server's address is invalid: check the source's server")
    named = f"[{host}]" if ":" in host else host
    return Place(host, port, named if port in PORTS.values() else f"{named}:{port}")


class _Line:
    """The socket under a conversation: no wait past the deadline, no byte past the cap."""

    def __init__(self, connection: socket.socket, left: Callable[[], float], most: int) -> None:
        self.socket = connection
        self.left = left
        self._most = most
        self._buffer = bytearray()

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """TLS from here on. What was said before it belongs to nobody: it may have been put in on the way."""
        if self._buffer:
            raise UnexpectedResponse("the mail server goes on talking in the clear after STARTTLS")
        self.socket.settimeout(self.left())
        self.socket = context.wrap_socket(self.socket, server_hostname=host.rstrip("."))

    def readline(self) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched, _MOST_LINE)) < 0:
            if len(self._buffer) >= _MOST_LINE:
                raise UnexpectedResponse("the mail server sends a line without end")
            searched = len(self._buffer)
            if not self._fill():
                return b""
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        if size > self._most:
            raise TooLarge("the mail server sends more than it was asked for")
        while len(self._buffer) < size:
            if not self._fill():
                raise imaplib.IMAP4.abort("the connection ended")
        return self._take(size)

    def send(self, data: bytes) -> None:
        self.socket.settimeout(self.left())
        self.socket.sendall(data)

    def _fill(self) -> bool:
        self.socket.settimeout(self.left())
        data = self.socket.recv(_READ)
        self._most -= len(data)
        if self._most < 0:
            raise TooLarge("the mail server sends more than it was asked for")
        self._buffer += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


class _Conversation(imaplib.IMAP4):
    """imaplib's client on a line of ours."""

    def __init__(self, line: _Line, host: str) -> None:
        self.line = line
        super().__init__(host)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port, self.sock = host, port, self.line.socket

    def read(self, size: int) -> bytes:
        return self.line.read(size)

    def readline(self) -> bytes:
        return self.line.readline()

    def send(self, data: bytes) -> None:  # type: ignore[override]  # typeshed knows more kinds of bytes
        self.line.send(data)

    def shutdown(self) -> None:
        self.line.socket.close()

    def secure(self, context: ssl.SSLContext) -> None:
        """STARTTLS; what the server said it can do before that is forgotten (RFC 9051, 6.2.1)."""
        kind, words = self._simple_command("STARTTLS")
        if kind != "OK":
            raise self.error(words[-1])
        self.line.secure(context, self.host)
        self.sock = self.line.socket
        self._tls_established = True
        self._get_capabilities()

    def codes(self) -> set[str]:
        """The response codes of the last answers (RFC 5530)."""
        return set(self.untagged_responses)

    def number(self, code: str) -> int | None:
        """What a response code says, if that is a number of 32 bits."""
        _, values = self.response(code)
        value = values[-1] if values else None
        if not isinstance(value, bytes) or not value.isdigit() or len(value) > 10 or int(value) >= _UID_LIMIT:
            return None
        return int(value)


def ask(
    question: MailQuestion,
    place: Place,
    connection: socket.socket,
    context: ssl.SSLContext | None,
    *,
    left: Callable[[], float],
    deadline: float,
    most: int,
    enough: Callable[[int], bool],
) -> MailBatch:
    """The mails a question asks for, over a connection that is closed at the end.

    ``context`` is the TLS to speak, at once or after STARTTLS as the question says. ``left`` gives the seconds until
    the ``deadline`` and raises ``TimeoutError`` after it; mails that had come whole by then are an answer with
    ``more``. ``most`` caps the bytes of all mails; ``enough`` says whether there is room for so many.
    Raises :class:`~mentionwatch.errors.SourceError` and ``TimeoutError``.
    """
    line = _Line(connection, left, most + 2 * _MOST_LINE)
    try:
        with _told_apart(place, question, deadline):
            if question.security == "tls" and context is not None:
                line.secure(context, place.host)
            conversation = _Conversation(line, place.host)
            _enter(conversation, question, place, context)
            bag = _Reading(conversation, question, place, left, deadline, most, enough).bag()
            with contextlib.suppress(Exception):  # the mails are here: how the server says goodbye changes nothing
                line.left = lambda: min(_FAREWELL, max(left(), 0.1))
                conversation.logout()
            return bag
    finally:
        line.socket.close()


@contextlib.contextmanager
def _told_apart(place: Place, question: MailQuestion, deadline: float) -> Iterator[None]:
    """Whatever goes wrong, as an error that says whose fault it is."""
    try:
        yield
    except SourceError as error:
        if place.shown not in error.message:
            error.message = f"{place.shown}: {error.message}"
            error.args = (error.message,)
        raise
    except TimeoutError:
        raise
    except imaplib.IMAP4.abort as error:
        raise Unreachable(f"{place.shown} broke off{_said(error, question)}") from None
    except imaplib.IMAP4.error as error:
        raise UnexpectedResponse(f"{place.shown} sent an invalid IMAP response{_said(error, question)}") from None
    except ssl.SSLError as error:
        told = from_connecting(error, place.shown, deadline)
        assert isinstance(told, SourceError)
        told.message += "; check port and security" if not isinstance(error, ssl.SSLCertVerificationError) else ""
        raise told from error
    except OSError:
        raise Unreachable(f"{place.shown} closed the connection") from None
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        # imaplib trusts its server: a line that is none of IMAP's makes it stumble in many ways.
        raise UnexpectedResponse(f"{place.shown} sent an invalid IMAP response ({type(error).__name__})") from None


def _said(error: Exception, question: MailQuestion) -> str:
    """``: words of the server``, clean and without the secret it may give back; ``""`` when it said nothing."""
    words = error.args[0] if error.args else ""
    text = words[: 4 * _TOLD].decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    secret = question.password.reveal().strip()
    for spelt in (secret, _b64(f"\0{question.username}\0{secret}"), _b64(secret)):
        text = text.replace(spelt, "***") if len(spelt) > 3 else text
    text = re.sub(r"^\[[^\]]{0,100}\]\s*", "", text)
    text = "".join(char if char.isprintable() else " " for char in one_line(text, _TOLD)).strip()
    return f": {text}" if text else ""


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


# --- entering ---------------------------------------------------------------------------------------------------------


def _enter(talk: _Conversation, question: MailQuestion, place: Place, context: ssl.SSLContext | None) -> None:
    """Secured as configured, and logged in."""
    if question.security == "starttls" and context is not None:
        if talk.state == "AUTH":
            # A greeting in the clear that lets us in keeps us from asking for TLS (RFC 9051, 11.1).
            raise BlockedAddress(
                f'{place.shown} accepted login before TLS: possible man-in-the-middle; use security = "tls"'
            )
        if "STARTTLS" not in talk.capabilities:
            raise Unreachable(f'{place.shown} offers no STARTTLS: try security = "tls" with port 993')
        talk.secure(context)
    if talk.state == "AUTH":
        return
    secret = question.password.reveal().strip()
    try:
        if question.oauth:
            _oauth(talk, question.username, secret, place)
        elif "AUTH=PLAIN" in talk.capabilities:
            talk.authenticate("PLAIN", lambda _: f"\0{question.username}\0{secret}".encode())
        elif "LOGINDISABLED" in talk.capabilities:
            hint = "" if question.security != "none" else ': it requires TLS, set security = "tls"'
            raise Forbidden(f"{place.shown} accepts no password{hint}")
        elif not f"{question.username}{secret}".isascii():
            raise Forbidden(f"{place.shown} accepts only ASCII passwords")
        else:
            talk.login(_quoted(question.username), secret)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise _not_let_in(talk, question, place, error) from None


def _oauth(talk: _Conversation, username: str, token: str, place: Place) -> None:
    """XOAUTH2, as Google and Microsoft document it; a refusal comes as a challenge that wants an empty answer."""
    if "AUTH=XOAUTH2" not in talk.capabilities:
        raise Forbidden(f"{place.shown} does not support OAuth tokens (XOAUTH2): use a password")
    answers = iter((f"user={username}\x01auth=Bearer {token}\x01\x01".encode(),))
    talk.authenticate("XOAUTH2", lambda _: next(answers, b""))


def _not_let_in(talk: _Conversation, question: MailQuestion, place: Place, error: Exception) -> SourceError:
    codes, said = talk.codes(), _said(error, question)
    if codes.intersection(_THEIRS):
        return ServerError(f"{place.shown} cannot check the password now{said}")
    if "LIMIT" in codes:
        return RateLimited(f"{place.shown} accepts no more logins for now{said}")
    if "PRIVACYREQUIRED" in codes:
        return Forbidden(f'{place.shown} accepts no password without TLS: set security = "tls"')
    if question.oauth:
        return AuthFailed(f"{place.shown} rejected the token of {question.username}: renew it{said}")
    hint = "check username and password; many providers require an app password here"
    return AuthFailed(f"{place.shown} rejected the login of {question.username}: {hint}{said}")


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """One question in a conversation that is logged in."""

    talk: _Conversation
    question: MailQuestion
    place: Place
    left: Callable[[], float]
    deadline: float
    most: int
    enough: Callable[[int], bool]

    def bag(self) -> MailBatch:
        question = self.question
        self._open()
        validity, following = self.talk.number("UIDVALIDITY") or 0, self.talk.number("UIDNEXT")
        known = question.uidvalidity is not None and question.uidvalidity == validity
        after = question.after if known else 0
        uids = self._search(after, dated=not known or question.dated or after == 0)
        first = question.uidvalidity is None
        # The first time the newest count, as many as there is room for; later all, from old to new.
        chosen = uids[-question.most :] if first else uids[: question.most]
        mails, read_to = self._mails(chosen[::-1] if first else chosen)
        more = not first and (len(chosen) < len(uids) or read_to is not None)
        upto = read_to if read_to is not None and not first else max((after, *chosen))
        if not more and following is not None:
            upto = max(upto, following - 1)
        return MailBatch(
            uidvalidity=validity,
            highest_uid=upto,
            mails=tuple(sorted(mails, key=lambda mail: mail.uid)),
            more=more,
            uidvalidity_changed=not first and not known,
        )

    def _open(self) -> None:
        """EXAMINE: as SELECT, but nothing in the folder can be changed."""
        question = self.question
        kind, words = self.talk.select(_quoted(_utf7(question.folder)), readonly=True)
        if kind == "OK":
            return
        error = imaplib.IMAP4.error(words[-1] if words else b"")
        codes, said = self.talk.codes(), _said(error, question)
        if codes.intersection(_THEIRS):
            raise ServerError(f"{self.place.shown} cannot open the folder now{said}")
        if "NOPERM" in codes:
            raise Forbidden(f"{question.username} may not read the folder {question.folder!r}{said}")
        raise UnexpectedResponse(f"{self.place.shown} has no folder {question.folder!r}{self._guess() or said}")

    def _guess(self) -> str:
        kind, lines = self.talk.list('""', "*")
        if kind != "OK":
            return ""
        folders: list[str] = []
        for line in lines[:_MOST_FOLDERS]:
            found = _LISTED.fullmatch(line) if isinstance(line, bytes) else None
            if found:
                name = _from_utf7(re.sub(rb"\\(.)", rb"\1", found[1] or found[2]))
                folders += [name] if name.isprintable() else []
        close = get_close_matches(self.question.folder, folders, n=1)
        if close:
            return f"; did you mean {close[0]!r}?"
        return f"; there are: {', '.join(folders[:10])}{' …' if len(folders) > 10 else ''}" if folders else ""

    def _search(self, after: int, *, dated: bool) -> list[int]:
        """The UIDs to read, in order."""
        question = self.question
        criteria = [f"UID {after + 1}:*"]
        if dated:  # the day before, for the server counts days by its own clock
            criteria.append(f"SINCE {_day(question.since - timedelta(days=1))}")
        senders = [sender for sender in question.senders if sender.isascii() and sender.isprintable()]
        if len(senders) == len(question.senders) and 0 < len(senders) <= _MOST_SENDERS:
            clauses = [f"FROM {_quoted(sender)}" for sender in senders]
            criteria.append("OR " * (len(clauses) - 1) + " ".join(clauses))
        kind, lines = self.talk.uid("SEARCH", *criteria)
        if kind != "OK":
            said = _said(imaplib.IMAP4.error(lines[-1] if lines else b""), question)
            raise UnexpectedResponse(f"{self.place.shown} does not search{said}")
        found: set[int] = set()
        for line in lines:
            if isinstance(line, bytes):
                found.update(int(word) for word in line.split() if word.isdigit() and len(word) <= 10)
        # "n:*" gives the last mail even where its UID is smaller.
        return sorted(uid for uid in found if after < uid < _UID_LIMIT)

    def _mails(self, uids: Sequence[int]) -> tuple[list[Mail], int | None]:
        """The mails, and up to which UID they were read when that is not the end of ``uids``."""
        about = dict(self._about(uids)) if uids else {}
        mails: list[Mail] = []
        came, read_to, room = 0, None, _FIRST_BATCH
        rest = [uid for uid in uids if uid in about]
        while rest:
            batch: list[int] = []
            size = 0
            for uid in rest[:_MOST_OF_A_BATCH]:
                size += min(about[uid][0], self.question.most_bytes)
                if batch and size > room:
                    break
                batch.append(uid)
            full = came + sum(min(about[uid][0], self.question.most_bytes) for uid in batch) > self.most
            late = self.left() < self.deadline * (1 - _FOR_MAILS)
            if mails and (full or late or not self.enough(came + size)):
                return mails, read_to
            try:
                got = list(self._fetch(batch, about))
            except TimeoutError:
                if not mails:
                    raise
                return mails, read_to
            mails += got
            came += sum(len(mail.raw) for mail in got)
            read_to, room, rest = batch[-1], _BATCH, rest[len(batch) :]
        return mails, None

    def _about(self, uids: Sequence[int]) -> Iterator[tuple[int, tuple[int, str]]]:
        """UID, size and time of arrival of each mail; those that are gone meanwhile are left out."""
        wanted = set(uids)
        for head, _ in self._rows(uids, "(UID RFC822.SIZE INTERNALDATE)"):
            uid, size, arrived = _UID.search(head), _SIZE.search(head), _ARRIVED.search(head)
            if uid is not None and int(uid[1]) in wanted:
                yield int(uid[1]), (int(size[1]) if size else self.question.most_bytes, _iso(arrived))

    def _fetch(self, uids: Sequence[int], about: dict[int, tuple[int, str]]) -> Iterator[Mail]:
        cap = self.question.most_bytes
        wanted = set(uids)
        for head, raw in self._rows(uids, f"(UID BODY.PEEK[]<0.{cap}>)"):
            uid = _UID.search(head)
            if raw is None or uid is None or int(uid[1]) not in wanted:
                continue
            number = int(uid[1])
            wanted.discard(number)  # a mail comes once, whatever the server says
            yield Mail(number, raw[:cap], about[number][1], cut=len(raw) >= cap)

    def _rows(self, uids: Sequence[int], what: str) -> Iterator[tuple[bytes, bytes | None]]:
        """What is said of each mail, and the literal in it: words may stand before and after that."""
        kind, parts = self.talk.uid("FETCH", ",".join(map(str, sorted(uids))), what)
        if kind != "OK":
            said = _said(imaplib.IMAP4.error(parts[-1] if parts else b""), self.question)
            raise UnexpectedResponse(f"{self.place.shown} does not give the mails{said}")
        words, literal = b"", None
        for part in parts or ():
            if isinstance(part, tuple):
                words, literal = words + part[0], part[1]
            elif isinstance(part, bytes):
                yield words + part, literal
                words, literal = b"", None


def _iso(found: re.Match[bytes] | None) -> str:
    if found is None:
        return ""
    try:
        return parsedate_to_datetime(b" ".join(found.groups()).decode("ascii").strip()).isoformat()
    except (ValueError, TypeError, OverflowError):
        return ""


def _day(day: date) -> str:
    """``20-Nov-2026``, in English whatever the machine speaks."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"


def _quoted(text: str) -> str:
    """A quoted string (RFC 9051, 4.3). Raises :class:`~mentionwatch.errors.BlockedAddress` for what none can hold."""
    if not text.isascii() or not text.isprintable():
        raise BlockedAddress("folder, username and senders of a mailbox are one line of plain characters")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _utf7(folder: str) -> str:
    """A folder's name in IMAP's own UTF-7 (RFC 3501, 5.1.3)."""
    pieces: list[str] = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", folder):
        if run.isascii() and run.isprintable():
            pieces.append(run.replace("&", "&-"))
        else:
            coded = base64.b64encode(run.encode("utf-16-be", "surrogatepass")).decode("ascii").rstrip("=")
            pieces.append(f"&{coded.replace('/', ',')}-")
    return "".join(pieces)


def _from_utf7(name: bytes) -> str:
    def decoded(found: re.Match[str]) -> str:
        coded = found[1].replace(",", "/")
        if not coded:
            return "&"
        with contextlib.suppress(ValueError):
            return base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be")
        return found[0]

    return re.sub(r"&([A-Za-z0-9+,]*)-", decoded, name.decode("utf-8", "replace"))
