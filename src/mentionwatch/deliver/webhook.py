"""Where an alert goes: webhooks, ntfy and Slack by ourselves, whatever else there is by Apprise.

The address is the secret here – whoever has it can write to the channel – so of it no more than the host is ever
shown, and of one that Apprise reads, which may begin with the key, only the scheme.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

from mentionwatch.config import AlertChannel
from mentionwatch.deliver import Delivery, Outcome, SendResult
from mentionwatch.deliver.outbox import Transport
from mentionwatch.env import Env
from mentionwatch.errors import RateLimited, SourceError, TooLarge, UserError
from mentionwatch.fetch import Fetcher
from mentionwatch.messages import Request, Secret

#: The extra that brings Apprise.
APPRISE = "pip install 'mentionwatch[notify]'"
#: What the services take: Slack cuts at 40,000 characters and asks for 4,000; ntfy makes a file of more than 4,096
#: bytes (docs.ntfy.sh/publish, "Message limits").
_SLACK_CHARACTERS, _NTFY_BYTES, _APPRISE_CHARACTERS = 3_900, 3_900, 3_900
_NTFY_SH = "ntfy.sh"
#: Seconds that a service may take, and bytes that are read of its answer: what it says does not matter.
_DEADLINE, _MOST_BYTES = 20.0, 64_000
#: ntfy's priorities: 5 is what makes a telephone ring on and on, and 4 what does so once.
_PRIORITY = {"urgent": 5, "snowball": 5, "spike": 4, "overdue": 4}

Form = Literal["json", "slack", "ntfy", "apprise"]


@dataclass(frozen=True, slots=True)
class Target:
    """An address that has been read. ``shown`` is what of it may be shown; ``topic`` is ntfy's."""

    form: Form
    url: Secret
    shown: str
    host: str | None = None
    port: int | None = None
    topic: Secret | None = None


def target(address: str) -> Target:
    """Read an address; :class:`~mentionwatch.errors.UserError` for one that nothing can be sent to, without showing it.

    ``json+https``, ``json+http``, ``slack+https``, ``slack+http``, ``https`` of ``hooks.slack.com``, ``ntfy`` (https at
    ntfy.sh, else http) and ``ntfys`` are ours; every other is left to Apprise.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise UserError("not a valid address; write json+https://, ntfys:// or slack+https://") from None
    scheme = parts.scheme.lower()
    if scheme in ("ntfy", "ntfys"):
        return _ntfy(parts, port)
    form, _, web = scheme.rpartition("+")
    if scheme == "https" and (parts.hostname or "") == "hooks.slack.com":
        form, web = "slack", "https"
    if form in ("json", "slack") and web in ("https", "http"):
        if not parts.hostname:
            raise UserError(f"an address that begins with {scheme}:// needs a host")
        url = parts._replace(scheme=web, fragment="").geturl()
        return Target("slack" if form == "slack" else "json", Secret(url), _host(parts), parts.hostname, port)
    if scheme in ("http", "https"):
        raise UserError(f"say what to send there: json+{scheme}:// or slack+{scheme}://")
    if not scheme or not scheme[0].isalpha():
        raise UserError("the address does not begin with a scheme, such as json+https://")
    return Target("apprise", Secret(address.strip()), f"{scheme}://…")


def _ntfy(parts: SplitResult, port: int | None) -> Target:
    topic, secure = unquote(parts.path.strip("/")), parts.scheme.lower() == "ntfys"
    host = _host(parts)
    if not topic:
        # ntfy://topic alone is the public server's.
        topic, host, port, secure = unquote(parts.netloc.rpartition("@")[2]), _NTFY_SH, None, True
    if not topic or "/" in topic:
        raise UserError("an ntfy address is ntfys://HOST/TOPIC, or ntfy://TOPIC for ntfy.sh")
    user, at, _ = parts.netloc.rpartition("@")
    url = f"{'https' if secure else 'http'}://{user}{at}{host}/"
    name = _NTFY_SH if host == _NTFY_SH else parts.hostname
    return Target("ntfy", Secret(url), host, name, port, Secret(topic))


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def signature(secret: Secret, timestamp: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256, in hexadecimal, of timestamp, a full stop and the body as it was sent."""
    signed = timestamp.encode("ascii") + b"." + body
    return "v1=" + hmac.new(secret.reveal().encode("utf-8", "replace"), signed, hashlib.sha256).hexdigest()


def transport(notify: AlertChannel, env: Env, agent: str) -> Transport:
    """What sends the alerts of a ``[[notify]]`` entry that has an address; ``agent`` is our User-Agent."""

    def send_alert(delivery: Delivery) -> SendResult:
        if notify.problem is not None or notify.url is None:
            return _failed(notify.problem or "no address", notify.name)
        try:
            to = target(notify.url.reveal())
        except UserError as error:
            return _failed(str(error), notify.name)
        with Fetcher(env, user_agent=agent, max_bytes=_MOST_BYTES, deadline=_DEADLINE) as fetcher:
            return send(to, delivery.content, fetcher, env.now(), secret=notify.secret, private=notify.private)

    return send_alert


def send(
    to: Target, body: bytes, fetcher: Fetcher, now: datetime, *, secret: Secret | None = None, private: bool = False
) -> SendResult:
    """Try once. ``body`` is the document of :func:`mentionwatch.render.alert.document`; the same on every try.

    A private address is for an address or a local name, or with ``private`` for any name. Redirects are not followed,
    and the answer is read within the fetcher's bounds.
    """
    document = json.loads(body)
    if to.form == "apprise":
        return _send_by_apprise(to, document)
    request = _request(to, body, document, now, secret)
    host = f"[{to.host}]" if ":" in (to.host or "") else to.host or ""
    named = f"{host}:{to.port}" if to.port else host
    try:
        fetcher.fetch(request, allowed_hosts=frozenset({named}), private=private)
    except TooLarge:
        # Only what was taken is answered at length: errors are read no further than we care to.
        pass
    except SourceError as error:
        return _failed(_said(error, to), to.shown, error.until if isinstance(error, RateLimited) else None)
    return _taken(to)


def _failed(error: str, recipient: str, retry_at: datetime | None = None) -> SendResult:
    """A try that came to nothing, and why."""
    return SendResult((Outcome(recipient, "later", reply=error),), error, retry_at)


def _taken(to: Target) -> SendResult:
    return SendResult((Outcome(to.shown, "accepted"),))


def _request(to: Target, body: bytes, document: dict[str, Any], now: datetime, secret: Secret | None) -> Request:
    headers: dict[str, str | Secret] = {"X-Mentionwatch-Id": document["id"]}
    if to.form == "slack":
        body = _bytes({"text": _slack_text(document)})
    elif to.form == "ntfy":
        body = _bytes(_ntfy_message(to, document))
    elif secret is not None:
        timestamp = str(int(now.timestamp()))
        headers |= {
            "X-Mentionwatch-Timestamp": timestamp,
            "X-Mentionwatch-Signature": signature(secret, timestamp, body),
        }
    return Request(
        "alert", to.url.reveal(), method="POST", headers=headers, content=body, follow_redirects=False, metered=False
    )


def _bytes(value: object) -> bytes:
    return json.dumps(value, allow_nan=False).encode("ascii")


def _slack_text(document: dict[str, Any]) -> str:
    """Slack reads ``<!channel>`` and links out of a text: these three characters, escaped, are all it asks for.

    What speaks Slack's language besides – Mattermost, Rocket.Chat – also reads ``@channel`` and ``[words](address)``.
    """
    text = chat_text(f"{document['title']}\n{document['text']}"[:_SLACK_CHARACTERS])
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


#: What a chat service makes more of than words: somebody is called by ``@`` or ``<@``, a role or room by ``<``, and a
#: link is hidden behind other words by ``](``. The end of an address such as ``https://social.example/@jo`` is none.
_CALL = re.compile(
    r"(?<![\w/.])[@\uff20](?=\w)|[@\uff20](?=(?:everyone|here|channel|all|room|team)\b)|<(?=[@!#&:/\w])|\](?=\()",
    re.IGNORECASE,
)


def chat_text(text: str) -> str:
    """A text that calls nobody and hides no link in any chat: a zero-width space stands behind what would do so.

    A stranger's post must not ring everybody's telephone, nor send them to another address than the one they read.
    """
    return _CALL.sub("\\g<0>\u200b", text)


def _ntfy_message(to: Target, document: dict[str, Any]) -> dict[str, object]:
    assert to.topic is not None
    message = document["text"].encode("utf-8", "replace")[:_NTFY_BYTES].decode("utf-8", "ignore")
    message_json: dict[str, object] = {
        "topic": to.topic.reveal(),
        "title": document["title"],
        "message": message,
        "priority": _PRIORITY.get(document["event"], 3),
    }
    return message_json | ({"click": document["url"]} if document["url"] else {})


def _said(error: SourceError, to: Target) -> str:
    """The error without anything of the address but its host; of a redirect not where it leads."""
    if error.status is not None and 300 <= error.status < 400:
        return f"{to.shown} redirects ({error.status}): write its new address into the configuration"
    message = error.message
    parts = urlsplit(to.url.reveal())
    hidden = [*parts.path.split("/"), *parts.query.split("&"), parts.query.partition("=")[2], parts.password or ""]
    spelt = {said for part in hidden for said in (part, unquote(part), quote(part)) if len(said) >= 4}
    for part in sorted(spelt, key=len, reverse=True):
        message = message.replace(part, "***")
    return message


def _send_by_apprise(to: Target, document: dict[str, Any]) -> SendResult:
    try:
        service = apprise_service(to)
    except UserError as error:
        return _failed(str(error), to.shown)
    text = chat_text(document["text"][:_APPRISE_CHARACTERS])
    try:
        taken = bool(service.notify(body=text, title=chat_text(document["title"]), body_format="text"))
    except Exception as error:  # noqa: BLE001 - a hundred plugins, each with the errors of its own
        return _failed(f"{to.shown}: Apprise failed with {type(error).__name__}", to.shown)
    return (
        _taken(to)
        if taken
        else _failed(f"{to.shown}: Apprise could not send it; check the address and the service", to.shown)
    )


def apprise_service(to: Target) -> Any:
    """An ``apprise.Apprise`` that holds the address; a :class:`~mentionwatch.errors.UserError` where that cannot be."""
    try:
        import apprise  # imported here: an extra, and slow
    except ImportError:
        raise UserError(f"addresses that begin with {to.shown} need Apprise: {APPRISE}") from None
    # It writes addresses into its log.
    apprise.logger.disabled = True
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="mentionwatch", app_desc="mentionwatch"))
    if not service.add(to.url.reveal()):
        raise UserError(f"Apprise does not know addresses like this one, which begins with {to.shown}")
    return service
