"""What was kept is proved to be as it was; what was changed, or taken away, is named."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sqlite3
import zipfile
from pathlib import Path
from typing import cast

import pytest

from mentionwatch.errors import BlockedAddress, SourceError, UserError
from mentionwatch.fetch import browser
from mentionwatch.fetch.browser_proxy import FilteringProxy
from support.servers import Answer, HttpServer, origins
from support.waiting import PATIENCE
from support.world import Reply, World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
backlog = "tell"
"""
ONE = "https://one.example/rss"
PAGE = "https://n.example/1"


def said(words: str, n: int, author: str = "Zebulon Quirk") -> str:
    return entry(words, f"https://n.example/{n}", guid=str(n), text=f"{words}, at length") + (
        f'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{author}</dc:creator>'
    )


@pytest.fixture
def scanned(world: World) -> World:
    world.configure(CONFIG)
    world.serve(ONE, rss(said("Acme burnt my zyzzyva", 1), said("Acme is fine", 2, "Ada")))
    world.serve(PAGE, "<p>Acme burnt my zyzzyva", content_type="text/html")
    world.serve("https://n.example/2", "<p>Acme is fine", content_type="text/html")
    assert world.run("scan").status == 0
    return world


def ids(world: World) -> dict[str, str]:
    """Address → id of the mention."""
    listed = [json.loads(line) for line in world.run("list", "--jsonl").out.splitlines()]
    return {one["url"]: one["id"] for one in listed}


def kept(world: World, *args: str) -> str:
    ran = world.run("evidence", *args)
    assert ran.status == 0, ran.err
    return ran.out.strip()


def change(world: World, sql: str, *values: object) -> None:
    with sqlite3.connect(world.folder / "mentions.db") as database:
        database.execute(sql, values)
    database.close()


def test_a_post_is_kept_with_its_words_and_its_page(scanned: World) -> None:
    """`evidence ID` says by which name it is kept, and the list says what there is."""
    mention = ids(scanned)[PAGE]
    name = kept(scanned, mention, "--by", "jo")
    row = json.loads(scanned.run("evidence", "list", "--json").out)["evidence"][0]

    assert name.startswith("e_")
    assert (row["id"], row["mention"], row["by"], row["at"]) == (name, mention, "jo", "2026-11-20T08:00:00Z")
    assert [part["name"] for part in row["parts"]] == ["mention.json", "asked.json", "page"]
    assert row["parts"][2]["sha256"] == hashlib.sha256(b"<p>Acme burnt my zyzzyva").hexdigest()
    assert scanned.run("evidence", "verify").out.endswith(f"1 entry, all unchanged; the last is {name}\n")


def test_what_was_deleted_since_is_still_there_and_its_page_says_so(scanned: World) -> None:
    """A page that is gone is a fact and no failure."""
    scanned.serve(PAGE, "<p>removed", status=404, content_type="text/html")
    mention = ids(scanned)[PAGE]
    kept(scanned, mention)
    target = scanned.folder / "out.zip"
    assert scanned.run("evidence", "export", mention, "-o", str(target)).status == 0
    with zipfile.ZipFile(target) as bundle:
        folder = next(name for name in bundle.namelist() if name.endswith("/asked.json")).partition("/")[0]
        asked = json.loads(bundle.read(f"{folder}/asked.json"))
        words = json.loads(bundle.read(f"{folder}/mention.json"))

    assert asked["answer"]["status"] == 404
    assert asked["url"] == PAGE
    assert words["mention"]["title"] == "Acme burnt my zyzzyva"


def test_a_page_that_cannot_be_had_is_told_and_the_words_are_kept(scanned: World) -> None:
    """Exit 1, and yet nothing is lost."""
    scanned.serve(PAGE, "trouble", status=503)
    ran = scanned.run("evidence", ids(scanned)[PAGE])

    assert ran.status == 1
    assert ran.out.startswith("e_")
    assert "the page could not be fetched: n.example" in ran.err
    assert "the rest is archived" in ran.err
    assert scanned.run("evidence", "verify").status == 0


@pytest.mark.parametrize("said", ["text/html; charset=“utf-8”".encode(), b"x" * 5_000, b" "])
def test_whatever_a_server_calls_its_page_the_entry_stays_sound(scanned: World, said: bytes) -> None:
    """A name that no entry could hold would make what was kept look forged."""
    scanned.network.pages[PAGE] = Reply("<p>Acme", 200, {"content-type": cast(str, said)})
    kept(scanned, ids(scanned)[PAGE])
    assert scanned.run("evidence", "verify").status == 0


@pytest.mark.parametrize(
    ("link", "read"),
    [
        ("http://10.0.0.5:8080/post", True),  # where the configuration leads
        ("http://10.0.0.5:9200/_all", False),  # its neighbour
        ("http://10.0.0.5/", False),
        ("http://wiki.corp.example:8080/post", True),  # a public name that was said to lead home
        ("http://wiki.corp.example:9200/_all", True),  # an ordinary page, wherever its name leads: see test_fetch
        ("http://localhost:8080/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_a_link_leads_into_our_network_no_further_than_the_configuration(world: World, link: str, read: bool) -> None:
    """A stranger wrote the link: one service that is named opens no door to its neighbours."""
    source = '[[sources]]\ntype = "feed"\nname = "{}"\nurl = "http://{}/rss"\nbacklog = "tell"\n'
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme"]\n'
        + source.format("one", "10.0.0.5:8080")
        + source.format("two", "wiki.corp.example:8080")
        + "private = true\n"
    )
    world.serve("http://wiki.corp.example:8080/rss", rss())
    world.serve("http://10.0.0.5:8080/rss", rss(entry("Acme", "https://n.example/1", guid="1")))
    world.serve(link, "<p>secret", content_type="text/html")
    assert world.run("scan").status == 0
    change(world, "UPDATE items SET url = ?", link)
    (mention,) = ids(world).values()
    ran = world.run("evidence", mention)

    assert (ran.status == 0) is read, ran.err
    assert ("private address" in ran.err or "http:// or https://" in ran.err) is not read
    assert (link in [str(request.url) for request in world.network.asked]) is read


def test_nobody_is_asked_where_nobody_is_to_be(scanned: World) -> None:
    """--no-page keeps what the database has."""
    asked = len(scanned.network.asked)
    kept(scanned, ids(scanned)[PAGE], "--no-page")

    assert len(scanned.network.asked) == asked
    row = json.loads(scanned.run("evidence", "list", "--json").out)["evidence"][0]
    assert [part["name"] for part in row["parts"]] == ["mention.json"]


def test_a_changed_byte_names_the_entry(scanned: World) -> None:
    """Of the page, of the words, or of the entry itself."""
    first = kept(scanned, ids(scanned)[PAGE])
    scanned.later(hours=1)
    second = kept(scanned, ids(scanned)["https://n.example/2"])
    change(
        scanned,
        "UPDATE evidence_parts SET content = CAST(replace(CAST(content AS TEXT), 'burnt', 'brewed') AS BLOB)"
        " WHERE sha256 = ?",
        hashlib.sha256(b"<p>Acme burnt my zyzzyva").hexdigest(),
    )
    ran = scanned.run("evidence", "verify")

    assert ran.status == 1
    assert f"{first}: page of m_" in ran.err
    assert second not in ran.err

    change(scanned, "UPDATE evidence SET entry = replace(entry, '09:00', '07:00')")
    ran = scanned.run("evidence", "verify")
    assert f"{second}: the entry was changed" in ran.err


def test_an_entry_cannot_be_taken_out(scanned: World) -> None:
    """The one after it misses it; and the last one is missed by whoever noted it."""
    first = kept(scanned, ids(scanned)[PAGE])
    second = kept(scanned, ids(scanned)["https://n.example/2"])
    assert scanned.run("evidence", "verify", "--known", second).status == 0
    change(scanned, "DELETE FROM evidence WHERE hash LIKE ?", f"{second.removeprefix('e_')}%")
    assert scanned.run("evidence", "verify").status == 0
    ran = scanned.run("evidence", "verify", "--known", second)
    assert ran.status == 1
    assert f"{second}: no such entry" in ran.err

    third = kept(scanned, ids(scanned)["https://n.example/2"])
    change(scanned, "DELETE FROM evidence WHERE hash LIKE ?", f"{first.removeprefix('e_')}%")
    ran = scanned.run("evidence", "verify", "--known", third)
    assert f"{third}: follows {first}, which is missing" in ran.err


def test_a_bundle_proves_itself(scanned: World) -> None:
    """Without the database, and a byte that was changed in it is found."""
    name = kept(scanned, ids(scanned)[PAGE])
    kept(scanned, ids(scanned)["https://n.example/2"])
    target = scanned.folder / "out.zip"
    assert scanned.run("evidence", "export", name, "-o", str(target)).status == 0
    (scanned.folder / "mentions.db").rename(scanned.folder / "elsewhere.db")

    ran = scanned.run("evidence", "verify", str(target), "--known", name)
    assert ran.status == 0, ran.err
    assert "2 entries, all unchanged; it holds the parts of 1 of them" in ran.out

    forged = scanned.folder / "forged.zip"
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(forged, "w") as new:
        for one in old.namelist():
            new.writestr(one, old.read(one).replace(b"burnt", b"brewed"))
    ran = scanned.run("evidence", "verify", str(forged))
    assert ran.status == 1
    assert f"{name}: page of m_" in ran.err
    assert f"{name}: mention.json of m_" in ran.err


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 400])
def test_what_is_no_bundle_is_said_to_be_none(scanned: World, content: bytes) -> None:
    """In one line, without a traceback."""
    target = scanned.folder / "odd.zip"
    target.write_bytes(content)
    ran = scanned.run("evidence", "verify", str(target))

    assert ran.status == 1
    assert "not an evidence bundle" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("packing", ["deflated", "lzma", "bzip2", "stored"])
@pytest.mark.parametrize("where", ["page", "entries.jsonl"])
def test_a_damaged_part_is_told_however_it_is_packed(scanned: World, packing: str, where: str) -> None:
    kept(scanned, ids(scanned)[PAGE])
    target, damaged = scanned.folder / "out.zip", scanned.folder / "damaged.zip"
    scanned.run("evidence", "export", ids(scanned)[PAGE], "-o", str(target))
    way = {"deflated": 8, "lzma": 14, "bzip2": 12, "stored": 0}[packing]
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(damaged, "w", way) as new:
        for one in old.namelist():
            new.writestr(one, old.read(one) * 50 if one.endswith(where) else old.read(one))
        place = next(one for one in new.infolist() if one.filename.endswith(where))
        at = place.header_offset + 30 + len(place.filename) + place.compress_size // 2
    content = bytearray(damaged.read_bytes())
    content[at : at + 9] = b"\xff\x00\xff\x00\xff\x00\xff\x00\xff"
    damaged.write_bytes(content)

    ran = scanned.run("evidence", "verify", str(damaged))

    assert ran.status == 1
    assert "Traceback" not in ran.err
    assert str(damaged) in ran.err


@pytest.mark.parametrize("size", ["Infinity", "-1", "1e999", "true", '"9"', "null"])
def test_a_size_that_is_none_is_told(scanned: World, size: str) -> None:
    kept(scanned, ids(scanned)[PAGE])
    target, odd = scanned.folder / "out.zip", scanned.folder / "odd.zip"
    scanned.run("evidence", "export", ids(scanned)[PAGE], "-o", str(target))
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(odd, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "entries.jsonl":
                line = json.loads(content)
                line["text"] = re.sub(r'"size":[0-9]+', f'"size":{size}', line["text"])
                line["hash"] = hashlib.sha256(line["text"].encode()).hexdigest()
                content = json.dumps(line).encode()
            new.writestr(name, content)

    ran = scanned.run("evidence", "verify", str(odd))

    assert ran.status == 1
    assert "Traceback" not in ran.err


def test_a_file_from_which_parts_were_taken_does_not_say_that_they_are_unchanged(scanned: World) -> None:
    """When an entry was forgotten is not hashed: whoever hands out the file could say so of any."""
    kept(scanned, ids(scanned)[PAGE])
    target, less = scanned.folder / "out.zip", scanned.folder / "less.zip"
    scanned.run("evidence", "export", ids(scanned)[PAGE], "-o", str(target))
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(less, "w") as new:
        line = json.loads(old.read("entries.jsonl")) | {"forgotten_at": "2026-11-21T08:00:00Z"}
        new.writestr("entries.jsonl", json.dumps(line))

    ran = scanned.run("evidence", "verify", str(less))

    assert ran.status == 0
    assert "forgotten on purpose as the file says, which nothing proves" in ran.out
    assert "it holds the parts of none of them" in ran.out

    with zipfile.ZipFile(target) as old, zipfile.ZipFile(less, "w") as new:
        for name in old.namelist():
            content = json.dumps(line).encode() if name == "entries.jsonl" else old.read(name)
            new.writestr(name, content.replace(b"burnt", b"brewed"))
    assert scanned.run("evidence", "verify", str(less)).status == 1


def bundle_of(folder: Path, entry_: dict[str, object], **files: bytes) -> Path:
    """A bundle as a stranger would write it, its hashes right."""
    text = json.dumps(entry_)
    target = folder / "stranger.zip"
    hash_ = hashlib.sha256(text.encode()).hexdigest()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("entries.jsonl", json.dumps({"hash": hash_, "text": text, "forgotten_at": None}))
        for name, content in files.items():
            bundle.writestr(f"e_{hash_[:15]}/{name}", content)
        for number in range(2_000):
            bundle.writestr(f"\x1b]0;owned\x07{number}/x", b"")
    return target


@pytest.mark.parametrize("field", ["mention", "name", "previous"])
def test_a_stranger_s_bundle_does_nothing_to_the_terminal(scanned: World, field: str) -> None:
    """No escape sequence of its reaches it, and it is told in a few lines, however much there is in it."""
    evil = "\x1b]0;owned\x07\x1b[31m"
    part = {"name": "page", "media_type": "text/html", "sha256": "0" * 64, "size": 1}
    said: dict[str, object] = {"schema": "mentionwatch.evidence/1", "at": "2026-11-20T08:00:00Z", "by": evil}
    said |= {"mention": "m_abc", "parts": [part], "previous": []}
    if field == "mention":
        said["mention"] = evil
    elif field == "name":
        part["name"] = evil
    else:
        said["previous"] = [evil]
    ran = scanned.run("evidence", "verify", str(bundle_of(scanned.folder, said, page=b"x")))

    assert ran.status == 1
    assert "\x1b" not in ran.err + ran.out
    assert "names that no entry of ours has" in ran.err
    assert len(ran.err.splitlines()) < 10


def test_a_damaged_entry_of_another_database_is_not_taken_in_and_keeps_nobody_s_words_alive(scanned: World) -> None:
    """`merge`, `verify` and `forget` work on beside it."""
    kept(scanned, ids(scanned)[PAGE])
    other = scanned.folder / "other.db"
    scanned.run("backup", str(other))
    with sqlite3.connect(other) as database:
        database.execute("UPDATE evidence SET entry = 'no entry', hash = 'x'")
    database.close()
    assert scanned.run("merge", str(other)).status == 0
    assert scanned.run("evidence", "verify").status == 0
    change(scanned, "UPDATE evidence SET entry = replace(entry, '{', '[')")
    assert scanned.run("verify").status == 0
    ran = scanned.run("forget", "Zebulon Quirk")
    assert ran.status == 0, ran.err
    assert b"zyzzyva" not in b"".join(path.read_bytes() for path in scanned.folder.glob("mentions.db*"))


def test_forgetting_a_person_removes_what_was_kept_of_them_and_the_chain_stays_whole(scanned: World) -> None:
    """No byte of their words is left; that something was kept, and forgotten, is still known."""
    first = kept(scanned, ids(scanned)[PAGE])
    last = kept(scanned, ids(scanned)["https://n.example/2"])
    ran = scanned.run("forget", "Zebulon Quirk")

    assert "and what was kept of them as evidence 1 time" in ran.err
    on_disk = b"".join(path.read_bytes() for path in scanned.folder.glob("mentions.db*"))
    assert b"zyzzyva" not in on_disk
    assert b"Quirk" not in on_disk
    ran = scanned.run("evidence", "verify", "--known", first, "--known", last)
    assert ran.status == 0, ran.err
    assert "2 entries, 1 of them forgotten on purpose, all unchanged" in ran.out
    assert scanned.run("verify").status == 0


def test_evidence_outlives_the_retention_of_mentions_and_is_forgotten_all_the_same(world: World) -> None:
    """What was kept on purpose is not pruned; whose words it is, is not lost with the mention."""
    world.configure('[retention]\nmentions = "10d"\n' + CONFIG)
    world.serve(ONE, rss(said("Acme burnt my zyzzyva", 1)))
    world.serve(PAGE, "<p>Acme burnt my zyzzyva")
    world.run("scan")
    name = kept(world, ids(world)[PAGE])
    world.later(days=50).run("prune", "--compact")

    assert ids(world) == {}
    assert world.run("evidence", "verify", "--known", name).status == 0
    assert world.run("evidence", "export", name, "-o", str(world.folder / "a.zip")).status == 0
    world.run("forget", "zebulon quirk")
    assert b"zyzzyva" not in b"".join(path.read_bytes() for path in world.folder.glob("mentions.db*"))


def test_merged_databases_keep_both_chains_and_forget_what_either_forgot(scanned: World) -> None:
    """In either order; the next entry follows both."""
    first = kept(scanned, ids(scanned)[PAGE])
    other = scanned.folder / "other.db"
    scanned.run("backup", str(other))
    second = kept(scanned, ids(scanned)["https://n.example/2"])
    theirs = scanned.later(minutes=5).run("--db", str(other), "evidence", ids(scanned)["https://n.example/2"])
    scanned.run("--db", str(other), "forget", "Zebulon Quirk")
    again = scanned.folder / "again.db"
    scanned.run("backup", str(again))
    for into, taken in ((scanned.folder / "mentions.db", other), (other, again)):
        ran = scanned.run("--db", str(into), "merge", str(taken))
        assert ran.status == 0, ran.err
        names = [name for known in (first, second, theirs.out.strip()) for name in ("--known", known)]
        ran = scanned.run("--db", str(into), "evidence", "verify", *names)
        assert ran.status == 0, ran.err
        assert "3 entries, 1 of them forgotten on purpose" in ran.out
        assert scanned.run("--db", str(into), "verify").status == 0
    last = json.loads(scanned.run("evidence", "verify", "--json").out)["last"]
    assert len(last) == 2
    kept(scanned, ids(scanned)["https://n.example/2"], "--no-page")
    assert len(json.loads(scanned.run("evidence", "verify", "--json").out)["last"]) == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["m_nothing"], "m_nothing: no such mention"),
        (["export", "m_nothing", "-o", "x.zip"], "no evidence of it"),
        (["export", "e_", "-o", "x.zip"], "no evidence of it"),
        (["list", "m_nothing"], "m_nothing: no such mention"),
        (["verify", "--known", "zz"], "zz: no such entry"),
        (["verify", "no-such.zip"], "no-such.zip: cannot be read"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(scanned: World, args: list[str], told: str) -> None:
    """Exit 1, with the mend."""
    ran = scanned.run("evidence", *args)

    assert ran.status == 1
    assert told in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_picture_wants_a_browser(scanned: World) -> None:
    """Told before anything is asked or kept, with what to install."""
    scanned.environ["PATH"] = str(scanned.folder)
    ran = scanned.run("evidence", ids(scanned)[PAGE], "--screenshot")

    assert ran.status == 1
    assert "install one" in ran.err
    assert json.loads(scanned.run("evidence", "list", "--json").out)["evidence"] == []


@pytest.fixture(scope="module")
def chromium() -> Path:
    """The machine's browser, if it has one that can start."""
    environ = {"PATH": os.environ["PATH"]}
    try:
        found = browser.find(environ)
        with HttpServer() as server:
            server.otherwise = Answer(b"<html>")
            browser.picture(server.url("/"), found, environ, allowed=origins(server), seconds=PATIENCE)
    except UserError as error:
        pytest.skip(f"no browser here: {error}")
    return found


def test_the_picture_shows_the_page_and_the_page_reaches_nobody_within(world: World, chromium: Path) -> None:
    """A real browser: the page's own server is asked, a neighbour that the page names is not."""
    with HttpServer() as server, HttpServer() as neighbour:
        # Another name for the neighbour's address, so that it is none that the configuration names.
        within = neighbour.url("").replace("127.0.0.1", "127.1")
        page = f"<h1>Acme burnt my beans</h1><img src='{within}/steal'><script>fetch('{within}/steal')</script>"
        server.routes["/post"] = Answer(page.encode(), headers={"Content-Type": "text/html"})
        world.configure(CONFIG.replace(ONE, f"{server.url('')}/rss"))
        world.serve(f"{server.url('')}/rss", rss(entry("Acme burnt my beans", f"{server.url('')}/post", guid="1")))
        world.serve(f"{server.url('')}/post", page, content_type="text/html")
        world.run("scan")
        world.environ["PATH"] = os.environ["PATH"]
        ran = world.run("evidence", *ids(world).values(), "--screenshot")

        assert ran.status == 0, ran.err
        assert "/post" in [asked.path for asked in server.requests]
        assert neighbour.requests == []
    target = world.folder / "out.zip"
    world.run("evidence", "export", ran.out.strip(), "-o", str(target))
    with zipfile.ZipFile(target) as bundle:
        folder = ran.out.strip()
        picture = bundle.read(f"{folder}/screenshot.png")
        shot = json.loads(bundle.read(f"{folder}/asked.json"))["screenshot"]

    assert picture.startswith(b"\x89PNG")
    assert (shot["width"], shot["height"]) == (1280, 2400)


def test_a_page_that_never_ends_costs_its_time_and_no_more(chromium: Path) -> None:
    """The browser is ended with all its children, and says so."""
    with HttpServer() as server:
        server.routes["/"] = Answer(hang=True)
        with pytest.raises(SourceError, match="did not finish the picture within 2 s"):
            browser.picture(
                f"{server.url('')}/",
                chromium,
                {"PATH": os.environ["PATH"]},
                allowed=frozenset({server.url("").removeprefix("http://")}),
                seconds=2,
            )


@pytest.mark.parametrize("url", ["file:///etc/passwd", "data:text/html,x", "chrome://version", "http://", ""])
def test_a_browser_is_shown_web_addresses_only(url: str) -> None:
    """What wrote the address is a stranger; no browser is started for it."""
    with pytest.raises(BlockedAddress):
        browser.picture(url, Path("/no/browser"), {})


def ask(gate: FilteringProxy, head: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", gate.port), timeout=PATIENCE) as client:
        client.sendall(head)
        answer = b""
        while more := client.recv(65_536):
            answer += more
    return answer


def test_the_gate_lets_nobody_into_the_house() -> None:
    """However the address is written, and whatever a public name resolves to."""
    names = {"rebound.example": ["203.0.113.7", "10.0.0.1"], "inner.example": ["192.168.0.1"]}
    with HttpServer() as server:
        port = server.url("").rpartition(":")[2].encode()
        with FilteringProxy(resolver=lambda host, _: names.get(host, [])) as gate:
            for host in (
                b"127.0.0.1", b"127.1", b"2130706433", b"0x7f000001", b"[::1]", b"[::ffff:127.0.0.1]", b"localhost",
                b"169.254.169.254", b"inner.example", b"rebound.example", b"printer.local",
            ):  # fmt: skip
                assert ask(gate, b"CONNECT %b:%b HTTP/1.1\r\n\r\n" % (host, port)).startswith(b"HTTP/1.1 403"), host
                assert ask(gate, b"GET http://%b:%b/ HTTP/1.1\r\n\r\n" % (host, port)).startswith(b"HTTP/1.1 403"), host
            for head in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"CONNECT a b HTTP/1.1\r\n\r\n"):
                assert ask(gate, head).startswith(b"HTTP/1.1 400")
            assert "inner.example" in gate.refused
        assert server.requests == []


def test_the_gate_carries_what_is_allowed_and_no_more_than_its_share() -> None:
    """One request a connection, without what was meant for the proxy."""
    with HttpServer() as server:
        server.routes["/a"] = Answer(b"hello")
        server.routes["/big"] = Answer(b"x" * 200_000)
        here = server.url("").removeprefix("http://")
        with FilteringProxy(allowed=frozenset({here}), most_bytes=100_000) as gate:
            head = f"GET {server.url('')}/a?b HTTP/1.1\r\nHost: {here}\r\nProxy-Connection: keep-alive\r\n\r\n"
            assert ask(gate, head.encode()).endswith(b"hello")
            assert server.requests[0].target == "/a?b"
            assert server.requests[0].headers["connection"] == "close"
            assert "proxy-connection" not in server.requests[0].headers
            head = f"CONNECT {here} HTTP/1.1\r\n\r\nGET /big HTTP/1.1\r\nHost: {here}\r\nConnection: close\r\n\r\n"
            assert len(ask(gate, head.encode())) < 101_000
            assert gate.exhausted
