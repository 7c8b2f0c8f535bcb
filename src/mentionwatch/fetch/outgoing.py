"""What leaves the house: address, headers and body of a question, and which of it is secret."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote, urlencode

import httpx

from mentionwatch.errors import Refused
from mentionwatch.exchange import Request, Secret, Validators

_PORTS = {"http": 80, "https": 443}
# These say how the message is framed, which is not the source's business.
_OURS = frozenset(("host", "accept-encoding", "connection", "content-length", "transfer-encoding", "te", "upgrade"))
# What a header of any request may say to any host.
_SHORTEST_SECRET = 4
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Outgoing:
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

    def host_port(self, url: httpx.URL) -> tuple[str, int]:
        """The host in its ASCII form, lower case, without brackets, and the port with the scheme's default."""
        return url.raw_host.decode("ascii").lower().strip("[]"), url.port or _PORTS[url.scheme]

    def shown_host(self, url: httpx.URL) -> str:
        host, port = self.host_port(url)
        host = f"[{host}]" if ":" in host else host
        return host if port == _PORTS[url.scheme] else f"{host}:{port}"

    def is_home(self, url: httpx.URL) -> bool:
        """Whether an address is the request's own host: same port, or the step from http to https."""
        host, port = self.host_port(url)
        if host != self.host:
            return False
        if url.scheme == self.url.scheme:
            return port == self.port
        return url.scheme == "https" and (self.port, port) == (80, 443)

    def headers_for(self, url: httpx.URL, validators: Validators) -> list[tuple[bytes, bytes]]:
        headers = [(b"Host", url.netloc), *self.common]
        if self.is_home(url):
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
        return self._hide(str(_bare(url)))

    def storable(self, url: httpx.URL) -> str | None:
        """An address to be asked next time, or ``None`` when a secret is part of it."""
        bare = str(_bare(url))
        return bare if self._hide(bare) == bare else None

    def shown(self, url: httpx.URL) -> str:
        """An address for a message: without its query, and not endless."""
        text = self._hide(f"{url.scheme}://{self.shown_host(url)}{url.raw_path.decode('ascii').partition('?')[0]}")
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

    def _hide(self, text: str) -> str:
        for secret in self.secrets:
            for spelt in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
                text = text.replace(spelt, "***")
        return text


def prepare(request: Request, user_agent: str) -> Outgoing:
    """Checks a request and makes it ready. Raises :class:`~mentionwatch.errors.Refused` when it cannot be sent."""
    secrets: list[str] = []
    url, public = _addresses(request, secrets)
    common: list[tuple[bytes, bytes]] = []
    private: list[tuple[bytes, bytes]] = []
    own = {"user-agent": user_agent, "accept": request.accept or "*/*", "accept-encoding": "gzip"}
    for name, value in own.items():
        common.append((name.title().encode(), _value(name, value)))
    if url.userinfo:
        password = unquote(url.userinfo.decode("ascii").partition(":")[2])
        secrets.append(password)
        private.append((b"Authorization", b"Basic " + base64.b64encode(_userinfo(url))))
    for name, text in request.headers.items():
        if isinstance(text, Secret):
            secrets.append(text.reveal().strip())
        if name.lower() in _OURS:
            continue
        pair = (_name(name), _value(name, text.reveal() if isinstance(text, Secret) else text))
        private = [kept for kept in private if kept[0].lower() != pair[0].lower()]
        private.append(pair)
    replaced = {name.lower() for name, _ in private}
    content = b""
    if request.json is not None:
        content = _json(request.json, secrets)
        private.append((b"Content-Type", b"application/json"))
    bare = _bare(url)
    return Outgoing(
        request=request,
        method=request.method.upper(),
        url=bare,
        host=bare.raw_host.decode("ascii").lower().strip("[]"),
        port=bare.port or _PORTS[bare.scheme],
        content=content,
        common=tuple(pair for pair in common if pair[0].lower() not in replaced),
        private=tuple(private),
        secrets=tuple(sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True)),
        public_url=public,
    )


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
        if url.scheme not in _PORTS or not url.raw_host:
            raise Refused("only addresses that start with http:// or https:// and name a host can be asked")
        if not 0 < (url.port or 1) < 65_536:
            raise ValueError
    except (httpx.InvalidURL, ValueError):
        raise Refused("the address to ask is not one: check the source's URL") from None
    return url, str(_bare(shown))


def _with_params(url: str, params: list[tuple[str, str]]) -> str:
    """``params`` after what the query holds already; httpx's own way would replace it."""
    address = url.strip().partition("#")[0]
    if not params:
        return address
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode(params, errors='replace')}"


def _bare(url: httpx.URL) -> httpx.URL:
    """Without user, password and fragment; copying costs a parse, and most have none of them."""
    return url.copy_with(userinfo=b"", fragment=None) if url.userinfo or url.fragment else url


def _userinfo(url: httpx.URL) -> bytes:
    user, _, password = url.userinfo.decode("ascii").partition(":")
    return f"{unquote(user)}:{unquote(password)}".encode()


def _json(value: object, secrets: list[str]) -> bytes:
    def reveal(part: object) -> str:
        if isinstance(part, Secret):
            secrets.append(part.reveal())
            return part.reveal()
        raise TypeError(f"{type(part).__name__} is not JSON")

    return json.dumps(value, default=reveal, allow_nan=False).encode("ascii")


def _name(name: str) -> bytes:
    if not name or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise Refused("a header of the request has a name that cannot be sent")
    return name.encode("ascii")


def _value(name: str, value: str) -> bytes:
    """A header's value as bytes. A secret read from a file ends in a line feed often enough: that goes."""
    value = value.strip()
    if not value.isprintable():
        raise Refused(f"the header {name} holds characters that cannot be sent")
    return value.encode("utf-8")
