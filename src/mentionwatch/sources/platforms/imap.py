"""Mail: Google Alerts, other alerts and newsletters, read from a mailbox."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.mail_batch import Mail, MailBatch, unpack
from mentionwatch.messages import Limits, MailQuestion, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.platforms import _alert_mail
from mentionwatch.sources.platforms._alert_mail import ALERT_SENDERS
from mentionwatch.sources.platforms._mail_parser import ParsedMail, parse_mail
from mentionwatch.sources.toolkit.feed_dates import parse_date
from mentionwatch.sources.toolkit.items import links_of
from mentionwatch.sources.toolkit.options import option, require_options
from mentionwatch.text import PlainText, clean, one_line, plain_from_html
from mentionwatch.urls import canonical_url, safe_url, same_site

_PORTS = {"tls": 993, "starttls": 143, "none": 143}
#: UIDVALIDITY, the UID read up to, the day of it, and whether the day still holds.
_CHECKPOINT = re.compile(r"([0-9]{1,10})\.([0-9]{1,10})\.([0-9]{4})([0-9]{2})([0-9]{2})(\.dated)?", re.ASCII)
_HOST = re.compile(r"(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?|\[[0-9A-Fa-f:.]{2,45}\]")
#: What a newsletter links to for its own sake: whoever follows it may end the subscription.
_HOUSEKEEPING = re.compile(
    r"unsubscribe|opt-?out|manage[-_]?(?:your[-_]?)?(?:subscription|preference)|email[-_]?preferences|abmelden|desinscri",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Imap:
    """Alerts and newsletters that arrive by e-mail: new mails of one folder of a mailbox, matched here.

    Each result of a Google Alert (or of Talkwalker, F5Bot and the like) is an item under its own address; any other
    mail is one item with its links. Only mails of `senders` are read; they stay unread and where they are. Google,
    Microsoft, Apple and Yahoo want an app password or an OAuth token in place of the account's password.
    """

    type: ClassVar[str] = "imap"
    platform: ClassVar[str] = "email"
    #: Providers publish none for reading; Gmail allows 15 connections at once.
    limits: ClassVar[Limits] = Limits(min_interval=0.0, concurrency=2, pages=20, every=900.0)
    account: ClassVar[str] = "a mailbox: user name and password, app password or OAuth token"
    limitations: ClassVar[str] = (
        "attached files, what of a mail lies beyond 1 MB, mails moved away before they are read"
    )

    server: str = field(metadata={"help": "The mail server, like imap.acme.example.", "scheme": "imap"})
    username: str = field(metadata={"help": "The user name, often the whole address."})
    password: Secret = field(metadata={"help": "The password or app password; with `oauth` the access token."})
    port: int | None = option(None, "The port: 993 for TLS and 143 else, if unset.")
    security: Literal["tls", "starttls", "none"] = option(
        "tls", "How the connection is secured: tls, starttls, or none on your own machine."
    )
    oauth: bool = option(False, "The password is an OAuth access token (XOAUTH2).")
    folder: str = option("INBOX", "The folder to read; a Gmail label is one, too.")
    senders: tuple[str, ...] = option(
        ALERT_SENDERS, 'Addresses or domains whose mails are read; ["*"] for every mail of the folder.'
    )
    read_as: Literal["auto", "alerts", "newsletters"] = option(
        "auto", "auto takes alert services' mails apart; alerts does it with every mail, newsletters never."
    )
    look_back: timedelta = option(timedelta(days=30), "How far back the first look reaches, 50 mails at most.")
    ca_file: Path | None = option(None, "PEM certificates to trust, for a server with an authority of its own.")

    def __post_init__(self) -> None:
        server = self._address()
        folder = self.folder.strip() and self.folder.isprintable() and len(self.folder) <= 200
        senders = self.senders and all(sender == "*" or _is_plain(sender, 300) for sender in self.senders)
        require_options(
            (server, "server: the name of a mail server, like imap.acme.example"),
            (_is_plain(self.username, 300), "username: one line of plain characters, like alerts@acme.example"),
            (folder, 'folder: the name of a folder, like "INBOX" or "Alerts/Acme"'),
            (senders, 'senders: addresses or domains, like ["googlealerts-noreply@google.com"]'),
            (timedelta(0) <= self.look_back <= timedelta(days=3_660), "look_back: from 0 to 10 years"),
        )
        object.__setattr__(self, "server", server)

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        question = one_line(f"{self.username} {self.folder}", 200)
        since = checkpoints.get(question)
        mail = self._question(since, now)
        yield Request(query_key=question, url=self.server, since=None if mail.uidvalidity is None else since, mail=mail)

    def parse(self, response: Response) -> Page:
        try:
            bag = unpack(response.body)
        except (ValueError, RecursionError):
            raise UnexpectedResponse("the response is not a mail batch", status=response.status) from None
        items: list[Item] = []
        broken = 0
        for mail in bag.mails:
            try:
                items += self._items(mail, response)
            except Exception:  # noqa: BLE001 – one stranger's mail must not keep all others from being read
                broken += 1
        note = f"{broken} of {len(bag.mails)} mails could not be read" if broken else None
        return self._page(bag, _once(items), response, note)

    def _address(self) -> str | None:
        """``imaps://host:port`` of what the user wrote, with or without scheme and port."""
        scheme = "imaps" if self.security == "tls" else "imap"
        text = self.server.strip().rstrip("/")
        try:
            parts = urlsplit(text if "://" in text else f"{scheme}://{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return None
        shown = f"[{host}]" if ":" in host else host
        port = self.port or port or _PORTS[self.security]
        known = parts.scheme in ("imap", "imaps") and parts.username is None and not (parts.path or parts.query)
        return f"{scheme}://{shown}:{port}" if known and _HOST.fullmatch(shown) and 0 < port < 65_536 else None

    # --- asking -------------------------------------------------------------------------------------------------------

    def _question(self, since: str | None, now: datetime) -> MailQuestion:
        read = _CHECKPOINT.fullmatch(since or "")
        day = _day(read) if read else None
        first = MailQuestion(
            folder=self.folder,
            username=self.username,
            password=self.password,
            since=now.date() - self.look_back,
            security=self.security,
            oauth=self.oauth,
            senders=() if "*" in self.senders else tuple(sender.strip().lstrip("@") for sender in self.senders),
            ca_file=self.ca_file,
        )
        if read is None or day is None or int(read[1]) >= 2**32 or int(read[2]) >= 2**32:
            return first
        return replace(first, since=day, uidvalidity=int(read[1]), after=int(read[2]), dated=read[6] is not None)

    def _page(self, bag: MailBatch, items: tuple[Item, ...], response: Response, note: str | None) -> Page:
        request, asked = response.request, response.request.mail
        if asked is None:
            raise UnexpectedResponse("the response belongs to no query of this source", status=response.status)
        day = response.received_at.date()
        if bag.more:  # what is not yet read arrived before today
            arrived = [at for mail in bag.mails if (at := parse_date(mail.arrived, response.received_at)) is not None]
            day = min(day, max(arrived).date()) if arrived else asked.since
        dated = bag.more and (bag.uidvalidity_changed or asked.dated)
        checkpoint = f"{bag.uidvalidity}.{bag.highest_uid}.{day:%Y%m%d}{'.dated' if dated else ''}"
        page = Page(items, checkpoint=checkpoint, ascending=True, note=note)
        forward = bag.highest_uid > asked.after or bag.uidvalidity_changed
        if not bag.more or not forward or request.page + 1 >= self.limits.pages:
            return page
        following = replace(asked, uidvalidity=bag.uidvalidity, after=bag.highest_uid, dated=dated)
        return replace(page, next=replace(request, mail=following, page=request.page + 1))

    # --- reading ------------------------------------------------------------------------------------------------------

    def _items(self, mail: Mail, response: Response) -> list[Item]:
        letter = parse_mail(mail.raw)
        if not letter.head or not self._is_wanted(letter.address):
            return []
        at = parse_date(letter.date, response.received_at) or parse_date(mail.arrived, response.received_at)
        if self.read_as == "alerts" or (self.read_as == "auto" and _alert_mail.is_alert(letter)):
            found = _alert_mail.results(letter)
            if found:
                return [_result(result, at) for result in found]
        return [_newsletter(letter, mail, at)]

    def _is_wanted(self, address: str) -> bool:
        """Whether a sender is one of those named; the server's search finds more, parts of names too."""
        domain = address.partition("@")[2]
        for sender in self.senders:
            named = sender.strip().lower().lstrip("@")
            if named == "*" or address == named or ("@" not in named and domain and same_site(domain, named)):
                return True
        return False


def _once(items: list[Item]) -> tuple[Item, ...]:
    """Each result once: two alerts find the same page, in other words, and it is one page."""
    found: dict[str, Item] = {}
    for number, item in enumerate(items):
        address = canonical_url(item.url) if item.url and item.external_id is None else None
        found.setdefault(address or f"mail {number}", item)
    return tuple(found.values())


def _is_plain(text: str, most: int) -> bool:
    return 0 < len(text.strip()) <= most and text.isascii() and text.isprintable()


def _day(read: re.Match[str]) -> date | None:
    try:
        return date(int(read[3]), int(read[4]), int(read[5]))
    except ValueError:
        return None


def _result(result: _alert_mail.Result, at: datetime | None) -> Item:
    """What an alert found, under its own address: a feed may bring the same."""
    return Item(
        platform=Imap.platform,
        kind="article",
        url=result.url,
        title=result.title or None,
        text=result.text,
        author=Author(name=result.publisher),
        published_at=at,
    )


def _newsletter(letter: ParsedMail, mail: Mail, at: datetime | None) -> Item:
    """A mail as one item, known by its Message-ID, for its place in the mailbox may change."""
    said = plain_from_html(letter.html) if letter.html.strip() else PlainText("")
    if not said.text:
        said = PlainText(clean(letter.plain.replace("\r\n", "\n")).strip(), said.links)
    url = safe_url(letter.archived_at) if letter.archived_at else None
    number = one_line(letter.message_id, 200)
    if not number:
        words = "\n".join((letter.address, letter.subject, letter.date, letter.html or letter.plain))
        number = "mail-" + hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=12).hexdigest()
    unwanted = frozenset(letter.unsubscribe)
    address = one_line(letter.address, 320) or None
    return Item(
        platform=Imap.platform,
        kind="article",
        external_id=number,
        url=url,
        title=one_line(letter.subject) or None,
        text=said.text,
        author=Author(name=one_line(letter.name, 200) or address, handle=address),
        published_at=at,
        links=tuple(link for link in links_of(said, url) if link not in unwanted and not _HOUSEKEEPING.search(link)),
    )
