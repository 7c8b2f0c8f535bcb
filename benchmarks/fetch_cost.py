"""CPU per unchanged answer (304) from servers on many ports: ours, and the ways not taken.

    python benchmarks/fetch_cost.py [ports]

Each line is a way to ask, with one thread and with fifty; ms of CPU of this process alone, the server is another.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

ANSWER = (
    b"HTTP/1.1 304 Not Modified\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nServer: nginx\r\n"
    b"Cache-Control: max-age=300\r\n"
    b'ETag: "abc"\r\nLast-Modified: Sat, 21 Nov 2026 09:00:00 GMT\r\nVary: Accept-Encoding\r\n\r\n'
)
HEADERS = {
    "User-Agent": "mentionwatch/0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip",
    "If-None-Match": '"abc"',
    "If-Modified-Since": "Sat, 21 Nov 2026 09:00:00 GMT",
}
Way = Callable[[int], object]


class _Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.write(ANSWER)


async def serve(ports: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_Server, "127.0.0.1", 0) for _ in range(ports)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.to_thread(sys.stdin.read)


def ours() -> Way:
    from mentionwatch.env import Env
    from mentionwatch.fetch import Fetcher
    from mentionwatch.messages import Request, Validators

    fetcher = Fetcher(Env(environ={}), user_agent=HEADERS["User-Agent"])
    validators = Validators(HEADERS["If-None-Match"], HEADERS["If-Modified-Since"])

    def ask(port: int) -> None:
        origin = f"127.0.0.1:{port}"
        fetcher.fetch(Request("q", f"http://{origin}/feed"), validators, allowed_hosts=frozenset({origin}))

    return ask


def httpx_client() -> Way:
    import httpx

    client = httpx.Client(verify=ssl.create_default_context(), headers=HEADERS)
    return lambda port: client.get(f"http://127.0.0.1:{port}/feed")


def httpx_transport() -> Way:
    import httpx

    limits = httpx.Limits(max_connections=200, max_keepalive_connections=0)
    transport = httpx.HTTPTransport(verify=ssl.create_default_context(), limits=limits)

    def ask(port: int) -> None:
        answer = transport.handle_request(httpx.Request("GET", f"http://127.0.0.1:{port}/feed", headers=HEADERS))
        answer.read()
        answer.close()

    return ask


def httpcore_connection() -> Way:
    import httpcore

    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    def ask(port: int) -> None:
        url = httpcore.URL(scheme=b"http", host=b"127.0.0.1", port=port, target=b"/feed")
        with httpcore.HTTPConnection(url.origin) as connection:
            request = httpcore.Request("GET", url, headers=[(b"Host", b"127.0.0.1:%d" % port), *headers])
            connection.handle_request(request).close()

    return ask


def standard_library() -> Way:
    def ask(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/feed", headers=HEADERS)
        connection.getresponse().read()
        connection.close()

    return ask


def main(ports: int) -> None:
    with subprocess.Popen(
        [sys.executable, __file__, "serve", str(ports)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        numbers = [int(port) for port in server.stdout.readline().split()]
        print(f"ms of CPU per 304, {ports} ports".ljust(40), "1 thread", "50 threads", sep="  ")
        for way in (ours, httpx_client, httpx_transport, httpcore_connection, standard_library):
            ask = way()
            print(
                way.__name__.replace("_", " ").ljust(40), *(f"{cost(ask, numbers, n):8.2f}" for n in (1, 50)), sep="  "
            )
        assert server.stdin is not None
        server.stdin.close()


def cost(ask: Way, ports: list[int], threads: int) -> float:
    """The cheapest of three rounds, in ms of CPU per request."""
    rounds = []
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, ports[:threads]))
        for _ in range(3):
            before = time.process_time()
            list(pool.map(ask, ports))
            rounds.append((time.process_time() - before) * 1000 / len(ports))
    return min(rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(int(sys.argv[2])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
