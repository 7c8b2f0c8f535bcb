"""One of libcurl's handles: what it is told of a request, and what it tells of the answer.

One module above 400 lines because the options, the callbacks and what they share cannot be understood apart.
"""

from __future__ import annotations

import errno
import fcntl
import re
import socket
import sys
import termios
from collections import deque
from typing import Any

import pycurl

from mentionwatch.fetch.address_policy import Families, is_public, private_address
from mentionwatch.fetch.certificates import Certificates
from mentionwatch.fetch.connections import Dial, dial
from mentionwatch.fetch.content_decoding import too_large
from mentionwatch.fetch.error_mapping import broken, from_curl, invalid_http
from mentionwatch.fetch.transport import End, Pairs, Transfer, TransportRequest

# Seconds. Common servers hang up after 5 to 75.
_IDLE_SECONDS = 10
#: The heads of one answer, interim ones (1xx) included, in bytes; libcurl reads no more than 6 MB of them.
MOST_HEAD = 100_000
# Bytes of a body that are handed over at once – waking the reader costs more than carrying a whole feed –, and how many
# such blocks wait for their reader before the server has to wait.
_BLOCK, _MOST_WAITING = 131_072, 2
# Pieces of one body: each costs a call from libcurl, and bodies of single bytes are an attack on the CPU.
_MOST_PIECES = 300_000
# Bytes that a server may send of an answer without a line of its head or a piece of its body among them: libcurl passes
# over the extensions of chunks, however long they are, and tells nobody.
_MOST_SILENT = 1_000_000
# Connections whose descriptor is remembered.
_MOST_KNOWN = 1_000
_BUFFER = 65_536
_PORTS = {"http": 80, "https": 443}
# An option that pycurl has no name for.
_SUPPRESS_CONNECT_HEADERS = 265
_STATUS = re.compile(rb"HTTP/[0-9.]+ ([0-9]{3})(?:[ \r\n]|$)")
_dial = dial

#: An address of ours and a port of ours.
Local = tuple[str, int]


class Connection:
    """The descriptor of a connection that libcurl may keep; once a second only, libcurl looks whether it still is."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        #: HTTP/2: its other side may speak at any time.
        self.multiplexed = False
        #: Whose answers it carries, and the bytes that came since one of them was told of any.
        self.handles: set[Handle] = set()
        self.silent = 0

    def is_stuffed(self) -> bool:
        """Whether what waits to be read makes too much of which nothing was told."""
        self.silent += int.from_bytes(fcntl.ioctl(self.descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)
        return self.silent > _MOST_SILENT

    def local_port(self) -> int:
        """``0`` where there is no such connection any longer."""
        try:
            borrowed = socket.socket(fileno=self.descriptor)
        except OSError:
            return 0
        try:
            return int(borrowed.getsockname()[1])
        except OSError:
            return 0
        finally:
            borrowed.detach()

    def is_stale(self, local_port: int) -> bool:
        """Whether it has ended, or says what nobody asked: that would be taken for the next answer."""
        if self.local_port() != local_port:
            return False  # another's by now: it is libcurl that knows
        borrowed = socket.socket(fileno=self.descriptor)
        try:
            return not borrowed.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) or not self.multiplexed
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            borrowed.detach()


class StaleConnection(Exception):
    """A connection that was kept has ended, or has said something unasked; nothing was sent over it."""


class Handle:
    """One of libcurl's handles, used for one transfer after the other, and its callbacks on the loop's thread.

    No callback may raise: libcurl would not hear of it.
    """

    def __init__(
        self,
        certificates: Certificates,
        families: Families,
        dial: Dial,
        idle: deque[Handle],
        connections: dict[Local | int, Connection],
    ) -> None:
        self._families = families
        self._dial = dial
        self._idle = idle
        self._connections = connections
        self._lines: list[bytes] = []
        #: The name whose addresses libcurl was told, so that it asks no resolver of its own.
        self._pinned = ""
        self.curl = new_curl(certificates)
        self.curl.handle = self
        #: The options of the last transfer, which the next one mostly shares.
        self._options: dict[int, object] = {}
        for option, callback in (
            (pycurl.WRITEFUNCTION, self._on_body),
            (pycurl.OPENSOCKETFUNCTION, self._on_socket),
            (pycurl.SOCKOPTFUNCTION, self._on_socket_made),
            (pycurl.PREREQFUNCTION, self._on_connected),
        ):
            self.curl.setopt(option, callback)

    def prepare(self, transfer: Transfer, addresses: tuple[str, ...]) -> None:
        self.transfer, request = transfer, transfer.request
        self._lines.clear()
        self._answered = False
        self._block = bytearray()
        self._size = self._pieces = self._connected = self._errno = 0
        #: What a callback found, for which libcurl has no name.
        self._fault: Exception | None = None
        self._tried: list[str] = []
        self._descriptors: list[int] = []
        self._connection: Connection | None = None
        milliseconds = max(1, int(request.left() * 1000))
        fields = [_line(*pair) for pair in request.headers if pair[0].lower() not in _LIBCURLS_OWN]
        given = {name.lower() for name, _ in request.headers}
        fields += [b"%s:" % name for name in _LIBCURL_ADDS if name not in given]
        url = request.url
        self.curl.setopt(pycurl.URL, b"%s://%s%s" % (url.raw_scheme, url.netloc, url.raw_path))
        if request.method == "GET":
            if self._options.get(pycurl.CUSTOMREQUEST):
                self._options.clear()
                self.curl.unsetopt(pycurl.CUSTOMREQUEST)
                self.curl.setopt(pycurl.HTTPGET, 1)
        else:
            self.curl.setopt(pycurl.POST, 1)
            self.curl.setopt(pycurl.POSTFIELDS, request.content)
            self._set(pycurl.CUSTOMREQUEST, request.method)
        self._set(pycurl.HTTPHEADER, fields)
        self._set(pycurl.REQUEST_TARGET, _target(request))
        self._set(pycurl.PROXY, _resolving_there(request.proxy or ""))
        if addresses or self._pinned:
            forgotten = [f"-{self._pinned}"] if self._pinned else []
            self._pinned = f"{url.raw_host.decode('ascii')}:{url.port or _PORTS[url.scheme]}" if addresses else ""
            listed = ",".join(f"[{one}]" if ":" in one else one for one in addresses)
            self.curl.setopt(pycurl.RESOLVE, [*forgotten, f"{self._pinned}:{listed}"] if addresses else forgotten)
        self._set(pycurl.FRESH_CONNECT, int(request.fresh or request.method != "GET"))
        self._set(pycurl.TIMEOUT_MS, 0 if request.endless else milliseconds)
        self._set(pycurl.CONNECTTIMEOUT_MS, milliseconds)
        # Of a stream nothing may come after the head for a long time.
        self._set(pycurl.HEADERFUNCTION, self._on_header if request.endless else self._lines.append)

    def _set(self, option: int, value: object) -> None:
        if self._options.get(option) != value:
            self._options[option] = value
            self.curl.setopt(option, value)

    def end(self, code: int, text: str) -> None:
        """The transfer is over: with an error unless ``code`` is 0."""
        transfer, request = self.transfer, self.transfer.request
        transfer.ended = True
        head = None if self._answered else self._head()
        if self._connection is not None:
            self._connection.handles.discard(self)
            self._connection.multiplexed |= bool(self._lines) and self._lines[0].startswith(b"HTTP/2")
        outcome: Exception | None = None
        if code or self._fault:
            outcome = self._fault or from_curl(
                code,
                text,
                request.shown,
                request.deadline,
                connected=self._connected > 0,
                heard=bool(self._lines),
                answering=self._answered or head is not None,
                number=self._errno or self.curl.getinfo(pycurl.OS_ERRNO),
                proxy_status=self.curl.getinfo(pycurl.HTTP_CONNECTCODE) if request.proxy else None,
            )
        elif not self._answered and head is None:  # it ended within its head, which libcurl takes for an answer
            outcome = broken(request.shown, answering=False)
        end = End(head, bytes(self._block) if self._answered or head else b"", outcome)
        self._idle.append(self)
        transfer.queue.put(end)

    def give_up(self) -> None:
        """Of an answer that goes on without end where libcurl does not count."""
        head = self._answered or self._head() is not None
        what = "a chunk or a trailer without end" if head else "a head without end"
        self._fault = invalid_http(self.transfer.request.shown, what)

    def _on_socket(self, purpose: int, address: Any) -> object:
        ip, port = str(address.addr[0]), int(address.addr[1])
        if not self._may_reach(ip):
            self._fault = private_address(self.transfer.request.shown)
            return pycurl.SOCKET_BAD
        self._tried.append(ip)
        try:
            if self._dial is _dial:
                self._opened = socket.socket(address.family, address.socktype, address.protocol)
            else:
                self._opened = self._dial(ip, port, self.transfer.request.left())
                self._opened.setblocking(False)
        except OSError as error:
            self._errno = error.errno or errno.ECONNREFUSED
            return pycurl.SOCKET_BAD
        return self._opened

    def _on_socket_made(self, descriptor: int, purpose: int) -> int:
        """libcurl has a descriptor of its own for the socket."""
        self._opened.close()
        self._descriptors.append(descriptor)
        return int(pycurl.SOCKOPT_OK if self._dial is _dial else pycurl.SOCKOPT_ALREADY_CONNECTED)

    def _on_connected(self, ip: str, local_ip: str, port: int, local_port: int) -> int:
        """A connection is there, new or used before, and nothing has been sent over it for this request."""
        self._connected += 1
        self._connection = self._connections.get((local_ip, local_port))
        if self._connected > 1:
            # libcurl would ask again by itself where a connection it had kept was dead. Trying again is decided above.
            return int(pycurl.PREREQFUNC_ABORT)
        if self._dial is _dial and not self._may_reach(ip):
            self._fault = private_address(self.transfer.request.shown)
            return int(pycurl.PREREQFUNC_ABORT)
        self._fault = None  # of another of the name's addresses
        if not self._tried:
            if self._connection is not None and self._connection.is_stale(local_port):
                self._fault = StaleConnection()
                return int(pycurl.PREREQFUNC_ABORT)
            self._listen()
            return int(pycurl.PREREQFUNC_OK)
        for descriptor in self._descriptors:
            connection = Connection(descriptor)
            if len(self._descriptors) == 1 or connection.local_port() == local_port:
                if len(self._connections) >= _MOST_KNOWN:
                    self._connections.clear()
                self._connections[local_ip, local_port] = self._connections[descriptor] = connection
                self._connection = connection
        if not self.transfer.request.proxy:
            self._families.connected(ip, self._tried)
        self._listen()
        return int(pycurl.PREREQFUNC_OK)

    def _listen(self) -> None:
        if self._connection is not None:
            self._connection.handles.add(self)
            self._connection.silent = 0

    def _may_reach(self, ip: str) -> bool:
        request = self.transfer.request
        return bool(request.proxy) or request.may_be_private or is_public(ip)

    def _on_header(self, line: bytes) -> int | None:
        self._lines.append(line)
        if not line.strip():
            self._hand_over()
        return None if self._fault is None else -1

    def _head(self) -> tuple[int, Pairs] | None:
        """The head of the answer, if it has come; notes what is wrong with it."""
        if not self._lines or self._fault is not None:
            return None
        request = self.transfer.request
        try:
            return _parse_head(self._lines, secure=request.url.scheme == "https")
        except ValueError as error:
            self._fault = invalid_http(request.shown, str(error))
            return None

    def _hand_over(self) -> None:
        """Gives the reader what has come."""
        if not self._answered:
            head = self._head()
            if head is None:
                return
            self._answered = True
            self.transfer.queue.put(head)
        if self._block:
            self.transfer.queue.put(bytes(self._block))
            self._block.clear()

    def _on_body(self, data: bytes) -> int | None:
        transfer = self.transfer
        if transfer.queue.qsize() >= _MOST_WAITING:
            transfer.paused = True
            if not transfer.queue.empty():  # its reader will look at ``paused`` when it has taken the last
                return int(pycurl.WRITEFUNC_PAUSE)
            transfer.paused = False
        self._size += len(data)
        self._pieces += 1
        if self._connection is not None:
            self._connection.silent = 0
        if self._size > transfer.request.most:
            self._fault = too_large(transfer.request.most)
        elif self._pieces > _MOST_PIECES and not transfer.request.endless:
            self._fault = invalid_http(transfer.request.shown, "pieces of next to nothing")
        if self._fault is not None:
            return -1
        self._block += data
        # Of an error or a redirect the head alone may be enough.
        if len(self._block) >= _BLOCK or transfer.request.endless or b" 200" not in self._lines[0][:13]:
            self._hand_over()
        return None


def _parse_head(lines: list[bytes], *, secure: bool) -> tuple[int, Pairs] | None:
    """Status and fields of the last head in the lines, interim ones (1xx) passed over; ``None`` before its end.

    Raises ``ValueError`` with what is wrong: libcurl reads some answers whose end is told in two ways, or in none.
    """
    if sum(map(len, lines)) > MOST_HEAD:
        raise ValueError("a head without end")
    status = 0
    fields: Pairs = []
    for line in lines:
        if line.startswith(b"HTTP/"):
            found = _STATUS.match(line)
            if found is None or (line.startswith(b"HTTP/2") and not secure):  # never asked for without TLS
                raise ValueError("a broken head")
            status, fields = int(found[1]), []
        elif not (text := line.strip()):
            if status == 101:
                raise ValueError("an upgrade nobody asked for")
            if status >= 200:
                _check_framing(status, fields)
                return status, fields
        elif line[0] in b" \t" and fields:  # folding: obsolete since 2014, and still sent
            fields[-1] = (fields[-1][0], fields[-1][1] + b" " + text)
        else:
            name, _, value = line.partition(b":")
            fields.append((name.strip().lower(), value.strip()))
    return None


def _check_framing(status: int, fields: Pairs) -> None:
    """Raises ``ValueError`` where the fields do not say in one way how long the body is (RFC 9112, 6.3)."""
    if status in (204, 304):
        return
    coding = b", ".join(value for name, value in fields if name == b"transfer-encoding").lower()
    if coding not in (b"", b"identity", b"chunked"):
        raise ValueError("a transfer coding nobody asked for")
    lengths = {part.strip() for name, value in fields if name == b"content-length" for part in value.split(b",")}
    if coding != b"chunked" and (len(lengths) > 1 or not all(one.isdigit() and len(one) <= 18 for one in lengths)):
        raise ValueError("an invalid length")


def new_curl(certificates: Certificates) -> Any:
    """A libcurl handle with every default that must not hold switched off; tests/test_fetch_transport.py has them."""
    curl = pycurl.Curl()
    for option, value in (
        (pycurl.NOSIGNAL, 1),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.REDIR_PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.FOLLOWLOCATION, 0),
        (pycurl.USERAGENT, ""),
        (pycurl.HTTP_CONTENT_DECODING, 0),
        (pycurl.HTTP09_ALLOWED, 0),
        (pycurl.PROXY, ""),
        (pycurl.NOPROXY, ""),
        (pycurl.NETRC, pycurl.NETRC_IGNORED),
        (pycurl.PATH_AS_IS, 1),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
        (_SUPPRESS_CONNECT_HEADERS, 1),
        (pycurl.SSL_VERIFYPEER, 1),
        (pycurl.SSL_VERIFYHOST, 2),
        (pycurl.MAXAGE_CONN, _IDLE_SECONDS),
        (pycurl.BUFFERSIZE, _BUFFER),
        *certificates.for_curl(),
    ):
        if value is None:
            curl.unsetopt(option)
        else:
            curl.setopt(option, value)
    return curl


#: What libcurl adds unless it is told not to.
_LIBCURL_ADDS = (b"accept", b"content-type", b"expect")
#: What libcurl writes by itself; the first would be sent twice, the others are wrong in HTTP/2.
_LIBCURLS_OWN = frozenset((b"host", b"content-length", b"connection", b"transfer-encoding"))


def _line(name: bytes, value: bytes) -> bytes:
    # "Name:" would take the header out; this is how libcurl spells one that is empty.
    return b"%s: %s" % (name, value) if value else b"%s;" % name


def _target(request: TransportRequest) -> bytes:
    """What the request's first line names; libcurl would spell it anew (``%2f`` as ``%2F``)."""
    url = request.url
    through_proxy = request.proxy is not None and url.scheme == "http" and not request.proxy.lower().startswith("socks")
    return b"http://%s%s" % (url.netloc, url.raw_path) if through_proxy else url.raw_path


def _resolving_there(proxy: str) -> str:
    """The proxy's address, in the form in which a SOCKS proxy looks names up itself."""
    return f"socks5h{proxy[6:]}" if proxy.lower().startswith("socks5:") else proxy
