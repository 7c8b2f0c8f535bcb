"""The configuration that `init` writes: commented, and working at once without any account."""

from __future__ import annotations

import json
import unicodedata

from mentionwatch.config.diagnostics import Diagnostics, InvalidValue, Location
from mentionwatch.config.scalar_types import String
from mentionwatch.errors import UserError
from mentionwatch.match import term_problem
from mentionwatch.model import Term

_TEMPLATE = """\
# What to monitor, which sources to poll, who to alert. After each change: mentionwatch check
# Every key: `mentionwatch schema config`; every source type: `mentionwatch sources --types`.

database = {database}  # relative to this file's folder
# contact = "https://acme.example/bot"  # so that the owner of a polled site can reach you

# How long to keep items and mentions: "30d", "1w", "forever".
[retention]
items = "30d"         # what matched nothing; a new or changed name is matched against these too
mentions = "forever"

# A monitored brand: yours, a competitor's, a topic. One [[brands]] for each.
[[brands]]
name = {name}
kind = "own"          # own | competitor | topic
names = [{name}]
{hashtags}
# handles  = ["@acme", "@acme@social.example", "acme.bsky.social"]
# urls     = ["acme.example"]           # a domain with its subdomains, or domain/path
# Is the name a common word too? Then a bare name counts only near one of these:
# context  = ["coffee", "espresso"]
# A phrase that contains the name excludes that occurrence only; any other excludes the whole item:
# exclude  = ["Acme Corporation", "hiring", "site:cartoons.example", "author:acmebot"]
# Your own posts are kept and marked, never alerted or counted:
# own      = ["@acme", "acme.example"]

# A name that also means something else is best tested with sentences; `mentionwatch check` runs them.
[[brands.tests]]
text = {test}
match = true

# The sources to poll. These four need no account.
[[sources]]
type = "google_news"
# language = "de"      # the edition; English of the United States if unset
# country  = "DE"

[[sources]]
type = "hackernews"

[[sources]]
type = "lobsters"

[[sources]]
type = "mastodon"
server = "https://mastodon.social"  # one server; it sees the posts of its users and of those they follow

# Any feed: a blog, a forum, a Google Alert delivered as a feed.
# [[sources]]
# type  = "feed"
# name  = "coffee-blog"
# url   = "https://blog.example/feed.xml"
# every = "1h"

# The digest by mail: `mentionwatch digest morning --email`. Secrets may not be written in this file:
# write {{ env = "NAME" }}, {{ file = "path" }} or {{ command = ["program", "argument"] }}.
# [smtp]
# host     = "smtp.example"
# port     = 587
# security = "starttls"                 # starttls | tls | none
# username = "digest@acme.example"
# password = {{ env = "SMTP_PASSWORD" }}
# from     = "mentionwatch <digest@acme.example>"

# [[digests]]
# name = "morning"
# to   = ["team@acme.example"]

# How soon an answer is due, in working hours: `mentionwatch due` and the digest list what waits.
# [response]
# timezone     = "Europe/London"
# hours        = "Mon-Fri 09:00-18:00"
# reply_within = {{ urgent = "30m", high = "1h", normal = "1d" }}

# What cannot wait for the digest is sent at the end of the scan that finds it.
# [[notify]]
# name = "oncall"
# to   = ["oncall@acme.example"]        # by [smtp]; or url = {{ env = "ONCALL_URL" }}: json+https://, ntfys://, slack+https://
# when = ["urgent", "snowball", "spike", "overdue", "source-failing"]
"""


def starter_config(name: str, database: str = "mentions.db") -> str:
    """A configuration for one brand, as TOML; raises UserError for a name that cannot be one."""
    try:
        brand = String(max_length=200).read(name, Location(Diagnostics("", "")))
    except InvalidValue as error:
        raise UserError(f"the brand's name {error}") from None
    if (problem := term_problem(Term("name", brand))) is not None:
        raise UserError(problem)
    tag = hashtag_for(brand)
    return _TEMPLATE.format(
        database=toml_string(database),
        name=toml_string(brand),
        hashtags=f"hashtags = [{toml_string(tag)}]" if tag else '# hashtags = ["AcmeCoffee"]',
        test=toml_string(f"Has anybody tried {brand} lately?"),
    )


def hashtag_for(name: str) -> str | None:
    """The name run together as people write it after ``#``; ``None`` where that would be another word or no tag.

    ``Acme Coffee`` is ``AcmeCoffee`` and ``Yahoo!`` is ``Yahoo``, but ``C++`` is not ``C``, nor ``.NET`` ``NET``.
    """
    marks = "".join(mark for mark in name.rstrip("!?.") if mark not in " -'\N{RIGHT SINGLE QUOTATION MARK}")
    if all(mark == "_" or unicodedata.category(mark)[0] in "LMN" for mark in marks):
        return marks if any(mark.isalpha() for mark in marks) else None
    return None


def toml_string(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
