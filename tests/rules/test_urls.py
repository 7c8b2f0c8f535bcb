"""One page, one address: canonical URLs, redirectors, addresses in text, and what a log may show."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.urls import (
    MAX_URL,
    canonical_url,
    find_urls,
    host_of,
    is_web,
    redact,
    safe_url,
    same_site,
    unwrap,
)
from mentionwatch.urls.suffixes import is_public_suffix

PAGE = "https://news.example/2026/03/acme-recall"

SAME = {
    "scheme": ("http://news.example/x", "https://news.example/x"),
    "www": ("https://www.news.example/x", "https://news.example/x"),
    "port of https": ("https://news.example:443/x", "https://news.example/x"),
    "port of http": ("http://news.example:80/x", "http://news.example/x"),
    "empty port": ("https://news.example:/x", "https://news.example/x"),
    "root dot": ("https://news.example./x", "https://news.example/x"),
    "user": ("https://bob:pw@news.example/x", "https://news.example/x"),
    "white space around": (" https://news.example/x\n", "https://news.example/x"),
    "line break inside": ("https://news.example/lo\nng", "https://news.example/long"),
    "backslashes": ("https:\\\\news.example\\x", "https://news.example/x"),
    "punycode": ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
    "full-width host": ("https://ｎｅｗｓ．example/x", "https://news.example/x"),
    "ideographic full stop": ("https://例え。jp/x", "https://例え.jp/x"),
    "escaped host": ("https://n%65ws.example/x", "https://news.example/x"),
    "long form of IPv6": ("http://[2001:db8:0:0::1]/x", "http://[2001:DB8::1]/x"),
    "root path": ("https://news.example", "https://news.example/"),
    "last slash": ("https://news.example/x/", "https://news.example/x"),
    "last slash before query": ("https://news.example/x/?id=1", "https://news.example/x?id=1"),
    "needless escape": ("https://news.example/%7Ebob/%61", "https://news.example/~bob/a"),
    "escape in small letters": ("https://news.example/a%2fb", "https://news.example/a%2Fb"),
    "brackets escaped": ("https://news.example/Acme_%28cup%29", "https://news.example/Acme_(cup)"),
    "space escaped": ("https://news.example/a b", "https://news.example/a%20b"),
    "composed and decomposed": ("https://news.example/cafe\u0301", "https://news.example/caf%C3%A9"),
    "stray percent": ("https://news.example/100%", "https://news.example/100%25"),
    "dot segments escaped": ("https://news.example/a/%2e%2e/b", "https://news.example/b"),
    "slashes doubled": ("https://news.example/a//b", "https://news.example/a/b"),
    "order of parameters": ("https://news.example/x?b=2&a=1", "https://news.example/x?a=1&b=2"),
    "empty query": ("https://news.example/x?", "https://news.example/x"),
    "empty value": ("https://news.example/x?full=", "https://news.example/x?full"),
    "space in query": ("https://news.example/?q=a%20b", "https://news.example/?q=a+b"),
    "query escaped as HTML": ("https://news.example/?a=1&amp;b=2", "https://news.example/?a=1&b=2"),
    "tracking in capitals": (f"{PAGE}?UTM_Source=x", PAGE),
    "click ids": (f"{PAGE}?gclid=a&msclkid=b&mc_eid=c&_ga=1.2", PAGE),
    "analytics of other makes": (f"{PAGE}?mtm_campaign=a&pk_kwd=b&at_medium=c&wt_zmc=d&xtor=RSS-1", PAGE),
    "only the tracking goes": (f"{PAGE}?id=7&utm_source=x", f"{PAGE}?id=7"),
    "a referring host": (f"{PAGE}?ref=acme.example", PAGE),
    "a referring channel": (f"{PAGE}?ref=hackernews", PAGE),
    "a feed's mark": (f"{PAGE}?source=rss-cff2e4ba6058------2", PAGE),
    "session in the query": (f"{PAGE}?sid=0123456789abcdef0123456789abcdef", PAGE),
    "session in an empty segment": ("https://news.example/a/;jsessionid=1/b", "https://news.example/a/b"),
    "index file": ("https://news.example/a/index.php", "https://news.example/a"),
    "print view": (f"{PAGE}?view=print", PAGE),
    "text fragment": (f"{PAGE}#:~:text=acme", PAGE),
    "feed's fragment": (f"{PAGE}#ref=rss", PAGE),
    "AMP in front": ("https://news.example/amp/2026/03/acme-recall", PAGE),
    "AMP file": (f"{PAGE}.amp.html", f"{PAGE}.html"),
    "AMP output": (f"{PAGE}?outputType=amp", PAGE),
    "AMP cache": ("https://news-example.cdn.ampproject.org/c/s/news.example/2026/03/acme-recall", PAGE),
    "AMP viewer": ("https://www.google.com/amp/s/news.example/2026/03/acme-recall", PAGE),
    "mobile host": ("https://mobile.news.example/x", "https://news.example/x"),
    "www and mobile": ("https://www.m.news.example/x", "https://news.example/x"),
    "mobile Wikipedia": ("https://en.m.wikipedia.org/wiki/Acme", "https://en.wikipedia.org/wiki/Acme"),
    "Wikipedia's script": ("https://en.wikipedia.org/w/index.php?title=Acme", "https://en.wikipedia.org/wiki/Acme"),
    "old Reddit": ("https://old.reddit.com/r/a/comments/abc123/x/", "https://www.reddit.com/comments/abc123"),
    "Reddit in a language": ("https://ud.reddit.com/r/a/comments/abc123/x/", "https://redd.it/abc123"),
    "Reddit gallery": ("https://www.reddit.com/gallery/abc123", "https://redd.it/abc123"),
    "Reddit comment": (
        "https://www.reddit.com/r/a/comments/abc123/x/def456/?context=3",
        "https://old.reddit.com/r/a/comments/abc123/_/def456",
    ),
    "mobile X": ("https://mobile.twitter.com/bob/status/12", "https://x.com/bob/status/12/photo/1"),
    "X after a new name": ("https://x.com/i/web/status/12", "https://x.com/bob/status/12"),
    "YouTube player": ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?t=4"),
    "YouTube live": ("https://youtube.com/live/dQw4w9WgXcQ?feature=share", "https://youtu.be/dQw4w9WgXcQ"),
    "Medium": ("https://medium.com/@bob/lids-3426027e9cc9?source=x", "https://bob.medium.com/lids-3426027e9cc9"),
    "Stack Exchange": ("https://stackoverflow.com/q/123/45", "https://stackoverflow.com/questions/123/how"),
    "Amazon": ("https://www.amazon.com/Lid/dp/B000000001/ref=sr_1_1", "https://amazon.com/gp/product/B000000001"),
    "Mastodon": ("https://social.example/users/bob/statuses/123456", "https://social.example/@bob/123456"),
    "Telegram": ("https://t.me/s/acme/12", "https://telegram.me/acme/12"),
    "Threads": ("https://www.threads.net/@bob/post/C1", "https://www.threads.com/@bob/post/C1"),
    "Instagram": ("https://www.instagram.com/bob/reel/C1abc/?igsh=1", "https://instagram.com/p/C1abc/"),
    "Lobsters": ("https://lobste.rs/s/ay6ouz/acme_recall", "https://lobste.rs/s/ay6ouz"),
    "Discourse": ("https://forum.example/t/acme-lid/123?u=bob", "https://forum.example/t/acme-lid/123"),
    "Blogspot": ("https://bob.blogspot.de/2026/01/x.html?m=1", "https://bob.blogspot.com/2026/01/x.html"),
    "a newspaper's gift": (f"{PAGE}?unlocked_article_code=1.AbC.xyz", PAGE),
    "a token for sharing an article": (f"{PAGE}?shareToken=a1b2c3d4e5f60718", PAGE),
    "a gift of a newspaper whose tokens are short": (
        "https://www.zeit.de/wirtschaft/2026-11/acme?freebie=1a2b3c4d",
        "https://zeit.de/wirtschaft/2026-11/acme",
    ),
    "a gift that is only marked": (f"{PAGE}?giftLink=true", PAGE),
    "a mailing": (f"{PAGE}?campaign_id=7&subscriber_id=9&mailing_id=3", PAGE),
    "a magazine's own mark": ("https://www.wired.com/story/x?mbid=1", "https://wired.com/story/x"),
    "a shop's path of clicks": ("https://a.example/x?spm=a2700.77.0.1", "https://a.example/x"),
    "Substack's reader": (
        "https://open.substack.com/pub/acme/p/lids?r=1a&showWelcomeOnShare=true",
        "https://acme.substack.com/p/lids",
    ),
    "Substack by number": ("https://substack.com/@bob/p-123456", "https://substack.com/home/post/p-123456?source=x"),
    "Substack note": ("https://substack.com/@bob/note/c-123?r=1", "https://substack.com/profile/7-bob/note/c-123"),
    "LinkedIn's words": (
        "https://de.linkedin.com/posts/bob_lids-again-activity-7123456789012345678-abCD?rcm=x",
        "https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7123456789012345678/",
    ),
    "Bluesky's record": (
        "at://did:plc:aaaa/app.bsky.feed.post/3kabc",
        "https://bsky.app/profile/did:plc:aaaa/post/3kabc",
    ),
    "Bluesky's other faces": (
        "https://fxbsky.app/profile/Jo.example/post/3k",
        "https://bsky.app/profile/jo.example/post/3k",
    ),
    "Mastodon in a column": ("https://social.example/deck/@bob/123456", "https://social.example/@bob/123456/embed"),
    "GoToSocial": (
        "https://social.example/@bob/statuses/01HZX3Y4Z5A6B7C8D9E0FGHJKM",
        "https://social.example/users/bob/statuses/01HZX3Y4Z5A6B7C8D9E0FGHJKM/activity",
    ),
    "Google News": (
        "https://news.google.com/rss/articles/CBMiAbc?oc=5",
        "https://news.google.com/articles/CBMiAbc?hl=de",
    ),
}

APART = {
    "recordings of music": ("https://a.example/x?mbid=1", "https://a.example/x?mbid=2"),
    "models": ("https://a.example/x?spm=1", "https://a.example/x?spm=2"),
    "ways of keeping versions": ("https://a.example/x?scm=git", "https://a.example/x?scm=svn"),
    "hosts that are looked up": ("https://a.example/who?ref=acme.example", "https://a.example/who?ref=globex.example"),
    "algorithms": ("https://a.example/x?algo_id=1", "https://a.example/x?algo_id=2"),
    "rows": ("https://a.example/x?pk_id=1", "https://a.example/x?pk_id=2"),
    "campaigns that are the page": ("https://a.example/give?campaign_id=1", "https://a.example/give?campaign_id=2"),
    "files shared by token": (
        "https://a.example/view?share=a1b2c3d4e5f60718",
        "https://a.example/view?share=a1b2c3d4e5f60719",
    ),
    "a company that sells telephones": ("https://mobile.free.fr/x", "https://free.fr/x"),
    "a tenant of a host on the list of suffixes": ("https://m.vercel.app/x", "https://vercel.app/x"),
    "a comment on LinkedIn": (
        "https://www.linkedin.com/feed/update/urn:li:activity:7123456789012345678/?commentUrn=urn:li:comment:(1,2)",
        "https://www.linkedin.com/feed/update/urn:li:activity:7123456789012345678/",
    ),
    "a comment on Substack": ("https://acme.substack.com/p/lids/comment/12", "https://acme.substack.com/p/lids"),
    "search words": ("https://a.example/?s=lids", "https://a.example/?s=cups"),
    "version": ("https://a.example/x?v=1", "https://a.example/x?v=2"),
    "post number": ("https://a.example/?p=1", "https://a.example/?p=2"),
    "time in a page that is no video": ("https://a.example/x?t=1", "https://a.example/x?t=2"),
    "page of a list": ("https://a.example/x?page=2", "https://a.example/x"),
    "branch": ("https://github.com/a/b/blob/x?ref=main.rs", "https://github.com/a/b/blob/x?ref=dev.rs"),
    "a source that is a choice": ("https://a.example/x?source=bbc.example", "https://a.example/x?source=cnn.example"),
    "a day": ("https://a.example/x?from=2026-01-01", "https://a.example/x?from=2026-01-02"),
    "a short sid": ("https://a.example/x?sid=12", "https://a.example/x?sid=13"),
    "another format": ("https://a.example/x?format=json", "https://a.example/x"),
    "a plus that is meant": ("https://a.example/?q=c%2B%2B", "https://a.example/?q=c++"),
    "an ampersand that is meant": ("https://a.example/?q=a%26b=1", "https://a.example/?q=a&b=1"),
    "a question mark that is meant": ("https://a.example/x%3Fy=1", "https://a.example/x?y=1"),
    "case of a path": ("https://bit.ly/Abc", "https://bit.ly/abc"),
    "path parameter": ("https://a.example/x;v=1", "https://a.example/x;v=2"),
    "route after a hash-bang": ("https://a.example/#!/x", "https://a.example/#!/y"),
    "route after a hash": ("https://a.example/app#/x", "https://a.example/app"),
    "port": ("https://a.example:8080/x", "https://a.example/x"),
    "two comments": ("https://a.example/x#comment-12", "https://a.example/x#comment-13"),
    "two replies": ("https://github.com/a/b/issues/5#issuecomment-123", "https://github.com/a/b/issues/5"),
    "two forum posts": ("https://a.example/thread?t=1#post1234", "https://a.example/thread?t=1#post1235"),
    "a tenant named m": ("https://m.blogspot.com/x", "https://blogspot.com/x"),
    "a host named m": ("https://m.co.uk/x", "https://www.co.uk/x"),
    "a category named amp": ("https://shop.example/products/amp", "https://shop.example/products"),
    "sharp s": ("https://straße.example/", "https://strasse.example/"),
    "homoglyph": ("https://аcme.example/", "https://acme.example/"),
    "archived copy": ("https://web.archive.org/web/2026/https://news.example/x", "https://news.example/x"),
    "old version of a wiki page": (
        "https://en.wikipedia.org/w/index.php?title=Acme&oldid=5",
        "https://en.wikipedia.org/wiki/Acme",
    ),
    "thread and comment": (
        "https://www.reddit.com/r/a/comments/abc123/x/def456/",
        "https://www.reddit.com/r/a/comments/abc123/x/",
    ),
    "comments of a video": (
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=Ug1",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=Ug2",
    ),
    "question and answer": ("https://stackoverflow.com/a/5", "https://stackoverflow.com/q/5"),
    "shops of two countries": ("https://amazon.de/dp/B000000001", "https://amazon.fr/dp/B000000001"),
    "apps": ("https://play.google.com/store/apps/details?id=a", "https://play.google.com/store/apps/details?id=b"),
    "searches": ("https://www.google.com/search?q=a", "https://www.google.com/search?q=b"),
    "a look-alike redirector": ("https://notgoogle.com/url?q=https://news.example/x", "https://news.example/x"),
    "a redirector's name in front": (
        "https://google.com.evil.example/url?q=https://news.example/x",
        "https://news.example/x",
    ),
}

UNWRAPPED = {
    "https://www.google.com/url?q=https%3A%2F%2Fnews.example%2Fx%3Fid%3D1&sa=D": "https://news.example/x?id=1",
    "https://www.google.de/url?sa=t&url=https%3A%2F%2Fnews.example%2Fx&usg=A": "https://news.example/x",
    # as Google Alerts writes it: the target is not escaped, and keeps its own parameters
    "https://www.google.com/url?rct=j&sa=t&url=https://news.example/x?a=1&b=2&ct=ga&cd=C&usg=A": (
        "https://news.example/x?a=1&b=2"
    ),
    "https://www.google.com/url?rct=j&url=https://news.example/x%3Fid%3D3&ct=ga&cd=C": "https://news.example/x?id=3",
    "http://news.google.com/news/url?sa=t&fd=R&usg=AFQ&url=http://news.example/x": "http://news.example/x",
    "https://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fnews.example%2fx&c=1": "https://news.example/x",
    "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9uZXdzLmV4YW1wbGUveA&ntb=1": "https://news.example/x",
    "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fnews.example%2Fx&rut=1": "https://news.example/x",
    "https://r.search.yahoo.com/_ylt=A/RV=2/RU=https%3a%2f%2fnews.example%2fx/RK=2/RS=z": "https://news.example/x",
    "https://l.instagram.com/?u=https%3A%2F%2Fnews.example%2Fx&e=1": "https://news.example/x",
    "https://t.umblr.com/redirect?z=https%3A%2F%2Fnews.example%2Fx&t=abc": "https://news.example/x",
    "https://href.li/?https://news.example/x?a=1": "https://news.example/x?a=1",
    "https://www.youtube.com/redirect?event=v&q=https%3A%2F%2Fnews.example%2Fx": "https://news.example/x",
    "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fnews.example%2Fx&data=1": "https://news.example/x",
    "https://slack-redir.net/link?url=https%3A%2F%2Fnews.example%2Fx": "https://news.example/x",
    # one in the other
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fhref.li%2F%3Fhttps%3A%2F%2Fnews.example%2Fx": "https://news.example/x",
    # what is no address is no target
    "https://www.google.com/url?q=javascript:alert(1)": "https://www.google.com/url?q=javascript:alert(1)",
    "https://l.facebook.com/l.php?u=%2Frelative": "https://l.facebook.com/l.php?u=%2Frelative",
    "https://t.co/AAA": "https://t.co/AAA",
}

NO_ADDRESS = (
    "",
    "acme",
    "//news.example/x",
    "/x",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "ftp://news.example/x",
    "mailto:bob@news.example",
    "https://",
    "https:///",
    "https://[::1/x",
    "https://[zz]/x",
    "https://a..b/x",
    "https://news.example:99999/x",
    "https://news.example:8o/x",
    "https://news example/x",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 130}example/",
    "https://news.example/" + "x" * 20_000,
)


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_two_spellings_of_a_page_are_one_address(pair: tuple[str, str]) -> None:
    one, other = pair

    assert canonical_url(one) == canonical_url(other) is not None


@pytest.mark.parametrize("pair", APART.values(), ids=APART)
def test_what_chooses_another_page_keeps_them_apart(pair: tuple[str, str]) -> None:
    one, other = pair

    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(("url", "target"), UNWRAPPED.items())
def test_a_redirector_gives_up_its_target_without_being_asked(url: str, target: str) -> None:
    assert unwrap(url) == target


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_web_address_is_none(text: str) -> None:
    """Never a link, never a key, never an exception."""
    assert canonical_url(text) is None
    assert host_of(text) is None
    assert safe_url(text) is None
    assert not is_web(text)


def test_the_judged_pairs_of_addresses_come_out_as_judged(shared: Path) -> None:
    """Core and stretch alike."""
    wrong = []
    for line in (shared / "corpus" / "duplicates.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if case["cat"] == "url-pair":
            one, other = (canonical_url(item["url"]) for item in case["items"])
            if (one == other) != (len(case["expect"]["same_mention"]) == 1):
                wrong.append((case["id"], case["why"], one, other))

    assert wrong == []


def test_google_news_ids_of_before_2024_hold_the_article(shared: Path) -> None:
    """The later ones do not, and stay as they are."""
    cases = json.loads((shared / "corpus/recorded/google_news/article_ids.json").read_text("utf-8"))

    assert [unwrap(case["url"]) for case in cases] == [case["expected"] or case["url"] for case in cases]


def test_every_link_of_a_recorded_alert_leads_to_the_article(shared: Path) -> None:
    """Google Alerts: nothing of Google is left, and nothing of the article's address is lost."""
    feed = (shared / "corpus/recorded/google_alerts/alert_slack_2019.xml").read_text("utf-8")
    links = [link.replace("&amp;", "&") for link in re.findall(r'<link href="(https://www.google.com/url[^"]+)"', feed)]

    targets = [unwrap(link) for link in links]

    assert len(targets) == 20
    assert not any("google." in target or "&ct=" in target or "usg=" in target for target in targets)
    assert all(f"&url={target}&ct=" in link for link, target in zip(links, targets, strict=True))


# --- fuzz -------------------------------------------------------------------------------------------------------------


def _words(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from(text.split(" "))


_HOSTS = _words(
    "www.google.com news.google.com l.facebook.com www.bing.com old.reddit.com redd.it youtube.com youtu.be x.com"
    " nitter.net medium.com t.me stackoverflow.com en.m.wikipedia.org amp.news.example m.www.news.example www.co.uk"
    " ü.example [::1] a..b %61.b bob.blogspot.de href.li a.cdn.ampproject.org r.search.yahoo.com ß.de １.２ a。b"
)
_SEGMENTS = _words(
    "url amp s c watch index.html .. . %2e%2e %2F a% %4 %zz é e\u0301 %C3%A9 %E9 r comments abc123 status 123 item"
    " a-1 x.amp amp.html dp B000000001 / : ;jsessionid=1 \\ %5c shorts dQw4w9WgXcQ rss articles CBMiAGh0 l.php ck w"
    " users 12345 \x00 \ud800 中 RU=https%3a%2f%2fb.example"
)
_PARAMETERS = _words(
    "url=https://b.example/x q=https%3A%2F%2Fb.example%2F%3Fq%3D1 u=a1aHR0cHM6Ly9uZXdzLmV4YW1wbGUveA z=http:// id=1"
    " id= v utm_source=x ref=acme.example amp amp;a=1 a=%2B a=+ a=%20 %75rl=https://c.example %=% =1 a=\ud800 ct=ga m=1"
    " title=A https://b.example/?https://c.example"
)
_FRAGMENTS = st.sampled_from(["", "#", "#!x", "#/a", "#comment-12", "#:~:text=a", "#!%2f", "#p1:~:"])
ADDRESSES = st.builds(
    lambda scheme, host, port, path, query, fragment: "".join(
        [scheme, host, port, *(f"/{segment}" for segment in path), "?" if query else "", "&".join(query), fragment]
    ),
    st.sampled_from(["http://", "https://", "HTTPS:\\\\", "https:///", "https://u:p@"]),
    _HOSTS,
    st.sampled_from(["", "", ":80", ":8080", ":", ":99999"]),
    st.lists(_SEGMENTS, max_size=5),
    st.lists(_PARAMETERS, max_size=4),
    _FRAGMENTS,
)
ANYTHING = ADDRESSES | st.text(max_size=200) | st.builds(str.__add__, st.just("https://"), st.text(max_size=200))


@given(ANYTHING)
def test_a_canonical_address_is_its_own(text: str) -> None:
    """Asking twice changes nothing, so that a stored key is found again; and the key is itself a clean address."""
    canonical = canonical_url(text)
    if canonical is not None:
        assert canonical_url(canonical) == canonical
        assert is_web(canonical)
        assert canonical.isascii()


@given(ANYTHING)
def test_a_safe_address_is_clean_and_the_same_page(text: str) -> None:
    """Nothing in it can move a cursor, end a line or a header, or hide the host; nothing that it means is lost."""
    safe = safe_url(text)
    if safe is not None:
        assert safe.isprintable()
        assert not any(map(str.isspace, safe))
        assert safe_url(safe) == safe
        assert host_of(safe) == host_of(text)
        assert canonical_url(safe) == canonical_url(text)


@given(ANYTHING)
def test_nothing_a_stranger_writes_stops_us(text: str) -> None:
    """Every function answers for every text, and addresses found in it stand where they say."""
    assert unwrap(unwrap(text)) == unwrap(text)
    assert redact(text).isprintable()
    end = 0
    for span in find_urls(text):
        assert end <= span.start < span.end <= len(text)
        assert host_of(span.url) is not None
        end = span.end


@pytest.mark.parametrize(
    "text",
    [
        "a." * 500_000,
        "a" * 1_000_000,
        "https://" * 125_000,
        "https://a@" * 100_000,
        "acme.com/" + "(" * 1_000_000,
        "https://x.example/" + "a)" * 500_000,
        "[.]" * 300_000,
        "a.b/" * 250_000,
        "@." * 500_000,
        "见acme.com" * 100_000,
        "见acme.com见" * 100_000,
        "x.test/a日" * 100_000,
        "l·l." * 250_000,
        "ก่." * 300_000,
    ],
    ids=lambda text: text[:10],
)
def test_a_megabyte_of_malice_takes_no_longer_than_a_megabyte(text: str) -> None:
    """A quadratic step anywhere would take minutes here."""
    assert len(find_urls(text)) <= len(text) // 8
    assert canonical_url(text) is None
    assert safe_url(text) is None
    assert len(redact(text)) <= 200


def test_marks_piled_on_a_letter_are_left_alone() -> None:
    """Composing them is quadratic in CPython, and more than 30 are no language's spelling."""
    few, pile = "e\u0301\u0316", "e\u0301" + "\u0316" * 40

    assert canonical_url(f"https://news.example/{few}") == "https://news.example/%C3%A9%CC%96"
    assert "/e%CC%81%CC%96%CC%96" in (canonical_url(f"https://news.example/{pile}") or "")


# --- the small ones ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_url", "base", "safe"),
    [
        ("https://news.example/x", None, "https://news.example/x"),
        ("/x?a=1", "https://news.example/feed.xml", "https://news.example/x?a=1"),
        ("//cdn.example/x", "https://news.example/", "https://cdn.example/x"),
        ("x y", "https://news.example/", "https://news.example/x%20y"),
        ("javascript:alert(1)", "https://news.example/", None),
        ("JaVaScRiPt:alert(1)", None, None),
        ("java\nscript:alert(1)", "https://news.example/", None),
        ("data:text/html,<script>", "https://news.example/", None),
        ("/x", None, None),
        (None, "https://news.example/", None),
        ("http://[::1", "https://news.example/", None),
        ("https://bob:secret@news.example/x", None, "https://news.example/x"),
        ("https://acme.example@evil.test/x", None, "https://evil.test/x"),
        ("https://evil.test\\@acme.example/x", None, "https://evil.test/@acme.example/x"),
        ("https://news.example/\x1b]52;c;x\x07y", None, "https://news.example/%1B]52;c;x%07y"),
        ("https://news.example/x\r\nBcc: bob@x.example", None, "https://news.example/xBcc:%20bob@x.example"),
        ("https://news.example/\u202egpj.exe", None, "https://news.example/%E2%80%AEgpj.exe"),
        ("https://news.example/\ud800", None, "https://news.example/\ufffd"),
        ("https://例え.jp/ニュース", None, "https://例え.jp/ニュース"),
        ("https://news.example/" + "x" * MAX_URL, None, None),
    ],
)
def test_a_link_is_kept_clean_or_not_at_all(given_url: str | None, base: str | None, safe: str | None) -> None:
    assert safe_url(given_url, base) == safe


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Acme.Example:8443/x", "www.acme.example"),
        ("https://müller.de/x", "xn--mller-kva.de"),
        ("https://xn--MLLER-KVA.de/x", "xn--mller-kva.de"),
        ("https://user:pw@acme.example/x", "acme.example"),
        ("https://acme.example@evil.test/", "evil.test"),
        ("https://acme.example\\@evil.test/", "acme.example"),
        ("https://acme.example./x", "acme.example"),
        ("http://[2001:db8::1]:80/", "[2001:db8::1]"),
        ("https://acme_cdn.example/", "acme_cdn.example"),
    ],
)
def test_the_host_is_the_one_a_browser_would_ask(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("host", "domain", "same"),
    [
        ("acme.example", "acme.example", True),
        ("eu.shop.acme.example", "acme.example", True),
        ("notacme.example", "acme.example", False),
        ("acme.example.evil.test", "acme.example", False),
        ("acme.example", "shop.acme.example", False),
        ("acme.example", "", False),
        ("", "acme.example", False),
    ],
)
def test_a_site_is_its_domain_and_what_is_under_it(host: str, domain: str, same: bool) -> None:
    assert same_site(host, domain) is same


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see acme.example.", ["https://acme.example"]),
        ("(see acme.example/menu).", ["https://acme.example/menu"]),
        ("acme.example, acme.example; acme.example!", ["https://acme.example"] * 3),
        ("https://acme.example/a_(b)", ["https://acme.example/a_(b)"]),
        ("(https://acme.example/a_(b))", ["https://acme.example/a_(b)"]),
        ("[menu](https://acme.example/menu)", ["https://acme.example/menu"]),
        ("<a href='https://acme.example'>here</a>", ["https://acme.example"]),
        ("“https://acme.example/x”…", ["https://acme.example/x"]),
        ("https://acme.example/x?a=1&b=2#c, then", ["https://acme.example/x?a=1&b=2#c"]),
        ("https://acme.example's menu", ["https://acme.example"]),
        ("https://acme.example:8443/x", ["https://acme.example:8443/x"]),
        ("acme.example:8443/x", ["https://acme.example:8443/x"]),
        ("hxxps://acme[.]example/x hxxp://acme(.)example", ["https://acme.example/x", "http://acme.example"]),
        ("acme[.]example and acme[dot]example", ["https://acme.example"] * 2),
        ("hxxps[:]//www[.]acme[.]example", ["https://www.acme.example"]),
        ("bei müller.de und пример.рф", ["https://müller.de", "https://пример.рф"]),
        ("请访问acme.com了解", ["https://acme.com"]),
        ("https://acme.com的网站", ["https://acme.com"]),
        ("詳しくは例え.jp/ニュース。", ["https://詳しくは例え.jp/ニュース"]),  # nothing tells where the name begins
        ("http://例え.jp/ニュース、", ["http://例え.jp/ニュース"]),
        ("acme.coffee", ["https://acme.coffee"]),
        ("I like Acme.It is good", []),
        ("Acme.Com", ["https://Acme.Com"]),
        ("ACME.COM", ["https://ACME.COM"]),
        ("bob@acme.example", []),
        ("first.last@acme.example", []),
        ("@acme.example", []),
        ("@bob@acme.example", []),
        ("#acme.example", []),
        ("either/acme.example", []),
        ("version 1.2.3 of main.xyzzy at 10.0.0.1", []),
        ("no dot at all", []),
        ("https://", []),
        ("https://acme.example@evil.test/", ["https://acme.example@evil.test/"]),
        # Labels in every script, with their marks and the joiners of RFC 5892.
        ("ดูที่ https://ร้านกาแฟ.ไทย/menu", ["https://ร้านกาแฟ.ไทย/menu"]),
        ("देखो कॉफी.भारत और", ["https://कॉफी.भारत"]),
        ("در نمونه\u200cای.ایران ببین", ["https://نمونه\u200cای.ایران"]),
        ("https://צה״ל.ישראל/x", ["https://צה״ל.ישראל/x"]),
        ("veure il·lusió.cat", ["https://il·lusió.cat"]),
        ("https://クイル・ワート.jp/a", ["https://クイル・ワート.jp/a"]),
        ("http://✪df.example/x, ✪df.example", ["http://✪df.example/x", "https://df.example"]),
        ("ดูacme.exampleได้", ["https://acme.example"]),
        ("삼성.한국에서, https://ร้าน.ไทยครับ", ["https://삼성.한국", "https://ร้าน.ไทย"]),
        ("例え.example/path中国語example.com/x한국", ["https://例え.example/path", "https://example.com/x한국"]),
        (
            "acme.comこれはexample.com中国語t.co/a한국acme.com",
            [f"https://{a}" for a in ("acme.com", "example.com", "t.co/a", "acme.com")],
        ),
        ("https://ja.wikipedia.org/wiki/Webサイト", ["https://ja.wikipedia.org/wiki/Webサイト"]),
        ("见https://例子.中国的网站", ["https://例子.中国"]),
        # One of 32 ids of YouTube's ends so.
        ("youtu.be/aBcDeFgHiJ- and", ["https://youtu.be/aBcDeFgHiJ-"]),
        ("https://youtube.com/watch?v=aBcDeFgHiJ_.", ["https://youtube.com/watch?v=aBcDeFgHiJ_"]),
        ("https://youtu.be/aBcDeFgHi_-, then", ["https://youtu.be/aBcDeFgHi_-"]),
        (
            "_https://acme.example/shop_ -https://acme.example/x-",
            ["https://acme.example/shop", "https://acme.example/x"],
        ),
        ("acme.example- https://acme.example/-", ["https://acme.example", "https://acme.example/"]),
        # Nothing of an e-mail address is a site.
        ("acme.example+news@mail.example, o'acme.example@mail.example", []),
        ("acme.example/@jo?to=a@b.example", ["https://acme.example/@jo?to=a@b.example"]),
    ],
)
def test_addresses_are_found_where_they_stand_in_a_text(text: str, found: list[str]) -> None:
    spans = find_urls(text)

    assert [span.url for span in spans] == found
    assert all(not text[span.start].isspace() and text[span.end - 1] not in ".,;" for span in spans)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://news.example/x?q=acme&page=2", "https://news.example/x?q=acme&page=2"),
        ("https://bob:hunter2@news.example/x", "https://news.example/x"),
        ("https://news.example/x?access_token=abc&q=1", "https://news.example/x?access_token=***&q=1"),
        ("https://news.example/x?apiKey=abc&X-Signature=def", "https://news.example/x?apiKey=***&X-Signature=***"),
        (
            "https://forum.example/search.rss?q=acme&feed=0a1b2c&user=bob",
            "https://forum.example/search.rss?q=acme&feed=***&user=***",
        ),
        ("https://news.example/x#id_token=abc", "https://news.example/x#id_token=***"),
        ("https://hooks.example/services/T0/B0/abcDEF123456ghiJKL789012", "https://hooks.example/services/T0/B0/***"),
        ("https://api.example/bot123456:AAEhBP0av28abcdefghij0123/send", "https://api.example/***/send"),
        (
            "https://news.example/2026/acme-recalls-12-million-lids-over-burns",
            "https://news.example/2026/acme-recalls-12-million-lids-over-burns",
        ),
        ("not an address, token=abc", "***"),
        ("not an address", "not an address"),
        ("https://news.example/\x1b[31m", "https://news.example/%1B[31m"),
    ],
)
def test_no_secret_in_an_address_reaches_a_log(url: str, shown: str) -> None:
    assert redact(url) == shown


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("com", True),
        ("co.uk", True),
        ("gov.in", True),
        ("kobe.jp", True),
        ("x.kobe.jp", True),
        ("city.kobe.jp", False),
        ("shop.ck", True),
        ("www.ck", False),
        ("github.io", True),
        ("xn--55qx5d.cn", True),
        ("xn--o3cw4h", True),
        ("acme.co.uk", False),
        ("acme.github.io", False),
        ("acme.example", False),
    ],
)
def test_below_a_public_suffix_anybody_has_a_site(host: str, public: bool) -> None:
    """By the Public Suffix List, its wildcards and exceptions, in any script."""
    assert is_public_suffix(host) is public
