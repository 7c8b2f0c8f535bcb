"""Logins kept from run to run, in a file beside the database that only its owner can read.

Platforms count logins (Bluesky: 30 in five minutes, 300 a day) and give sessions that live on. A session is in no
database, log or message: whoever copies the database gets no way into the account.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from mentionwatch.errors import AuthFailed, SourceError, UnexpectedResponse
from mentionwatch.files import replacing
from mentionwatch.messages import NotModified, Request, Response, Secret
from mentionwatch.sources import Session, SupportsLogin

Send = Callable[[Request], Response | NotModified]


class Sessions:
    """The sessions of one run; thread-safe.

    ``path`` is the file they are kept in, nowhere when ``None``. With ``keep=False`` kept sessions are used but
    nothing is written, and none is renewed: a renewal would end the one in the file.
    """

    def __init__(self, path: Path | None = None, *, keep: bool = True) -> None:
        self._path = path
        self._keep = keep and path is not None
        self._known = {} if path is None else _read(path)
        self._lock = threading.Lock()
        self._accounts: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        #: Accounts that were logged in, or refused, in this run: a second login would meet the same.
        self._fresh: set[str] = set()
        self._refused: dict[str, SourceError] = {}

    @classmethod
    def beside(cls, database: Path, *, keep: bool = True) -> Sessions:
        """The sessions of a database."""
        return cls(database.with_name(f"{database.name}.sessions"), keep=keep)

    def fetch(self, source: SupportsLogin, request: Request, send: Send) -> Response | NotModified:
        """The answer to a request sent in the source's session, which is opened or renewed where it must be.

        Raises what ``send`` raises, and the :class:`~mentionwatch.errors.SourceError` of a login that was refused.
        """
        if source.session_key is None:
            return send(request)
        key = hashlib.blake2b(source.session_key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        session = self._session(key, source, send, over=None)
        try:
            return send(source.signed(request, session))
        except SourceError as error:
            if error.response is None or not source.session_is_over(error.response):
                raise
        return send(source.signed(request, self._session(key, source, send, over=session)))

    def _session(self, key: str, source: SupportsLogin, send: Send, *, over: Session | None) -> Session:
        """The account's session, but not the one that is ``over``."""
        with self._lock:
            account = self._accounts[key]
        with account:  # the others of this account wait for its one login
            known = self._known.get(key)
            if known is not None and known != over:
                return known
            if key in self._refused:
                raise self._refused[key]
            if key in self._fresh:
                raise AuthFailed(
                    "the server rejects the session that it has just opened; is this the account's own server?"
                )
            try:
                session = self._renewed(source, known, send) or _opened(source, send(source.login()))
            except SourceError as error:
                self._refused[key] = error
                raise
            self._fresh.add(key)
            with self._lock:
                self._known[key] = session
                self._write()
            return session

    def _renewed(self, source: SupportsLogin, known: Session | None, send: Send) -> Session | None:
        request = None if known is None or (self._path is not None and not self._keep) else source.renewal(known)
        if request is None:
            return None
        try:
            return _opened(source, send(request))
        except SourceError as error:
            if error.response is not None and source.session_is_over(error.response):
                return None
            raise

    def _write(self) -> None:
        if self._path is None or not self._keep:
            return
        kept = {
            key: {"access": session.access.reveal(), "refresh": session.refresh.reveal() if session.refresh else None}
            for key, session in self._known.items()
        }
        try:
            with replacing(self._path, private=True) as file:
                file.write(json.dumps(kept).encode())
        except OSError as error:
            raise SourceError(
                f"{self._path}: cannot store the session ({error.strerror}): every run would have to log in again"
            ) from None


def _opened(source: SupportsLogin, answer: Response | NotModified) -> Session:
    if isinstance(answer, NotModified):
        raise UnexpectedResponse("the server answered a login with 304 (not modified)", status=304)
    return source.read_session(answer)


def _read(path: Path) -> dict[str, Session]:
    """What the file holds; a damaged one is ignored: a login replaces it."""
    try:
        kept = json.loads(path.read_text(encoding="ascii"))
        return {
            str(key): Session(Secret(str(one["access"])), Secret(str(one["refresh"])) if one["refresh"] else None)
            for key, one in kept.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
