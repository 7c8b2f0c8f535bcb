"""HTTP over libcurl.

One thread runs libcurl's event loop for all that ask, so that connections and the certificate store are shared and
HTTP/2 carries several requests on one connection. libcurl moves bytes and nothing else: it follows no redirect,
decodes no content, knows no proxy and no cookie but what it is told, speaks http and https only, and connects to an
address only after a callback of ours has looked at it. docs/decisions/transport.md says why libcurl.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import pycurl

from mentionwatch.fetch.address_policy import Families, Resolver, is_public, literal, private_address, resolve_within
from mentionwatch.fetch.certificates import Certificates
from mentionwatch.fetch.connections import Dial, dial
from mentionwatch.fetch.curl_handle import Connection, Handle, Local, StaleConnection
from mentionwatch.fetch.error_mapping import from_connecting
from mentionwatch.fetch.transport import Transfer, TransportRequest, TransportResponse

# Idle connections kept for the next page of the same host: as many as a busy scan has API hosts.
_MOST_IDLE = 32
_EVENTS = {
    pycurl.POLL_NONE: 0,
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}


class CurlTransport:
    """Thread-safe. ``resolver`` and ``dial`` stand in for the system's own in tests."""

    def __init__(self, certificates: Certificates, families: Families, resolver: Resolver, dial: Dial = dial) -> None:
        self._certificates = certificates
        self._families = families
        self._resolver = resolver
        self._dial = dial
        self._loop = _Loop()
        self._idle: deque[Handle] = deque()

    def send(self, request: TransportRequest) -> TransportResponse:
        transfer = self.start(request)
        try:
            status, headers = transfer.head()
        except StaleConnection:
            return self.send(replace(request, fresh=True))
        except BaseException:
            transfer.close()
            raise
        return TransportResponse(status, headers, transfer, transfer.close)

    def start(self, request: TransportRequest) -> Transfer:
        """The request on its way."""
        addresses = () if request.proxy else self._addresses(request)
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = Handle(self._certificates, self._families, self._dial, self._idle, self._loop.connections)
        transfer = Transfer(
            request, lambda one: self._loop.resume(handle, one), lambda one: self._loop.drop(handle, one)
        )
        handle.prepare(transfer, addresses)
        self._loop.add(handle)
        return transfer

    def close(self) -> None:
        self._loop.close()
        while self._idle:
            self._idle.pop().curl.close()

    def _addresses(self, request: TransportRequest) -> tuple[str, ...]:
        """Where a name leads, for libcurl to try in this order; nothing for an address."""
        host = request.url.raw_host.decode("ascii")
        if literal(host) is not None:
            return ()
        try:
            found = resolve_within(self._resolver, host, request.url.port or 0, request.left())
        except OSError as error:
            raise from_connecting(error, request.shown, request.deadline) from error
        allowed = [one for one in found if request.may_be_private or is_public(one)]
        if found and not allowed:
            raise private_address(request.shown)
        # libcurl takes no address with a zone (fe80::1%eth0); where there is no other, it looks the name up itself.
        ordered = self._families.order([one for one in allowed if "%" not in one])
        # libcurl begins with IPv6 whatever the order.
        return tuple(ordered if request.fresh else self._families.alive(ordered))


class _Loop:
    """libcurl's event loop, in a thread that starts with the first transfer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._commands: deque[Callable[[], None]] = deque()
        self._awake = False
        self._closed = False
        self._active: set[Handle] = set()
        #: By our end of each, and by descriptor.
        self.connections: dict[Local | int, Connection] = {}

    def add(self, handle: Handle) -> None:
        def start() -> None:
            self._active.add(handle)
            try:
                self._multi.add_handle(handle.curl)
            except pycurl.error as error:
                self._remove(handle, error.args[0], "")

        self._do(start)

    def resume(self, handle: Handle, transfer: Transfer) -> None:
        def go_on() -> None:
            if handle in self._active and handle.transfer is transfer:
                try:
                    handle.curl.unpause()
                except pycurl.error as error:  # a callback has stopped it
                    self._remove(handle, error.args[0], "")

        self._do(go_on)

    def drop(self, handle: Handle, transfer: Transfer) -> None:
        def stop() -> None:
            if handle in self._active and handle.transfer is transfer:
                self._remove(handle, pycurl.E_ABORTED_BY_CALLBACK, "")

        self._do(stop)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waker.send(b"x")
            thread.join()
            self._waker.close()
            self._woken.close()

    def _do(self, command: Callable[[], None]) -> None:
        if self._thread is None:
            with self._lock:
                if self._closed:
                    return
                if self._thread is None:
                    self._open()
        self._commands.append(command)
        if not self._awake:
            self._awake = True
            with contextlib.suppress(OSError):
                self._waker.send(b"x")

    def _open(self) -> None:
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._woken, select.POLLIN)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_MAXCONNECTS, _MOST_IDLE)
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._thread.start()

    def _watch(self, what: int, descriptor: int, multi: object, data: object) -> None:
        if what == pycurl.POLL_REMOVE:
            with contextlib.suppress(KeyError, OSError):
                self._poll.unregister(descriptor)
        else:
            self._poll.register(descriptor, _EVENTS[what])

    def _run(self) -> None:
        multi, woken = self._multi, self._woken.fileno()
        while not self._closed:
            for descriptor, events in self._poll.poll(multi.timeout()):
                if descriptor == woken:
                    self._woken.recv(4096)
                    self._awake = False
                    while self._commands:
                        self._commands.popleft()()
                elif events & select.POLLIN and self._is_stuffed(descriptor):
                    continue
                else:
                    multi.socket_action(
                        descriptor,
                        (pycurl.CSELECT_IN if events & (select.POLLIN | select.POLLHUP) else 0)
                        | (pycurl.CSELECT_OUT if events & select.POLLOUT else 0)
                        | (pycurl.CSELECT_ERR if events & (select.POLLERR | select.POLLNVAL) else 0),
                    )
            if multi.timeout() == 0:
                multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            self._collect()
        for handle in list(self._active):
            self._remove(handle, pycurl.E_ABORTED_BY_CALLBACK, "")
        multi.close()

    def _is_stuffed(self, descriptor: int) -> bool:
        """Ends what a connection carries where it brings too much that libcurl tells nobody of."""
        connection = self.connections.get(descriptor)
        if connection is None or not connection.handles or not connection.is_stuffed():
            return False
        for handle in list(connection.handles):
            handle.give_up()
            self._remove(handle, pycurl.E_ABORTED_BY_CALLBACK, "")
        return True

    def _collect(self) -> None:
        more = 1
        while more:
            more, done, failed = self._multi.info_read()
            for curl in done:
                self._remove(curl.handle, 0, "")
            for curl, code, text in failed:
                self._remove(curl.handle, code, text)

    def _remove(self, handle: Handle, code: int, text: str) -> None:
        with contextlib.suppress(pycurl.error):  # it was not even added
            self._multi.remove_handle(handle.curl)
        self._active.discard(handle)
        handle.end(code, text)
