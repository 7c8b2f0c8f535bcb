"""A network that knows its answers by heart, for the demo and for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import httpx


class Reply(Protocol):
    """What a canned network gives for an address."""

    @property
    def status(self) -> int: ...
    @property
    def content_type(self) -> str: ...
    @property
    def body(self) -> bytes: ...


class StaticTransport(httpx.BaseTransport):
    """Hand it to :class:`~mentionwatch.env.Env` as ``transport``: no request leaves the process.

    ``reply`` is called with the address and with what is sent there, ``b""`` where nothing is.
    """

    def __init__(self, reply: Callable[[str, bytes], Reply]) -> None:
        self._reply = reply

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._reply(str(request.url), request.read())
        return httpx.Response(reply.status, headers={"content-type": reply.content_type}, content=reply.body)
