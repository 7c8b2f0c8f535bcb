"""The way to the feed readers, loaded when an answer is there to read: a configuration is checked without them.

The readers take three times as long to load as all the rest that a `digest` needs.
"""

from __future__ import annotations

from mentionwatch.messages import Page, Response

#: What is asked for; a server that can give several gives XML.
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, application/xml;q=0.9,"
    " text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


def parse_feed(response: Response) -> Page:
    """What a feed's answer says, read by the quick reader; see :func:`mentionwatch.sources.feed.page.parse_feed`."""
    from mentionwatch.sources.feed import page

    return page.parse_feed(response)


def parse_feed_fully(response: Response) -> Page:
    """The same, read by feedparser; to be run where it can be stopped."""
    from mentionwatch.sources.feed import page

    return page.parse_feed_fully(response)
