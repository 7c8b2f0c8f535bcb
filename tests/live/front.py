"""A server in front of a real one: it passes everything on as it is, until it is told to answer something itself."""

from __future__ import annotations

import http.client
import time

from support.servers import Answer, Asked, HttpServer

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"}


class Front(HttpServer):
    """Passes requests on to ``127.0.0.1:port``. While :attr:`instead` is set, that is the answer to everything."""

    def __init__(self, port: int) -> None:
        self.behind = port
        self.instead: Answer | None = None
        #: When each request came, in seconds.
        self.times: list[float] = []
        super().__init__()
        self.otherwise = self._pass_on

    def _pass_on(self, asked: Asked) -> Answer:
        self.times.append(time.monotonic())
        if self.instead is not None:
            return self.instead
        connection = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=30)
        try:
            headers = {name: value for name, value in asked.headers.items() if name not in _HOP}
            connection.request(asked.method, asked.target, body=asked.body or None, headers=headers)
            answer = connection.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return Answer(answer.read(), status=answer.status, headers=kept, reason=answer.reason)
        finally:
            connection.close()

    @property
    def first_pause(self) -> float:
        """Seconds between the first request and the second."""
        return self.times[1] - self.times[0]
