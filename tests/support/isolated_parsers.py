"""Parsers that behave badly, in a module the child process can import: what :mod:`test_isolate` runs."""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from mentionwatch.errors import RateLimited, UnexpectedResponse
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Item


def answer(body: bytes = b"hello") -> Response:
    return Response(
        Request("feed", "https://feeds.example/"),
        200,
        "https://feeds.example/",
        {},
        body,
        datetime(2026, 1, 1, tzinfo=UTC),
    )


@dataclass(frozen=True)
class Tells:
    """Gives what it knows of the process it runs in, one item a fact."""

    prefix: str = ""

    def parse_fully(self, response: Response) -> Page:
        facts = [
            f"{self.prefix}{response.body.decode()}",
            str(os.getpid()),
            " ".join(sorted(sys.modules)),
            " ".join(sorted(os.environ)),
            sys.path[0],
        ]
        return Page(
            tuple(
                Item(platform="test", kind="page", title=fact, published_at=datetime(2026, 1, 1, tzinfo=UTC))
                for fact in facts
            ),
            next=Request("next", "https://a.example/", headers={"Authorization": Secret("s3cret")}, page=1),
            checkpoint="c1",
        )


@dataclass(frozen=True)
class NeverEnds:
    def parse_fully(self, response: Response) -> Page:
        while True:
            pass


@dataclass(frozen=True)
class WaitsForEver:
    """Hangs without using the CPU."""

    def parse_fully(self, response: Response) -> Page:
        while True:
            os.read(os.pipe()[0], 1)


@dataclass(frozen=True)
class EatsMemory:
    def parse_fully(self, response: Response) -> Page:
        return Page((Item(platform="test", kind="page", text="x" * 10_000_000_000),))


@dataclass(frozen=True)
class EatsMemoryBitByBit:
    """And holds on to it, as a parser's tree does."""

    def parse_fully(self, response: Response) -> Page:
        kept: list[list[bytes]] = []
        while True:
            kept.append([bytes(100) for _ in range(100_000)])


@dataclass(frozen=True)
class Dies:
    def parse_fully(self, response: Response) -> Page:
        os.abort()


@dataclass(frozen=True)
class Fails:
    def parse_fully(self, response: Response) -> Page:
        raise KeyError("\x1b[31mwhat a stranger wrote")


@dataclass(frozen=True)
class Understands:
    """Knows what the answer is: an error of the source's own."""

    def parse_fully(self, response: Response) -> Page:
        if response.body == b"limit":
            raise RateLimited("wait", until=datetime(2026, 1, 2, tzinfo=UTC), status=429)
        raise UnexpectedResponse("a login page", status=200)


@dataclass(frozen=True)
class Chatters:
    """Writes to both outputs, as a parser's debug print would, and to a file."""

    def parse_fully(self, response: Response) -> Page:
        sys.stdout.write("x" * 100_000)
        os.write(1, b"x" * 100_000)
        os.write(2, b"x" * 100_000)
        return Page((), note=f"read {len(sys.stdin.read())}")


class Trap:
    """Unpickled, it would run a command of the sender's choice."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.abort, ()  # type: ignore[return-value]


@dataclass(frozen=True)
class Smuggles:
    """Sends what is no page: an object with code, wrong types, unknown keys, or no JSON at all."""

    how: str

    def parse_fully(self, response: Response) -> Page:
        if self.how == "code":
            return Page((), note=Trap())  # type: ignore[arg-type]
        if self.how == "types":
            return Page((Item(platform="test", kind="nothing of the kind"),))  # type: ignore[arg-type]
        if self.how == "times":
            return Page((Item(platform="test", kind="page", published_at="yesterday"),))  # type: ignore[arg-type]
        reply = {
            "pickle": pickle.dumps(Trap()),
            "keys": b'["page", {"items": [], "__class__": "x"}]',
            "deep": b"[" * 99_999,
        }
        # The child is taken over: it says what the attacker likes.
        vars(sys.modules["__main__"])["_reply"] = lambda kind, value: reply[self.how]
        return Page(())
