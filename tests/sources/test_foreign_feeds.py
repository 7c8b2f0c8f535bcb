"""The comparison with other readers' test files: what it finds, on files written for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import foreign_feeds

RSS = "<rss version='2.0'><channel><item><title>Acme</title><link>http://acme.example/1</link>{}</item></channel></rss>"


def test_what_other_readers_find_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files in the form of each suite are told apart, read and compared, and all of them is kept."""
    expect = "<!--\nDescription: x\nExpect:      not bozo\n-->\n"
    (tmp_path / "title.xml").write_text(expect + RSS.format("<dc:creator>Ana</dc:creator>"), "utf-8")
    (tmp_path / "link.xml").write_text(RSS.format(""), "utf-8")
    (tmp_path / "link.json").write_text('{"items": [{"title": "Acme", "link": "http://acme.example/1"}]}', "utf-8")
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "rss_test.go").write_text(
        "func TestTitle(t *testing.T) {\n\tdata := `"
        + RSS.format("")
        + '`\n\tif feed.Entries[0].Title != "Acme" {\n\t}\n}\n',
        "utf-8",
    )

    assert foreign_feeds.main([str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert all(f"{suite}: 1 files" in told for suite in ("feedparser", "gofeed", "Miniflux"))
    assert told.count("  kept") == 6


def test_a_loss_without_a_reason_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A word that another reader finds and this one does not is named, and the exit code says so."""
    (tmp_path / "lost.xml").write_text(RSS.format(""), "utf-8")
    (tmp_path / "lost.json").write_text('{"items": [{"title": "Acme Coffee"}]}', "utf-8")

    assert foreign_feeds.main([str(tmp_path), "-v"]) == 1
    assert "unexplained: gofeed/lost.xml: entry 0 words 'Acme Coffee'" in capsys.readouterr().out
