"""What the fields of a query may hold, brought to one form; every fault with its mend."""

from __future__ import annotations

import re
from typing import cast, get_args

from mentionwatch.model import ItemKind
from mentionwatch.query.tree import Field, FieldName, Span
from mentionwatch.urls.parts import ascii_host

_KINDS = get_args(ItemKind)
_LANG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
#: Languages people write out, and codes of other tools.
_LANGUAGES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "spanish": "es", "italian": "it",
    "portuguese": "pt", "dutch": "nl", "japanese": "ja", "chinese": "zh", "korean": "ko", "russian": "ru",
    "arabic": "ar", "jp": "ja", "cn": "zh", "kr": "ko",
}  # fmt: skip
#: What other tools call the kinds.
_KIND_ALIASES = {"story": "post", "status": "post", "submission": "post", "news": "article", "reply": "comment"}


class InvalidFieldValue(ValueError):
    """A value this field cannot have; ``args`` are the fault and the mend."""


def parse_field(name: str, value: str, span: Span) -> Field:
    """The field with its value in normal form; raises :class:`InvalidFieldValue`."""
    match name:
        case "site" | "link":
            value = _place(name, value)
        case "url":
            value = _plain_address(value)
        case "author":
            if re.fullmatch(r"/.+/[a-z]*", value):
                raise InvalidFieldValue("author: takes no regex", "use * and ?, as in author:*bot")
            value = value.removeprefix("@").casefold()
        case "type":
            kind = value.casefold()
            value = _KIND_ALIASES.get(kind, kind)
            if value not in _KINDS:
                raise InvalidFieldValue(f"there is no type {value}", f"types are {', '.join(_KINDS)}")
        case "lang":
            value = _LANGUAGES.get(value.casefold(), value.casefold().replace("_", "-"))
            if not _LANG.fullmatch(value):
                raise InvalidFieldValue(f"{value} is not a language code", "write lang:en, lang:pt-br")
        case "sub":
            value = re.sub(r"^/?[rcm]/", "", value).strip("/").casefold()
        case "tag":
            value = value.removeprefix("#").removeprefix("＃")
        case _:
            value = value.casefold()
    if not re.search(r"\w", value):
        raise InvalidFieldValue(f"nothing follows {name}:", f"write {name}:value without a space")
    return Field(cast(FieldName, name), value, span=span)


def _plain_address(value: str) -> str:
    # Scheme and www. are nobody's meaning in a search for an address.
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", value, flags=re.IGNORECASE).casefold()


def _place(name: str, value: str) -> str:
    """A host, with a path if given: lower-case host, no scheme, no ``www.``, no closing slash."""
    bare = re.sub(r"^(?:h(?:tt|xx)ps?://)?", "", value, flags=re.IGNORECASE).replace("[.]", ".")
    host, slash, path = bare.partition("/")
    host = host.lower().removeprefix("www.").rstrip(".")
    if "*" in bare:
        raise InvalidFieldValue(
            f"{name}: takes no *", f"{name}:acme.example includes its subdomains and every page; or use url:"
        )
    if ascii_host(re.sub(r":\d+$", "", host).removeprefix(".")) is None or ("." not in host and host != "localhost"):
        raise InvalidFieldValue(f"{value} is not a site", f"write {name}:acme.example or {name}:acme.example/path")
    return (host + slash + path).rstrip("/")
