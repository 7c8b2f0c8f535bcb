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


class CannedTransport(httpx.BaseTransport):
    """Hand it to :class:`~mentionwatch.env.Env` as ``transport``: no request leaves the process."""

    def __init__(self, reply: Callable[[str], Reply]) -> None:
        self._reply = reply

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._reply(str(request.url))
        return httpx.Response(reply.status, headers={"content-type": reply.content_type}, content=reply.body)
