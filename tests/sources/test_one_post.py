"""One post in two places is one mention, whichever of its places is seen first; seen from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.identity import identity_keys
from mentionwatch.mail_batch import Mail, MailBatch, pack
from mentionwatch.messages import Response, Secret
from mentionwatch.model import Item
from mentionwatch.sources.platforms.imap import Imap
from support.google_alerts import alert
from support.world import World, entry, rss

BRAND = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]
"""
FEED = '[[sources]]\ntype = "feed"\nname = "gazette"\nurl = "https://gazette.example/feed"\nbacklog = "tell"\n'
HN = '[[sources]]\ntype = "hackernews"\nname = "hn"\nbase_url = "https://hn.example"\nbacklog = "tell"\n'
ARTICLE = "https://gazette.example/2026/acme-opens"


def mentions(world: World) -> list[dict[str, Any]]:
    ran = world.run("list", "--jsonl")
    assert ran.status == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def scan(world: World, *args: str) -> None:
    ran = world.run("scan", "--force", *args)
    assert ran.status == 0, ran.err


def story(number: str = "41230001", title: str = "Acme Coffee opens", url: str = ARTICLE) -> dict[str, Any]:
    return {
        "objectID": number,
        "title": title,
        "url": url,
        "author": "jo",
        "points": 3,
        "num_comments": 1,
        "created_at_i": 1795161600,
        "created_at": "2026-11-20T07:00:00Z",
        "_tags": ["story", "author_jo", f"story_{number}"],
    }


def hits(*stories: dict[str, Any]) -> str:
    return json.dumps({"hits": list(stories), "nbHits": len(stories), "page": 0, "nbPages": 1, "hitsPerPage": 100})


@pytest.mark.parametrize("order", [("hn", "gazette"), ("gazette", "hn")])
@pytest.mark.parametrize("address", [ARTICLE, f"{ARTICLE}?utm_source=rss", ARTICLE.replace("https://", "http://www.")])
def test_a_hacker_news_story_and_its_article_are_one_mention(
    tmp_path: Path, order: tuple[str, str], address: str
) -> None:
    """The article in a feed and the story that submits it are one, in either order and however the link is written."""
    world = World(tmp_path)
    world.configure(BRAND + FEED + HN)
    world.serve("https://hn.example/api/v1/search_by_date", hits(story()))
    world.serve("https://gazette.example/feed", rss(entry("Acme Coffee opens", address, text="It did.")))

    for name in order:
        scan(world.later(hours=1), "--source", name)

    (one,) = mentions(world)
    assert {one["source"], *one["also_seen"]} == {"hn", "gazette"}


def test_seen_in_one_scan_they_are_one_too(tmp_path: Path) -> None:
    """Both come at the same moment; nothing depends on which was first."""
    world = World(tmp_path)
    world.configure(BRAND + FEED + HN)
    world.serve("https://hn.example/api/v1/search_by_date", hits(story()))
    world.serve("https://gazette.example/feed", rss(entry("Acme Coffee opens", ARTICLE)))
    scan(world)

    assert len(mentions(world)) == 1


def test_a_story_submitted_again_is_its_own_mention_in_the_same_story(tmp_path: Path) -> None:
    """Two people submit one page: each has its own discussion, and the digest tells them together."""
    world = World(tmp_path)
    world.configure(BRAND + FEED + HN)
    again = story("41230002", "Acme Coffee opens a shop")
    world.serve("https://hn.example/api/v1/search_by_date", hits(story(), again))
    world.serve("https://gazette.example/feed", rss(entry("Acme Coffee opens", ARTICLE)))
    scan(world)

    told = mentions(world)
    assert len(told) == 2
    assert len({one["story"] for one in told}) == 1


def test_a_comment_under_a_story_is_no_copy_of_the_article(tmp_path: Path) -> None:
    """A comment that links to the article is somebody's own words."""
    world = World(tmp_path)
    world.configure(BRAND + FEED + HN)
    comment = {
        "objectID": "41230009",
        "comment_text": f'Acme Coffee again: <a href="{ARTICLE}">{ARTICLE}</a>',
        "author": "mira",
        "story_id": 41230001,
        "parent_id": 41230001,
        "story_url": ARTICLE,
        "story_title": "Acme Coffee opens",
        "created_at_i": 1795161700,
        "_tags": ["comment", "author_mira", "story_41230001"],
    }
    world.serve("https://hn.example/api/v1/search_by_date", hits(story(), comment))
    world.serve("https://gazette.example/feed", rss(entry("Acme Coffee opens", ARTICLE)))
    scan(world)

    assert sorted(one["kind"] for one in mentions(world)) in (["article", "comment"], ["comment", "post"])


def mastodon(name: str) -> str:
    return (
        f'[[sources]]\ntype = "mastodon"\nname = "{name}"\nserver = "https://{name}.example"\n'
        'token = { env = "MASTODON" }\nbacklog = "tell"\n'
    )


def toot(server: str, local: str, **more: object) -> dict[str, Any]:
    """The same post as two servers show it: the ``uri`` is its author's server's, the ``id`` and ``url`` may differ."""
    return {
        "id": local,
        "uri": "https://home.example/users/jo/statuses/1",
        "url": "https://home.example/@jo/1" if server != "odd" else f"https://odd.example/notes/{local}",
        "content": "<p>Acme Coffee burnt my beans</p>",
        "created_at": "2026-11-20T07:00:00.000Z",
        "visibility": "public",
        "account": {"acct": "jo@home.example", "username": "jo", "url": "https://home.example/@jo"},
        **more,
    }


def boost(server: str, local: str) -> dict[str, Any]:
    """Somebody else's boost of it, with an id, an address and a time of its own."""
    return {
        "id": f"b{local}",
        "uri": f"https://{server}.example/users/mira/statuses/{local}/activity",
        "url": f"https://{server}.example/users/mira/statuses/{local}/activity",
        "content": "",
        "created_at": "2026-11-20T07:30:00.000Z",
        "visibility": "public",
        "account": {"acct": "mira", "username": "mira"},
        "reblog": toot(server, local),
    }


def serve_tags(world: World, server: str, *statuses: dict[str, Any]) -> None:
    world.environ["MASTODON"] = "t0ken"
    world.serve(f"https://{server}.example/api/v2/search", json.dumps({"accounts": [], "statuses": [], "hashtags": []}))
    world.serve(f"https://{server}.example/api/v1/timelines/tag/AcmeCoffee", json.dumps(list(statuses)))


@pytest.mark.parametrize("second", ["original", "boost"])
@pytest.mark.parametrize("server", ["two", "odd"])
def test_a_toot_and_its_boost_are_one_mention(tmp_path: Path, server: str, second: str) -> None:
    """The original on one server and a boost of it on another – or the original again – are one post."""
    world = World(tmp_path)
    world.configure(BRAND + 'hashtags = ["AcmeCoffee"]\n' + mastodon("home") + mastodon(server))
    serve_tags(world, "home", toot("home", "1"))
    serve_tags(world, server, boost(server, "77") if second == "boost" else toot(server, "77"))
    scan(world)

    (one,) = mentions(world)
    assert one["url"] is not None
    assert one["author"]["handle"] == "jo@home.example"


def test_a_feed_of_an_account_and_its_toot_are_one_mention(tmp_path: Path) -> None:
    """Who follows an account by its feed and the hashtag by the API has each post once."""
    world = World(tmp_path)
    feed = '[[sources]]\ntype = "feed"\nname = "jo"\nurl = "https://home.example/@jo.rss"\nbacklog = "tell"\n'
    world.configure(BRAND + 'hashtags = ["AcmeCoffee"]\n' + mastodon("home") + feed)
    serve_tags(world, "home", toot("home", "1"))
    address = "https://home.example/@jo/1"
    world.serve(
        "https://home.example/@jo.rss",
        rss(entry("", address, guid=address, text="Acme Coffee burnt my beans")),
    )
    scan(world)

    assert len(mentions(world)) == 1


def test_a_crosspost_on_reddit_is_its_own_mention_in_the_same_story(tmp_path: Path) -> None:
    """Another subreddit is another audience with its own comments; the story is one."""
    world = World(tmp_path)
    reddit = (
        '[[sources]]\ntype = "reddit"\nname = "reddit"\nbase_url = "https://reddit.example"\nbacklog = "tell"\n'
        'client_id = "id"\nclient_secret = { env = "REDDIT" }\n'
    )
    world.configure(BRAND + reddit)
    world.environ["REDDIT"] = "s3cret"

    def post(number: str, subreddit: str, **more: object) -> dict[str, Any]:
        path = f"/r/{subreddit}/comments/{number}/acme_coffee_opens/"
        data = {
            "name": f"t3_{number}",
            "id": number,
            "title": "Acme Coffee opens",
            "selftext": "",
            "author": "jo",
            "subreddit": subreddit,
            "permalink": path,
            "url": ARTICLE,
            "created_utc": 1795161600.0,
            **more,
        }
        return {"kind": "t3", "data": data}

    first = post("abc1", "coffee")
    second = post("abc2", "cafes", url="/r/coffee/comments/abc1/acme_coffee_opens/", crosspost_parent="t3_abc1")
    second["data"]["crosspost_parent_list"] = [first["data"]]
    world.serve("https://reddit.example/api/v1/access_token", json.dumps({"access_token": "t", "expires_in": 86400}))
    world.serve(
        "https://reddit.example/search",
        json.dumps({"kind": "Listing", "data": {"children": [second, first], "after": None}}),
    )
    scan(world)

    told = mentions(world)
    assert len(told) == 2
    assert len({one["story"] for one in told}) == 1


def test_an_alert_by_mail_and_the_feed_of_the_paper_share_their_address() -> None:
    """What Google's mail finds and what the paper's own feed brings is known by the same address."""
    made = Imap(server="imap.acme.example", username="a@acme.example", password=Secret("x"))
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    (request,) = made.requests((), {}, now)
    mail = Mail(1, alert((f"{ARTICLE}?utm_source=x", "Acme Coffee opens", "Gazette", "It did.")))
    (found,) = made.parse(Response(request, 200, request.url, {}, pack(MailBatch(1, 1, (mail,))), now)).items
    paper = Item(platform="feed", kind="article", external_id="g1", url=ARTICLE, title="Acme Coffee opens", text="!")
    (mine,), (theirs,) = identity_keys([found], "mail"), identity_keys([paper], "gazette")

    assert {key.text for key in mine} & {key.text for key in theirs}


def found_by_news_searches() -> dict[str, str]:
    """The same article as five searches and an alert write its address, by the path they are asked at."""
    bing = (
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&amp;tid=1&amp;url=https%3a%2f%2fgazette.example%2f2026"
        "%2facme-opens&amp;c=1&amp;mkt=en-us"
    )
    google = f"https://www.google.com/url?rct=j&amp;sa=t&amp;url={ARTICLE}&amp;ct=ga&amp;cd=1&amp;usg=x"
    title = "Acme Coffee opens"
    return {
        "/v2/everything": json.dumps(
            {
                "status": "ok",
                "totalResults": 1,
                "articles": [
                    {"title": title, "url": f"{ARTICLE}?utm_source=newsapi", "publishedAt": "2026-11-20T07:00:00Z"}
                ],
            }
        ),
        "/api/v2/doc/doc": json.dumps(
            {
                "articles": [
                    {
                        "url": ARTICLE.replace("https://", "http://www."),
                        "title": title,
                        "seendate": "20261120T071500Z",
                        "domain": "gazette.example",
                        "language": "English",
                    }
                ]
            }
        ),
        "/res/v1/web/search": json.dumps(
            {
                "type": "search",
                "query": {"original": "x"},
                "web": {"results": [{"title": title, "url": f"{ARTICLE}#a"}]},
            }
        ),
        "/search": json.dumps({"query": "x", "results": [{"title": title, "url": f"{ARTICLE}/"}]}),
        "/news/search": rss(entry(title, bing)),
        "/alerts/feeds/1/2": (
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>Google Alert - Acme Coffee</title><entry>'
            f'<id>tag:google.com,2013:googlealerts/feed:1</id><title>{title}</title><link href="{google}"/>'
            "<published>2026-11-20T07:00:00Z</published></entry></feed>"
        ),
    }


@pytest.mark.parametrize("first", ["newsapi", "gdelt", "brave", "searxng", "bing_news", "feed"])
def test_one_article_from_six_news_types_is_one_mention(tmp_path: Path, first: str) -> None:
    """Behind the redirects of Bing and Google, with and without tracking, www, a slash: whoever brings it first."""
    world = World(tmp_path)
    world.environ["KEY"] = "a-key"
    for path, body in found_by_news_searches().items():
        world.serve(f"https://news.example{path}", body)
    key, base = 'key = { env = "KEY" }\n', 'base_url = "https://news.example"\n'
    sources = {
        "newsapi": key + base,
        "gdelt": base,
        "brave": key + base,
        "searxng": 'server = "https://news.example"\n',
        "bing_news": base,
        "feed": 'url = "https://news.example/alerts/feeds/1/2"\n',
    }
    world.configure(
        BRAND + "".join(f'[[sources]]\ntype = "{kind}"\nname = "{kind}"\n{more}' for kind, more in sources.items())
    )

    scan(world, "--source", first)
    world.later(hours=7)
    scan(world)

    (mention,) = mentions(world)
    assert mention["source"] == first
    assert set(mention["also_seen"]) == set(sources) - {first}
    assert mention["canonical_url"] == ARTICLE
