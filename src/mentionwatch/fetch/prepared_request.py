"""What leaves the house: address, headers and body of a question, and which of it is secret."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlencode

import httpx

from mentionwatch.errors import BlockedAddress
from mentionwatch.messages import Request, Secret, Validators

_PORTS = {"http": 80, "https": 443}
# Letters, digits, hyphens, and the underscore that some hosts have; what else a parser may let through is no name.
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]|\.(?!\.))*")
# These say how the message is framed, which is not the source's business.
_OURS = frozenset(("host", "accept-encoding", "connection", "content-length", "transfer-encoding", "te", "upgrade"))
# What is shorter is not hidden in addresses: it would be found in every second one.
_SHORTEST_SECRET = 4
# Characters of an address in a message.
_SHOWN = 200
_ORIGIN = re.compile(r"[a-z]{1,10}://[^/?#]*")


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request made ready. ``url`` holds secret parameters: it is shown only through the methods here."""

    request: Request
    method: str
    url: httpx.URL
    host: str
    port: int
    content: bytes
    #: Sent to every host on the way.
    common: tuple[tuple[bytes, bytes], ...]
    #: Sent to ``url``'s own host only.
    private: tuple[tuple[bytes, bytes], ...]
    secrets: tuple[str, ...]
    #: ``url`` without what is secret, as it may be stored.
    public_url: str

    @property
    def has_secrets(self) -> bool:
        return bool(self.secrets)

    def is_same_origin(self, url: httpx.URL) -> bool:
        """Whether an address is the request's own host: same port, or the step from http to https."""
        host, port = host_port(url)
        if host != self.host:
            return False
        if url.scheme == self.url.scheme:
            return port == self.port
        return url.scheme == "https" and (self.port, port) == (80, 443)

    def headers_for(self, url: httpx.URL, validators: Validators, *, same_origin: bool) -> list[tuple[bytes, bytes]]:
        """All headers of the request, or away from home those that any server may see."""
        headers = [(b"Host", url.netloc), *self.common]
        if same_origin:
            headers += self.private
        if validators.etag:
            headers.append((b"If-None-Match", _value("If-None-Match", validators.etag)))
        if validators.last_modified:
            headers.append((b"If-Modified-Since", _value("If-Modified-Since", validators.last_modified)))
        if self.content:
            headers.append((b"Content-Length", b"%d" % len(self.content)))
        return headers

    def redacted(self, url: httpx.URL) -> str:
        """An address as it may be kept and shown, whole but for user, password and secrets."""
        if url is self.url:
            return self.public_url
        return self._hide(str(bare(url)))

    def storable(self, url: httpx.URL) -> str | None:
        """An address to be asked next time, or ``None`` when a secret is part of it."""
        text = str(bare(url))
        return text if self._hide(text) == text else None

    def shown(self, url: httpx.URL) -> str:
        """An address for a message: without its query, and not endless."""
        text = self._hide(f"{url.scheme}://{display_host(url)}{url.raw_path.decode('ascii').partition('?')[0]}")
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

    def _hide(self, text: str) -> str:
        for secret in self.secrets:  # the longest first
            for spelt in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
                text = text.replace(spelt, "***")
            if secret in unquote(text) or secret in unquote_plus(text):
                # Spelt in a way of the server's own, half encoded perhaps: nothing behind the host is shown.
                origin = _ORIGIN.match(text)
                return f"{origin[0] if origin else ''}/***"
        return text


def host_port(url: httpx.URL) -> tuple[str, int]:
    """The host in its ASCII form, lower case, without brackets, and the port with the scheme's default."""
    return url.raw_host.decode("ascii").lower(), _PORTS[url.scheme] if url.port is None else url.port


def display_host(url: httpx.URL) -> str:
    """The host as messages name it, with its port where that is not the usual one."""
    host, port = host_port(url)
    host = f"[{host}]" if ":" in host else host
    return host if port == _PORTS[url.scheme] else f"{host}:{port}"


def is_web_address(url: httpx.URL) -> bool:
    """Whether an address is one of the web's, with a host that can be looked up; all others are never asked."""
    if url.scheme not in _PORTS:
        return False
    host, port = host_port(url)
    return 0 < port < 65_536 and (_NAME.fullmatch(host) is not None or _is_ipv6(host))


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def bare(url: httpx.URL) -> httpx.URL:
    """Without user, password and fragment; copying costs a parse, and most have none of them."""
    return url.copy_with(userinfo=b"", fragment=None) if url.userinfo or url.fragment else url


def prepare(request: Request, user_agent: str) -> PreparedRequest:
    """Checks a request and makes it ready. Raises ``BlockedAddress`` when it cannot be sent."""
    method = request.method.upper()
    if not (method.isascii() and method.isalpha()):
        raise BlockedAddress("the request has a method that cannot be sent")
    secrets: list[str] = []
    url, public = _addresses(request, secrets)
    common, private = _headers(request, url, user_agent, secrets)
    content = request.content
    if content:
        private.setdefault("content-type", (b"Content-Type", b"application/json"))
    elif request.json is not None:
        content = _json(request.json, secrets)
        private.setdefault("content-type", (b"Content-Type", b"application/json"))
    elif request.form:
        content = _form(request.form, secrets)
        private.setdefault("content-type", (b"Content-Type", b"application/x-www-form-urlencoded"))
    address = bare(url)
    host, port = host_port(address)
    return PreparedRequest(
        request=request,
        method=method,
        url=address,
        host=host,
        port=port,
        content=content,
        common=tuple(common.values()),
        private=tuple(private.values()),
        secrets=tuple(sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True)),
        public_url=public,
    )


def _headers(
    request: Request, url: httpx.URL, user_agent: str, secrets: list[str]
) -> tuple[dict[str, tuple[bytes, bytes]], dict[str, tuple[bytes, bytes]]]:
    """Headers for every host on the way, and those for the request's own, by lower-case name."""
    common = {
        "user-agent": (b"User-Agent", _value("User-Agent", user_agent)),
        "accept": (b"Accept", _value("Accept", request.accept or "*/*")),
        "accept-encoding": (b"Accept-Encoding", b"gzip"),
    }
    private: dict[str, tuple[bytes, bytes]] = {}
    if url.userinfo:
        user, _, password = (unquote(part) for part in url.userinfo.decode("ascii").partition(":"))
        secrets.append(password)
        private["authorization"] = (b"Authorization", b"Basic " + base64.b64encode(f"{user}:{password}".encode()))
    for name, text in request.headers.items():
        key = name.lower()
        if key in _OURS:
            continue
        if isinstance(text, Secret):
            secrets += {
                text.reveal().strip(),
                *text.reveal().split()[-1:],
                *text.reveal().strip().split(None, 1)[-1:],
            }  # "Bearer t0ken" is hidden as well as "t0ken"
            text = text.reveal()
        target = common if key in common else private
        target[key] = (_name(name), _value(name, text))
    return common, private


def _addresses(request: Request, secrets: list[str]) -> tuple[httpx.URL, str]:
    """The address with all parameters, and the one with those that may be shown."""
    whole: list[tuple[str, str]] = []
    public: list[tuple[str, str]] = []
    for name, value in request.params:
        if isinstance(value, Secret):
            secrets.append(value.reveal())
            whole.append((name, value.reveal()))
        else:
            whole.append((name, value))
            public.append((name, value))
    try:
        url = httpx.URL(_with_params(request.url, whole))
        shown = url if len(whole) == len(public) else httpx.URL(_with_params(request.url, public))
        if url.scheme not in _PORTS:
            raise BlockedAddress("only addresses that start with http:// or https:// can be requested")
        if not is_web_address(url):
            raise ValueError
    except (httpx.InvalidURL, ValueError):
        raise BlockedAddress("the URL is invalid: check the source's URL") from None
    return url, str(bare(shown))


def _with_params(url: str, params: list[tuple[str, str]]) -> str:
    """``params`` after what the query holds already; httpx's own way would replace it."""
    address = url.strip().partition("#")[0]
    if not params:
        return address
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode(params, errors='replace')}"


def _json(value: object, secrets: list[str]) -> bytes:
    def reveal(part: object) -> str:
        if isinstance(part, Secret):
            secrets.append(part.reveal())
            return part.reveal()
        raise TypeError(f"{type(part).__name__} is not JSON")

    return json.dumps(value, default=reveal, allow_nan=False).encode("ascii")


def _form(pairs: tuple[tuple[str, str | Secret], ...], secrets: list[str]) -> bytes:
    secrets += [value.reveal() for _, value in pairs if isinstance(value, Secret)]
    shown = [(name, value.reveal() if isinstance(value, Secret) else value) for name, value in pairs]
    return urlencode(shown, errors="replace").encode("ascii")


def _name(name: str) -> bytes:
    if not name or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise BlockedAddress("a header of the request has a name that cannot be sent")
    return name.encode("ascii")


def _value(name: str, value: str) -> bytes:
    """A header's value as bytes. A secret read from a file ends in a line feed often enough: that goes."""
    value = value.strip()
    if not value.isprintable():
        raise BlockedAddress(f"the header {name} holds characters that cannot be sent")
    return value.encode("utf-8")
