"""Feeds from and to other readers."""

from __future__ import annotations

import pytest

from support.world import World

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "blog"
url = "https://blog.example/rss"

[[sources]]
type = "feed"
name = "private"
url = { env = "FEED_URL" }
"""
LIST = """<?xml version="1.0"?>
<opml version="2.0"><head><title>mine</title></head><body>
<outline text="News"><outline text="Times &amp; Tides" type="rss" xmlUrl="https://times.example/feed?a=1&amp;b=2"/>
<outline text="blog" xmlUrl="https://blog.example/rss"/><outline title="blog" xmlUrl="https://other.example/rss"/>
<outline text="evil" xmlUrl="javascript:alert(1)"/><outline text="file" xmlUrl="file:///etc/passwd"/></outline>
</body></opml>"""


@pytest.fixture
def configured(world: World) -> World:
    world.environ["FEED_URL"] = "https://private.example/feed?token=s3cret"
    world.configure(CONFIG)
    return world


def test_new_feeds_are_printed_and_those_we_have_are_not(configured: World) -> None:
    """Names stay distinct, and only web addresses are taken."""
    ran = configured.run("opml", "import", "-", stdin=LIST.encode())

    assert ran.status == 0
    assert ran.out.count("[[sources]]") == 2
    assert '"Times & Tides"' in ran.out
    assert '"blog 2"' in ran.out
    assert "javascript" not in ran.out


def test_appended_feeds_make_a_configuration_that_is_right(configured: World) -> None:
    """And importing again adds nothing."""
    assert configured.run("opml", "import", "-", "--append", stdin=LIST.encode()).status == 0
    assert configured.run("check").status == 0
    before = configured.config_file.read_text()
    configured.run("opml", "import", "-", "--append", stdin=LIST.encode())

    assert configured.config_file.read_text() == before


def test_what_is_exported_can_be_imported(configured: World) -> None:
    """But an address that is a secret is in no list."""
    ran = configured.run("opml", "export")

    assert "https://blog.example/rss" in ran.out
    assert "s3cret" not in ran.out + ran.err
    assert "private" in ran.err
    assert configured.run("opml", "import", "-", stdin=ran.out.encode()).out == ""


@pytest.mark.parametrize(
    "document",
    [b"", b"not xml", b"<html/>", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><opml>&a;</opml>', b"\xff\xfe\x00"],
)
def test_what_is_no_list_of_feeds_is_refused(configured: World, document: bytes) -> None:
    """In one line."""
    ran = configured.run("opml", "import", "-", stdin=document)

    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
