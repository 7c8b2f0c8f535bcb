"""Podcasts: episodes and shows in Apple's directory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mentionwatch.errors import RateLimited, UnexpectedResponse, UserError
from mentionwatch.messages import Request
from mentionwatch.sources.platforms.podcasts import Podcasts
from support.replay import ACME, NOW, answer, params

SOURCE = Podcasts()


def first(since: str | None = None, source: Podcasts = SOURCE) -> Request:
    return next(iter(source.requests((ACME,), {"text:acme coffee": since} if since else {}, NOW)))


def test_asks_for_names_and_hashtags() -> None:
    """Nobody names a podcast by a handle; shows are asked for where they are wanted."""
    asked = [params(request)["term"] for request in SOURCE.requests((ACME,), {}, NOW)]

    assert asked == ["Acme Coffee", "ACME", "AcmeCoffee"]
    assert params(first())["entity"] == "podcastEpisode"
    assert params(first(source=Podcasts(search="shows", country="DE"))) | {
        "entity": "podcast",
        "country": "de",
    } == params(first(source=Podcasts(search="shows", country="DE")))


def test_an_old_episode_that_comes_up_later_is_no_news() -> None:
    """Of more than 200, other ones come each time."""
    results = [
        {"kind": "podcast-episode", "trackId": n, "trackViewUrl": f"https://podcasts.apple.com/{n}",
         "releaseDate": f"{NOW - timedelta(days=n):%Y-%m-%dT%H:%M:%SZ}"}
        for n in range(1, 201)
    ]  # fmt: skip
    before = SOURCE.parse(answer(first(), {"resultCount": 200, "results": results}))
    after = SOURCE.parse(answer(first(before.checkpoint), {"resultCount": 200, "results": results}))
    few = SOURCE.parse(answer(first(), {"resultCount": 9, "results": results[:9]}))
    all_of_few = SOURCE.parse(answer(first(few.checkpoint), {"resultCount": 9, "results": results[:9]}))

    assert (len(before.items), len(after.items)) == (200, 7)
    assert len(all_of_few.items) == 9


def test_music_is_no_podcast() -> None:
    """An answer of none but other things is not understood."""
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(
            answer(first(), {"results": [{"kind": "song", "trackId": 1, "trackViewUrl": "https://x.example/1"}]})
        )


def test_errors_are_told() -> None:
    """403 is the limit of questions a minute; other errors come with words."""
    said = {"errorMessage": "Invalid value(s) for key(s): [country]", "queryParameters": {}}

    assert isinstance(SOURCE.explain(answer(first(), b"", status=403)), RateLimited)
    assert "[country]" in str(SOURCE.explain(answer(first(), said, status=400)))
    with pytest.raises(UserError):
        Podcasts(country="Germany")


def test_reads_a_recorded_show(shared: Path) -> None:
    """After blank lines, as the service writes it."""
    body = (shared / "corpus/recorded/itunes/lookup_podcast.json").read_bytes()
    (show,) = SOURCE.parse(answer(first(), b"\n\n\n" + body)).items

    assert show.external_id == "1120964487"
    assert show.title == "Go Time: Golang, Software Engineering"
    assert show.author.name == "Changelog Media"
    assert show.url == "https://podcasts.apple.com/us/podcast/go-time-golang-software-engineering/id1120964487"
    assert show.links == ("https://changelog.com/gotime/feed",)
    assert show.tags == ("Technology", "Education", "How To")
    assert show.published_at is None
