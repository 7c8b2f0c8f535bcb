"""`init`, `check` and `schema` as a user types them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword, Session

from mentionwatch.app.check import polling_plan
from mentionwatch.cli import main
from mentionwatch.config import ConfiguredSource
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Brand
from support.world import MORNING, Ran, Reply, World

BRAND = '[[brands]]\nname = "Acme Coffee"\nnames = ["Acme Coffee"]\n'
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>
<item><title>Acme Coffee opens</title><link>https://blog.example/1</link><guid>1</guid></item></channel></rss>"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    return World(tmp_path)


def typed(world: World, *args: str) -> Ran:
    """Run the program in the world's folder without naming the configuration."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(args, env=world.env)
    return Ran(status, out.getvalue(), err.getvalue())


# -- init ----------------------------------------------------------------------------------------------------------


def test_two_words_give_a_configuration_that_checks_out(world: World) -> None:
    made = typed(world, "init", "Acme Coffee")

    assert (made.status, made.out) == (0, "")
    assert made.err.splitlines()[0] == "wrote mentionwatch.toml"
    assert [line.split("#")[0].strip() for line in made.err.splitlines()[2:]] == [
        "mentionwatch check",
        "mentionwatch scan",
        "mentionwatch digest --since 7d",
    ]
    path = world.folder / "mentionwatch.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert typed(world, "check").status == 0


def test_a_configuration_that_is_there_is_replaced_only_by_force(world: World) -> None:
    path = world.folder / "mentionwatch.toml"
    path.write_text("# mine")

    refused = typed(world, "init", "Acme")

    assert refused.status == 1
    assert refused.err == "mentionwatch.toml already exists; --force replaces it\n"
    assert path.read_text() == "# mine"
    assert typed(world, "init", "Acme", "--force").status == 0
    assert 'name = "Acme"' in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(world.folder.iterdir()) == [path]


def test_a_dangling_link_is_not_written_through(world: World) -> None:
    (world.folder / "mentionwatch.toml").symlink_to(world.folder / "elsewhere")

    assert typed(world, "init").status == 1
    assert not (world.folder / "elsewhere").exists()


def test_it_goes_where_it_will_be_found(world: World) -> None:
    """A named file is written there, with its folders, and the next commands name it too."""
    made = typed(world, "-c", str(world.folder / "my conf" / "m.toml"), "init", "Acme")

    assert made.status == 0
    assert (world.folder / "my conf" / "m.toml").exists()
    assert f"mentionwatch -c '{world.folder}/my conf/m.toml' check" in made.err
    world.environ["MENTIONWATCH_CONFIG"] = "by-env.toml"
    assert typed(world, "init").status == 0
    assert (world.folder / "by-env.toml").exists()


def test_a_database_named_is_the_one_written_down(world: World) -> None:
    typed(world, "init", "Acme", "--db", "data/m.db")

    assert f'database = "{world.folder}/data/m.db"' in (world.folder / "mentionwatch.toml").read_text()


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 300, "!!"])
def test_a_name_that_cannot_be_one_writes_nothing(world: World, name: str) -> None:
    refused = typed(world, "init", name)

    assert refused.status == 1
    assert "name" in refused.err
    assert list(world.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(world: World) -> None:
    (world.folder / "file").touch()

    refused = typed(world, "init", "-c", "file/m.toml")

    assert refused.status == 1
    assert refused.err.startswith("file/m.toml: cannot be written: ")


# -- check ---------------------------------------------------------------------------------------------------------


def write(world: World, text: str) -> None:
    world.config_file.write_text(text)


def test_every_thing_looked_at_has_its_line(world: World) -> None:
    write(
        world,
        BRAND
        + '[[brands.tests]]\ntext = "I like Acme Coffee."\n'
        + '[[sources]]\ntype = "hackernews"\nname = "hn"\nevery = "1h"\n'
        + '[[sources]]\ntype = "lobsters"\nenabled = false\n'
        + '[smtp]\nhost = "smtp.example"\nfrom = "digest@acme.example"\n',
    )

    checked = world.run("check")

    assert (checked.status, checked.err) == (0, "")
    lines = checked.out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", "config:"],
        ["ok", "brand"],
        ["ok", "source"],
        ["off", "source"],
        ["ok", "mail"],
    ]
    assert lines[1] == "ok       brand Acme Coffee: 1 term, 1 test passed"
    assert lines[2].startswith("ok       source hn: hackernews, ")
    assert lines[2].endswith(" every 1h")
    assert world.network.asked == []
    assert [path.name for path in world.folder.iterdir()] == ["mentionwatch.toml"]


def test_a_wrong_configuration_is_told_whole_and_exits_78(world: World) -> None:
    write(world, 'contct = 1\n[[brands]]\nname = "a"\n')

    checked = world.run("check")

    assert (checked.status, checked.out) == (78, "")
    assert checked.err == (
        'mentionwatch.toml:1: contct: unknown key; did you mean "contact"?\n'
        "mentionwatch.toml:2: brands[0]: has no terms; write names, hashtags, handles, urls or a query\n"
    )


def test_a_sentence_that_fails_refuses_the_terms(world: World) -> None:
    """It says where the sentence stands, what was expected, and what came."""
    write(
        world,
        BRAND
        + '[[brands.tests]]\ntext = "Acme Coffee is fine."\nmatch = false\n'
        + '[[brands.tests]]\ntext = "Her PhD is in Acmeology."\n'
        + '[[brands.tests]]\ntext = "so good"\ntitle = "At Acme Coffee"\n',
    )

    checked = world.run("check")

    assert checked.status == 78
    wrong = [line for line in checked.out.splitlines() if line.startswith("wrong")]
    assert len(wrong) == 2
    assert wrong[0] == (
        'wrong    brand Acme Coffee: mentionwatch.toml:4: brands[0].tests[0]: "Acme Coffee is fine." should not be a '
        'mention, but matches name "Acme Coffee" as "Acme Coffee" in its text'
    )
    assert (
        'mentionwatch.toml:7: brands[0].tests[1]: "Her PhD is in Acmeology." should be a mention and is not: '
        in wrong[1]
    )


def test_a_missing_secret_is_told_for_whom_it_matters(world: World) -> None:
    write(
        world,
        BRAND
        + '[[sources]]\ntype = "mastodon"\nserver = "https://social.example"\ntoken = { env = "TOK" }\n'
        + '[smtp]\nhost = "smtp.example"\nusername = "jo"\npassword = { file = "pw" }\n'
        + '[[notify]]\nname = "oncall"\nurl = { env = "URL" }\nwhen = ["urgent"]\n',
    )

    checked = world.run("check")

    assert checked.status == 78
    wrong = [line for line in checked.out.splitlines() if line.startswith("wrong")]
    assert wrong[0].startswith(
        "wrong    source mastodon-social.example: token: the environment variable TOK is not set"
    )
    assert wrong[0].endswith("(mentionwatch.toml:7)")
    assert wrong[1].startswith("wrong    mail smtp.example:587: password: ")
    assert wrong[2].startswith("wrong    alert oncall: url: the environment variable URL is not set")


def test_a_secret_is_never_shown(world: World) -> None:
    world.environ["TOK"] = "s3cret-token"
    write(world, BRAND + '[[sources]]\ntype = "mastodon"\nserver = "https://social.example"\ntoken = { env = "TOK" }\n')

    for options in ((), ("--json",), ("--jsonl",), ("-v",), ("--online",)):
        checked = world.run("check", *options)
        assert "s3cret" not in checked.out + checked.err


def test_warnings_stand_among_the_lines_and_stop_nothing(world: World) -> None:
    write(world, '[[digests]]\nname = "m"\nto = ["jo@acme.example"]\n')

    checked = world.run("check")

    assert checked.status == 0
    told = [line for line in checked.out.splitlines() if line.startswith("warning")]
    assert len(told) == 3
    assert told[0].startswith("warning  mentionwatch.toml:1: digests: there is no [smtp]")


def test_a_source_that_would_ask_nothing_is_warned_of(world: World) -> None:
    """A tag timeline finds nothing for a brand that has no tag."""
    write(
        world,
        '[[brands]]\nname = "A"\nurls = ["acme.example"]\n[[sources]]\ntype = "mastodon"\nserver = "https://a.example"\n',
    )

    assert "source mastodon-a.example: mastodon, has nothing to search for these brands" in world.run("check").out


@dataclass(frozen=True, slots=True)
class Metered:
    """A platform that answers 100 times a day, and is asked for each brand."""

    type: ClassVar[str] = "metered"
    platform: ClassVar[str] = "metered"
    limits: ClassVar[Limits] = Limits(per_day=100)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "nothing"

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        return (Request(brand.name, "https://api.example/") for brand in brands)

    def parse(self, response: Response) -> Page:
        return Page(())


def test_a_quota_that_will_not_do_is_told_before_the_first_run() -> None:
    brands = tuple(Brand(f"Brand {n}") for n in range(7))
    source = ConfiguredSource("m", Metered(), every=timedelta(minutes=45))

    line = polling_plan(source, brands, MORNING)
    some = polling_plan(replace(source, brands=("Brand 1", "Brand 2")), brands, MORNING)

    assert (line.state, line.message) == (
        "warning",
        "metered, 7 questions every 45m need 224 requests a day, the quota is 100: each will be polled every 101 min"
        ' (write every = "1h41m")',
    )
    assert (some.state, some.message) == (
        "ok",
        "metered, 2 questions every 45m: 64 requests a day, the quota is 100",
    )


def test_sources_that_share_a_quota_are_told_their_part_of_it(world: World) -> None:
    """Two sources that would do alone do not do together: each is told how often it will really be asked."""
    names = ", ".join(f'"Acme {number}"' for number in range(7))
    one = '[[sources]]\ntype = "youtube"\nname = "{}"\nkey = {{ env = "KEY" }}\nevery = "2h"\n'
    world.environ["KEY"] = "a-key"
    write(world, f'[[brands]]\nname = "Acme"\nnames = [{names}]\n' + one.format("one") + one.format("two"))

    lines = world.run("check").out.splitlines()

    assert [" ".join(line.split()) for line in lines if " source " in line] == [
        f"warning source {name}: youtube, 7 questions every 2h need 84 requests a day, its part is 50, for 2 sources"
        ' share a quota of 100: each will be polled every 202 min (write every = "3h22m")'
        for name in ("one", "two")
    ]


def test_scripts_get_it_as_json(world: World) -> None:
    write(world, BRAND + '[[sources]]\ntype = "hackernews"\nenabled = false\n')

    document = json.loads(world.run("check", "--json").out)
    lines = [json.loads(line) for line in world.run("check", "--jsonl").out.splitlines()]

    assert document["schema"] == "mentionwatch.check/1"
    assert document["checks"] == lines
    assert lines[-1] == {
        "state": "off",
        "about": "source",
        "name": "hackernews",
        "message": "not polled: enabled = false",
    }


# -- check --online ------------------------------------------------------------------------------------------------


def test_online_every_source_is_asked_once_and_nothing_is_kept(world: World) -> None:
    world.network.pages["https://blog.example/feed"] = Reply(FEED, headers={"content-type": "application/rss+xml"})
    world.network.pages["https://gone.example/feed"] = Reply(status=410)
    world.network.pages["https://page.example/feed"] = Reply("<!doctype html><title>Log in</title>")
    write(
        world,
        BRAND
        + "".join(
            f'[[sources]]\ntype = "feed"\nname = "{name}"\nurl = "https://{name}.example/feed"\n'
            for name in ("blog", "gone", "page")
        ),
    )

    checked = world.run("check", "--online")

    assert checked.status == 1
    told = {line.split()[2].rstrip(":"): line for line in checked.out.splitlines()[2:]}
    assert told["blog"] == "ok       source blog: 1 item"
    assert told["gone"].startswith("failed   source gone: ")
    assert told["gone"].endswith("(gone)")
    assert told["page"].endswith("(not-understood)")
    assert len(world.network.asked) == 3
    assert [path.name for path in world.folder.iterdir()] == ["mentionwatch.toml"]


def test_online_a_source_without_its_secret_is_not_asked(world: World) -> None:
    write(world, BRAND + '[[sources]]\ntype = "mastodon"\nserver = "https://social.example"\ntoken = { env = "TOK" }\n')

    assert world.run("check", "--online").status == 78
    assert world.network.asked == []


class MailServer(Controller):
    """A real mail server that knows one account."""

    def __init__(self, port: int) -> None:
        super().__init__(Sink(), hostname="127.0.0.1", port=port, authenticator=self._knows, auth_require_tls=False)

    @staticmethod
    def _knows(server: object, session: Session, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=data == LoginPassword(b"jo", b"right"), handled=False)


@pytest.fixture
def mail_server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = MailServer(port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


def test_online_the_mail_login_is_tried(world: World, mail_server: int) -> None:
    write(
        world,
        BRAND
        + f'[smtp]\nhost = "127.0.0.1"\nport = {mail_server}\nsecurity = "none"\nusername = "jo"\n'
        + 'password = { env = "PW" }\nfrom = "jo@acme.example"\ntimeout = "60s"\n',
    )

    world.environ["PW"] = "right"
    right = world.run("check", "--online")
    world.environ["PW"] = "s3cret-but-wrong"
    wrong = world.run("check", "--online")

    assert f"ok       mail 127.0.0.1:{mail_server}" in right.out
    assert f"failed   mail 127.0.0.1:{mail_server}" in wrong.out
    assert wrong.status == 1
    assert "s3cret" not in wrong.out + wrong.err


# -- what every command has of it ------------------------------------------------------------------------------------


def test_no_password_manager_is_run_for_a_command_that_asks_nobody(world: World) -> None:
    command = '{ command = ["sh", "-c", "echo run >> runs; echo s3cret"] }'
    source = f'[[sources]]\ntype = "mastodon"\nserver = "https://social.example"\ntoken = {command}\n'
    world.configure(BRAND + source)

    assert world.run("match", "Acme Coffee").status == 0
    assert world.run("schedule", "cron").status == 0
    assert not (world.folder / "runs").exists()

    world.run("scan")
    assert (world.folder / "runs").read_text() == "run\n"


COMMAND = """[[sources]]
type = "mastodon"
server = "https://social.example"
token = { command = ["sh", "-c", "echo run >> runs; echo s3cret"] }
"""


@pytest.mark.parametrize("args", [["check"], ["check", "--online"], ["scan", "--dry-run"], ["scan"]])
@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_configuration_that_others_may_write_runs_nothing_unless_it_is_named(
    world: World, what: str, args: list[str]
) -> None:
    """Who puts a file where somebody works must not have their commands run there (CVE-2022-24765)."""
    path = world.configure(BRAND + COMMAND)
    (path if what == "file" else world.folder).chmod(0o777)

    ran = typed(world, *args)

    assert not (world.folder / "runs").exists()
    assert "chmod go-w" in ran.out + ran.err
    assert typed(world, "--config", str(path), *args).status != 78
    assert (world.folder / "runs").read_text() == "run\n"


def test_a_configuration_of_ones_own_is_found_and_runs_its_commands(world: World) -> None:
    world.configure(BRAND + COMMAND)

    typed(world, "scan")

    assert (world.folder / "runs").read_text() == "run\n"


def test_a_wrong_configuration_runs_nothing(world: World) -> None:
    world.configure(BRAND + COMMAND + '[[sources]]\ntype = "feed"\nurl = "not an address"\n')

    for args in (["check"], ["scan"], ["sources"], ["digest", "--email"]):
        assert typed(world, *args).status == 78
    assert not (world.folder / "runs").exists()


def test_a_list_of_sources_runs_no_command(world: World) -> None:
    world.configure(BRAND + COMMAND)

    for args in (["sources"], ["sources", "--json"], ["schedule", "cron"], ["opml", "export"]):
        assert world.run(*args).status == 0
    assert not (world.folder / "runs").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["--config", "pipe", "check"],
        ["--config", "pipe", "scan"],
        ["--db", "pipe", "scan"],
        ["--db", "pipe", "list"],
        ["--db", "pipe", "verify"],
        ["--db", "pipe", "scan", "--dry-run"],
        ["merge", "pipe"],
        ["evidence", "verify", "pipe"],
        ["opml", "import", "pipe"],
    ],
    ids=" ".join,
)
def test_a_pipe_that_nobody_writes_to_is_told_in_one_line(world: World, args: list[str]) -> None:
    """Opening one waits for ever otherwise, and with it all that cron starts after."""
    world.configure(BRAND)
    world.run("scan")
    os.mkfifo(world.folder / "pipe")

    ran = typed(world, *args)

    assert ran.status in (1, 78)
    assert "pipe" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_configuration_may_come_out_of_a_pipe(world: World) -> None:
    """As a shell's ``-c <(…)`` gives it."""
    reading, writing = os.pipe()
    os.write(writing, BRAND.encode())
    os.close(writing)
    try:
        assert typed(world, "--config", f"/dev/fd/{reading}", "match", "Acme Coffee").status == 0
    finally:
        os.close(reading)


def test_a_warning_sends_no_mail_from_cron(world: World) -> None:
    """What deserves a look is for who looks: nobody watches stderr here."""
    world.configure(BRAND + '[[digests]]\nname = "m"\nto = ["jo@acme.example"]\n')

    assert world.run("match", "Acme Coffee").err == ""
    assert "warning" in world.run("check").out


def test_a_source_without_its_secret_fails_and_the_others_are_asked(world: World) -> None:
    world.serve("https://blog.example/feed", FEED, content_type="application/rss+xml")
    world.configure(
        BRAND
        + '[[sources]]\ntype = "mastodon"\nserver = "https://social.example"\ntoken = { env = "TOK" }\n'
        + '[[sources]]\ntype = "feed"\nurl = "https://blog.example/feed"\n'
    )

    scanned = world.run("scan", "--strict")

    assert scanned.status == 3
    assert [request.url.host for request in world.network.asked] == ["blog.example"]


# -- schema --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["config", "mention", "digest"])
def test_each_schema_is_printed_or_written(world: World, what: str) -> None:
    printed = world.run("schema", what)
    written = world.run("schema", what, "-o", "schema.json")

    assert json.loads(printed.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (written.status, written.out) == (0, "")
    assert (world.folder / "schema.json").read_text() == printed.out


def test_an_unknown_schema_is_a_slip_of_usage(world: World) -> None:
    refused = world.run("schema", "confg")

    assert refused.status == 2
    assert "config" in refused.err
