"""Web addresses made plain: one spelling for one page, targets behind redirectors, addresses in running text.

Pure, without the network: a short link that only its own server can resolve stays as it is. Nothing here raises on
any text, and every function takes time linear in its input. The rules in words: ``docs/identity.md``.
"""

from __future__ import annotations

from mentionwatch.urls.canonical import canonical_url
from mentionwatch.urls.in_text import UrlSpan, find_urls
from mentionwatch.urls.parts import MAX_URL, host_of, is_web, safe_url, same_site
from mentionwatch.urls.redaction import redact
from mentionwatch.urls.redirectors import unwrap

__all__ = [
    "MAX_URL",
    "UrlSpan",
    "canonical_url",
    "find_urls",
    "host_of",
    "is_web",
    "redact",
    "safe_url",
    "same_site",
    "unwrap",
]
