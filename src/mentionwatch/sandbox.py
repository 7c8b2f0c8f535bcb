"""Runs a parser where it can be killed: in a child process with limits on time and memory.

A parser that is not ours cannot be interrupted – feedparser took 18 s of CPU for 2 MB of ``&`` –, and neither a thread
nor a signal stops it for sure. The child is this same file, ``python -m mentionwatch.sandbox``: it reads a question
from one pipe, answers on another, and lives for many questions, because starting it costs more than most of them.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import resource
import signal
import sys
import threading
from datetime import datetime
from types import TracebackType
from typing import IO, TYPE_CHECKING

from mentionwatch.dataclass_json import from_json, to_json
from mentionwatch.env import Env
from mentionwatch.errors import RateLimited, SourceError, TimedOut, TooLarge, UnexpectedResponse
from mentionwatch.messages import Page, Response

if TYPE_CHECKING:
    from subprocess import Popen

    from mentionwatch.sources import HasFullParser

_LENGTH = 8
# What a child says whose memory is full, before it ends.
_FULL = ("memory", None)
# An answer longer than this is no page of ours; the child's memory limit keeps it from getting near.
_MOST_REPLY = 1_000_000_000
# A child that has read more than so many bytes is not used again: a parser's thousands of small objects leave holes,
# and some 150 MB would stay.
_LARGE = 500_000
# Of the environment only what a Python needs to start: no secret goes to where strangers' bytes are read.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ")


class Sandbox:
    """Up to ``workers`` children, started when first needed, ended by :meth:`close`; for any number of threads."""

    def __init__(self, env: Env, *, workers: int = 2) -> None:
        self._environ = {name: env.environ[name] for name in _ENVIRONMENT if name in env.environ}
        # The child finds what we find, plug-ins included, and nothing in the current folder.
        self._environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        # glibc keeps what is freed unless told otherwise; a child that read something large would stay large.
        self._environ |= {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._closed = False

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the idle children, and each busy one when its question is answered. May be called twice."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    def parse(self, source: HasFullParser, response: Response, *, seconds: float = 10.0, megabytes: int = 160) -> Page:
        """What ``source.parse_fully(response)`` gives, if it gives it in time.

        ``seconds`` are of wall time, the child's start included, waiting for a free child not; ``megabytes`` (million
        bytes) all the memory the child may have. Raises TimedOut or TooLarge past these, UnexpectedResponse when the
        parser crashes, and any SourceError the parser raises. The child must be able to import ``source``'s module.
        """
        question = pickle.dumps((source, response, seconds, megabytes), pickle.HIGHEST_PROTOCOL)
        with self._places:
            reply = self._ask(question, seconds)
        match reply:
            case "page", Page() as page:
                return page
            case "memory", _:
                raise TooLarge(f"the response takes more than {megabytes} MB of memory to read")
            case "error", SourceError() as error:
                raise error
            case "crash", name:
                raise UnexpectedResponse(f"the response cannot be read: the parser failed with {name}")
        raise UnexpectedResponse("the response cannot be read: the parser's reply is damaged")

    def _ask(self, question: bytes, seconds: float) -> tuple[str, object] | None:
        while True:
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            worker = idle or _Worker(self._environ)
            try:
                frame = worker.ask(question, seconds)
                reply = None if frame is None else _read_reply(frame)
            except BaseException:
                worker.kill()
                raise
            if frame is not None and reply != _FULL:
                if reply is None:
                    worker.kill()  # it is not to be believed again
                elif len(question) < _LARGE:
                    self._put_back(worker)
                else:
                    worker.end()
                return reply
            worker.kill()  # dead, or ending because what is left of its memory is of no use
            if frame is not None:
                return reply
            if worker.late:
                raise TimedOut(f"the response takes longer than {seconds:g} s to read")
            if worker.heard or idle is None:
                raise UnexpectedResponse("the response cannot be read: it makes the parser crash")
            # It was dead before it could hear the question, killed by who knows whom: the next one is asked.

    def _put_back(self, worker: _Worker) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return
        worker.end()


class _Worker:
    """One child process, and the pipes to it."""

    def __init__(self, environ: dict[str, str]) -> None:
        # Imported here, because the child loads this file too and has no use for it.
        from subprocess import DEVNULL, PIPE, Popen

        self._process: Popen[bytes] = Popen(
            [sys.executable, "-P", "-B", "-m", "mentionwatch.sandbox"],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environ,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        #: The last question arrived, and: it was not answered in time.
        self.heard = self.late = False

    def ask(self, question: bytes, seconds: float) -> bytes | None:
        """The answer, or ``None`` when the child died over it – by our own hand if it was late."""
        self.heard = self.late = False
        alarm = threading.Timer(seconds, self._expire)
        alarm.daemon = True
        alarm.start()
        try:
            _write_frame(self._to, question)
            self.heard = _read_frame(self._from) is not None
            return _read_frame(self._from)
        except BrokenPipeError:
            return None
        finally:
            alarm.cancel()
            alarm.join()  # or it might strike while the next question is on its way

    def _expire(self) -> None:
        # Killing closes the pipes' other ends, which wakes whoever waits for an answer.
        self.late = True
        self._process.kill()

    def end(self) -> None:
        """Lets the child go: it ends when its input does."""
        try:
            self._to.close()
            self._process.wait(timeout=1)
        except Exception:  # noqa: BLE001 – whatever it was, the child must not stay
            self._process.kill()
        self.kill()

    def kill(self) -> None:
        """Ends the child at once and leaves no zombie."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(BrokenPipeError):  # what was still to be written is lost with the child
                pipe.close()


def _write_frame(pipe: IO[bytes], frame: bytes) -> None:
    pipe.write(len(frame).to_bytes(_LENGTH, "big"))
    pipe.write(frame)
    pipe.flush()


def _read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next frame, or ``None`` when the other side is gone or talks nonsense."""
    head = pipe.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    length = int.from_bytes(head, "big")
    if length > _MOST_REPLY:
        return None
    frame = pipe.read(length)
    return frame if len(frame) == length else None


def _read_reply(reply: bytes) -> tuple[str, object] | None:
    """What a reply holds; of a damaged one, nothing.

    It is JSON, which can name no code: the child reads strangers' bytes with other people's parsers.
    """
    try:
        match json.loads(reply):
            case ["page", page]:
                return "page", from_json(Page, page)
            case ["memory", None]:
                return _FULL
            case ["error", [str() as code, str() as message, (int() | None) as status, (str() | None) as until]]:
                return "error", _error(code, message, status, until)
            case ["crash", str() as name] if name.isidentifier():
                return "crash", name
    except (ValueError, TypeError, RecursionError):
        pass
    return None


def _error(code: str, message: str, status: int | None, until: str | None) -> SourceError:
    if code == RateLimited.code:
        return RateLimited(message, until=None if until is None else datetime.fromisoformat(until), status=status)
    kinds = {kind.code: kind for kind in SourceError.__subclasses__()}
    return kinds.get(code, SourceError)(message, status=status)


# ── the child ──


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    while (question := _read_frame(questions)) is not None:
        _write_frame(answers, b"")  # heard: whatever happens now is the question's doing
        reply, sound = _answer(question)
        _write_frame(answers, reply)
        if not sound:
            return  # what is left of the memory is of no use: the parent starts another child


def _answer(question: bytes) -> tuple[bytes, bool]:
    """The reply, and whether this process is still good for another question."""
    try:
        source, response, seconds, megabytes = pickle.loads(question)  # it comes from our own parent alone
        _limit(seconds, megabytes)
        page = source.parse_fully(response)
        return _reply("page", to_json(page)), True
    except MemoryError:
        _soft(resource.RLIMIT_AS, resource.RLIM_INFINITY)  # or there may be no room to say so
        return _reply("memory", None), False
    except SourceError as error:
        until = getattr(error, "until", None)
        told = [error.code, error.message, error.status, None if until is None else until.isoformat()]
        return _reply("error", told), True
    except Exception as error:  # noqa: BLE001 – any crash of a parser is an answer that it cannot read
        return _reply("crash", type(error).__name__), True


def _reply(kind: str, value: object) -> bytes:
    return json.dumps([kind, value]).encode("ascii")


def _limit(seconds: float, megabytes: int) -> None:
    """Limits for this question: memory, and CPU time in case the parent is not there any more to kill us."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds) + 1)
    _soft(resource.RLIMIT_AS, megabytes * 1_000_000)


def _soft(what: int, limit: int) -> None:
    _, hard = resource.getrlimit(what)
    infinite = resource.RLIM_INFINITY
    lower = min(limit, hard) if infinite not in (limit, hard) else (hard if limit == infinite else limit)
    resource.setrlimit(what, (lower, hard))


def _main() -> None:
    """Moves the pipes out of the way of whoever prints, forbids what a parser needs not, and serves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # parsers write no files
    try:
        _serve(questions, answers)
    except BrokenPipeError:
        os._exit(0)  # the parent is gone, and with it whoever wants an answer


if __name__ == "__main__":
    _main()
