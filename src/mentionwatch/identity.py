"""Which items are the same item: the keys each is known by, and what a hit on one of them proves.

Pure. The caller keeps a table from key to stored item; for a new item it looks up all keys at once, hands what it
found to :func:`resolve_identity`, and does what the :class:`IdentityDecision` says. The rules: ``docs/identity.md``.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mentionwatch.model import Item
from mentionwatch.urls import canonical_url, host_of

#: Characters of an id that stand in a key as they are; longer ones are hashed.
_MAX_ID = 200
#: Words of text that make an entry without a date known by them.
_DATELESS_WORDS = 20
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
#: Code points of title and text that are compared: what differs only beyond is the same words.
_COMPARED = 200_000


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """One name an item is known by. ``text`` begins with its kind: ``id:``, ``guid:``, ``url:``, ``at:`` or ``words:``.

    ``evidence`` says what a hit proves, in words for ``why``. With ``needs_same_words`` a hit counts only when the
    stored item says the same (:func:`same_words`). A key is there to ``find`` another item by, to be ``stored`` for
    others to find this one, or both.
    """

    text: str
    evidence: str
    needs_same_words: bool = False
    find: bool = True
    stored: bool = True


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A stored item that a key hit: its row's ``id``, what it said, and all key texts stored for it."""

    id: int | str
    item: Item
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdentityDecision:
    """What a new item is.

    ``same`` is the stored item it is, or ``None`` for a new one. ``evidence`` is the reason either way. ``name`` is
    the key text its public id is made from (:func:`mention_id`) when it is new: the strongest one that no other item
    holds. ``keys`` are those to store for the item, new or known: all that no other item holds.
    """

    same: int | str | None
    evidence: str
    name: str
    keys: tuple[str, ...]


def identity_keys(items: Sequence[Item], source: str) -> tuple[tuple[IdentityKey, ...], ...]:
    """The keys of each item of one answer of the source named ``source``, strongest first, at least one each.

    The answer matters as a whole: a guid or link that several entries with different words share names none of them,
    and the second of two entries that nothing tells apart has a key of its own.
    """
    words = [words_hash(item) for item in items]
    said_under: dict[str, set[str]] = {}
    for item, said in zip(items, words, strict=True):
        if item.platform == "feed" and item.external_id:
            said_under.setdefault(item.external_id, set()).add(said)
    ids = [_id_key(item, source) if len(said_under.get(item.external_id or "", ())) < 2 else None for item in items]
    # What tells an entry from its siblings, where the answer itself tells them apart.
    entries = [key.text if key else f"said {said}" for key, said in zip(ids, words, strict=True)]
    addresses = [_addresses(item) for item in items]
    contents = [_content(item, said, source) for item, said in zip(items, words, strict=True)]
    sharing: dict[str, set[str]] = {}
    for item, said, entry, found, content in zip(items, words, entries, addresses, contents, strict=True):
        for address, is_own in found:
            if is_own or item.platform == "feed":  # many posts may submit one page
                # A feed that says one thing twice under two ids says it of one page.
                sharing.setdefault(address, set()).add(f"said {said}" if item.platform == "feed" else entry)
        sharing.setdefault(content, set()).add(entry)
    repeats: Counter[str] = Counter()
    answer: list[tuple[IdentityKey, ...]] = []
    twins: dict[tuple[str, str], IdentityKey] = {}
    for item, said, id_key, found, content in zip(items, words, ids, addresses, contents, strict=True):
        made = [id_key] if id_key else []
        if id_key and item.platform == "feed" and found and found[0][1] and not _is_home(found[0][0]):
            twin = twins.setdefault((found[0][0], said), id_key)
            if twin is not id_key:
                made.append(replace(twin, evidence="the same words at the same address in one document", stored=False))
        made += [_url_key(item, *each) for each in found if len(sharing.get(each[0], ())) < 2]
        if not (id_key or any(_names(key, found) for key in made)):
            repeats[content] += 1
            nth = f":{repeats[content]}" if repeats[content] > 1 else ""
            made.append(IdentityKey(content + nth, _SAID))
        elif _ids_may_churn(item) and _says_enough(item) and len(sharing[content]) == 1:
            made.append(IdentityKey(content, _SAID))
        made += _page_keys(item, found)
        answer.append(tuple(made))
    return tuple(answer)


_SAID = "the same words and time from the same source"


def _id_key(item: Item, source: str) -> IdentityKey | None:
    if not item.external_id:
        return None
    if item.platform == "feed":
        return IdentityKey(
            f"guid:{_short(source.replace(':', '%3A'))}:{_short(item.external_id)}", "the same guid in the same feed"
        )
    return IdentityKey(f"id:{item.platform}:{_short(item.external_id)}", f"the same id on {item.platform}")


def _url_key(item: Item, address: str, is_own: bool) -> IdentityKey:
    evidence = "the same address" if is_own else "an address of the same thing"
    return IdentityKey(f"url:{address}", evidence, needs_same_words=_is_home(address) or item.kind == "review")


def _page_keys(item: Item, addresses: Sequence[tuple[str, bool]]) -> list[IdentityKey]:
    """Keys that tell a comment from its page, and find the page again where an anchor in it was linked.

    What stands at an anchor of a page is the page itself only if it says the same, in whatever order the two come.
    """
    made: list[IdentityKey] = []
    for address, is_own in addresses:
        page, mark, _ = address.partition("#")
        if not is_own or _is_home(page):
            continue
        # The words are in the key: there may be any number of anchors.
        # Two who say "+1" at two anchors are two.
        text = f"at:{page} {words_hash(item)}"
        made.append(IdentityKey(text, "the same words at an anchor of the page", find=not mark, stored=bool(mark)))
        if mark:
            made.append(IdentityKey(f"url:{page}", "an anchor of the page", needs_same_words=True, stored=False))
    return made


def _names(key: IdentityKey, addresses: Sequence[tuple[str, bool]]) -> bool:
    """Whether an address is the item's own and nobody else's."""
    return not key.needs_same_words and (key.text.removeprefix("url:"), True) in addresses


def _addresses(item: Item) -> tuple[tuple[str, bool], ...]:
    """The canonical addresses of the thing itself; the flag marks its own, as against others of the same thing."""
    found: dict[str, bool] = {}
    parent = canonical_url(item.parent_url) if item.parent_url else None
    # A feed's guid is often the permanent address, and its link a counter's. Bluesky's post has one record, whoever
    # tells of it, and as many addresses as its writer had names.
    guid = (
        (item.external_id,) if item.external_id and (item.platform == "feed" or item.external_id[:5] == "at://") else ()
    )
    for n, url in enumerate((item.url, *item.same_as, *guid)):
        address = canonical_url(url) if url else None
        # a comment that can only be linked by its thread has no address
        if address and address != parent:
            found.setdefault(address, n == 0)
    return tuple(found.items())


def _ids_may_churn(item: Item) -> bool:
    """Feeds and news searches make up ids and links per answer; a social platform's id is its post's for ever."""
    return item.platform == "feed" or item.kind in ("article", "page")


def _says_enough(item: Item) -> bool:
    """Whether words and time know an item whose id and link change: no headline on a bare day, no dateless greeting."""
    at = item.published_at
    if at is None:
        return len(item.text.split(None, _DATELESS_WORDS)) >= _DATELESS_WORDS
    return bool(item.text or (item.title and (at.hour, at.minute, at.second) != (0, 0, 0)))


def _is_home(address: str) -> bool:
    """A site's front page, which is there for ever and says something else each day."""
    return address.count("/") == 3 and address.endswith("/")


def _content(item: Item, said: str, source: str) -> str:
    """The key of what was said when, for an item that has no better name."""
    published = item.published_at.isoformat() if item.published_at else ""
    author = item.author.handle or item.author.name or ""
    outlet = (host_of(item.url) if item.url else None) or ""
    return "words:" + _digest("\0".join((source, said, published, author, outlet)))


def _short(text: str) -> str:
    return text if len(text) <= _MAX_ID else "#" + _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


# --- what a hit proves ------------------------------------------------------------------------------------------------


def resolve_identity(item: Item, keys: Sequence[IdentityKey], hits: Mapping[str, StoredItem]) -> IdentityDecision:
    """Whether ``item`` is one of the stored items that its ``keys`` hit; the strongest key that holds decides.

    ``hits`` maps a key's text to the stored item it belongs to, keys of items stored a moment ago from the same
    answer included. Never merges two ids of one platform, nor, in one feed, two guids at one address unless they say
    the same.
    """
    same: StoredItem | None = None
    evidence = "new: no key was known"
    for key in keys:
        known = hits.get(key.text)
        if known is None or not key.find:
            continue
        reason = _holds(key, item, keys, known)
        if reason is not None:
            same, evidence = known, reason
            break
        evidence = f"new: {key.evidence}, but another id or other words"
    own = [key for key in keys if key.stored]
    free = tuple(key.text for key in own if key.text not in hits or (same and hits[key.text].id == same.id))
    # A new item has a free key: keys() gives each one that, when hit, holds.
    return IdentityDecision(same.id if same else None, evidence, free[0] if free else own[0].text, free)


def _holds(key: IdentityKey, item: Item, keys: Sequence[IdentityKey], known: StoredItem) -> str | None:
    """The evidence, or ``None`` when the hit is an accident."""
    if not key.text.startswith("url:"):
        return key.evidence
    mine = {_space(each.text): each.text for each in keys if each.text.startswith(("id:", "guid:"))}
    theirs = [text for text in known.keys if _space(text) in mine]
    other_id = bool(theirs) and not any(mine[_space(text)] == text for text in theirs)
    if other_id and not _ids_may_churn(item):
        return None
    if not (key.needs_same_words or other_id):
        return key.evidence
    if same_words(item, known.item):
        return f"{key.evidence} and the same words"
    if not key.needs_same_words and _same_headline_and_time(item, known.item):
        return f"{key.evidence}, headline and time"
    return None


def _space(key: str) -> str:
    """The room in which an id is unique: ``id:hackernews``, ``guid:alerts-acme``."""
    return ":".join(key.split(":", 2)[:2])


def _same_headline_and_time(a: Item, b: Item) -> bool:
    """An edited entry whose feed gave it a new id: same headline, same second. A bare day is no time."""
    at = a.published_at
    return (
        at is not None
        and at == b.published_at
        and (at.hour, at.minute, at.second) != (0, 0, 0)
        and bool(a.title)
        and _plain(a.title or "") == _plain(b.title or "")
    )


def same_words(a: Item, b: Item) -> bool:
    """Whether title and text say the same, apart from case, white space, and typographic variants."""
    return words_hash(a) == words_hash(b)


def words_hash(item: Item) -> str:
    """A digest of title and text, for telling an edited version from the same telling. 40 hexadecimal digits."""
    return _digest(_plain(item.title or "") + "\0" + _plain(item.text))


_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00ad": None}
)


# The words of an item are compared when it is named and again when it is kept.
@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    text = text[:_COMPARED]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY)
    return " ".join(text.casefold().split())


# --- public ids -------------------------------------------------------------------------------------------------------


def mention_id(brand: str, key: str) -> str:
    """``m_`` and ten characters, the same in every database for the same brand and ``Decision.name``.

    50 bits: among a million mentions two share an id with a probability of 1 in 2,000; the store must refuse that.
    """
    return "m_" + _public(f"mention\0{brand}\0{key}")


def story_id(brand: str, key: str) -> str:
    """``s_`` and ten characters, from the name of the story's first mention."""
    return "s_" + _public(f"story\0{brand}\0{key}")


def _public(text: str) -> str:
    number = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(45, -1, -5))
