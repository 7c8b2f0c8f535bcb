"""Scans, digests, mail and alerts done by values alone, as a page or an agent does them: nothing is printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mentionwatch.app.alerts import retry_deliveries
from mentionwatch.app.deliveries import list_deliveries
from mentionwatch.app.digest import DigestRequest, build_digest
from mentionwatch.app.installation import Installation
from mentionwatch.app.mail import mail_digests, mail_server, pending_digests
from mentionwatch.app.scan import Collected, ScanRequest, check_scan_sources, run_scan
from mentionwatch.config import Config
from mentionwatch.config.load import load_config
from mentionwatch.env import LocalZone
from mentionwatch.errors import UserError
from mentionwatch.store import Store
from support.servers import Answer, HttpServer
from support.town import FIRE, Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with HttpServer() as server:
        yield Town(tmp_path, server)


def config_of(town: Town) -> Config:
    return load_config(town.config_file, town.environ, frozenset({"sources", "notify", "smtp"}))


def installation_of(town: Town, config: Config) -> Installation:
    return Installation(town.env, town.folder / "mentions.db", LocalZone(), lambda: mail_server(config))


def test_a_scan_gives_what_it_found_and_what_it_sent(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """A webhook that fails is a report with the time of the next try; a retry sends the same message."""
    town.watch()
    town.scan()
    town.say(FIRE)
    town.server.routes["/hook-5ecret"] = [Answer(b"", status=500), Answer(b"ok")]
    town.later(minutes=10)
    config = config_of(town)
    installation = installation_of(town, config)
    capsys.readouterr()

    seen: list[Collected] = []
    (failed,) = run_scan(config, ScanRequest(), installation, seen.append)
    with Store.open(installation.database, write=True) as store:
        waiting = list_deliveries(store, 5)
        (sent,) = retry_deliveries(store, config, installation)

    assert [mention.brand for mention in seen[0].new] == ["Acme Coffee"]
    assert not seen[0].all_failed
    assert (failed.delivery.channel, failed.delivery.name, failed.failed) == ("webhook", "oncall", True)
    assert failed.next_try_at == town.now + timedelta(minutes=1)
    assert [(alert.notify, alert.state) for alert in waiting.alerts] == [("oncall", "pending")]
    assert (sent.settled, sent.delivery.content) == (True, failed.delivery.content)
    assert capsys.readouterr() == ("", "")


def test_a_digest_is_a_value(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """Built, and shown as it would be mailed; where nothing can be mailed, that is an error."""
    town.watch(more='[[digests]]\nname = "morning"\nto = ["team@acme.example"]\n')
    town.scan()
    town.say(FIRE)
    town.scan()
    config = config_of(town)
    installation = installation_of(town, config)
    capsys.readouterr()

    with Store.open(installation.database, write=True) as store:
        built = build_digest(store, config, DigestRequest(since=town.now - timedelta(hours=1)), town.now)
        (pending,) = pending_digests(store, config, DigestRequest(), (), town.now)
        with pytest.raises(UserError, match=r"no \[smtp\] section"):
            mail_digests(store, config, DigestRequest(), (), installation)

    assert built.count == 1
    assert (pending.name, pending.to, pending.digest.ids) == ("morning", ("team@acme.example",), built.ids)
    assert capsys.readouterr() == ("", "")


def test_a_source_that_is_not_there_is_an_error_with_a_guess(town: Town) -> None:
    town.watch()

    with pytest.raises(UserError, match="did you mean"):
        check_scan_sources(config_of(town), ["blgo"])
