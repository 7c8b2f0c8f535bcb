"""A configuration is read whole: what is right becomes a value, what is wrong is told all at once."""

from __future__ import annotations

import os
import re
import select
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mentionwatch.config import Config
from mentionwatch.config.diagnostics import Diagnostics, InvalidValue, Location
from mentionwatch.config.load import load_config
from mentionwatch.config.search_path import find_config
from mentionwatch.config.secrets import run_command
from mentionwatch.config.source_tables import value_type_of
from mentionwatch.config.starter import hashtag_for, starter_config
from mentionwatch.config.table_types import SecretReference
from mentionwatch.errors import ConfigError, UserError
from mentionwatch.messages import Secret
from mentionwatch.model import BrandTest, Term
from mentionwatch.sources.platforms.mastodon import Mastodon

#: The block of the contract, as it stands there.
CONTRACT = """\
database = "mentions.db"              # else --db, $MENTIONWATCH_DB, the platform's user data folder
contact  = "https://acme.example/bot" # goes into the User-Agent: mentionwatch/VERSION (+contact)

[retention]
items = "30d"                         # what matched nothing; "0" keeps none
mentions = "forever"

[[brands]]
name     = "Acme Coffee"
kind     = "own"                      # own | competitor | topic
names    = ["Acme Coffee", "AcmeCoffee", { text = "ACME", case = true, context = ["beans"] }]
hashtags = ["AcmeCoffee"]
handles  = ["@acmecoffee", "@acme@social.example", "acme.bsky.social"]
urls     = ["acme.example"]           # a domain with its subdomains, or domain/path
context  = ["coffee", "espresso"]     # a bare name counts only near one of these; hashtags, handles and URLs need none
exclude  = ["Acme Corporation", "hiring", "site:cartoons.example", "author:acmebot"]
own      = ["@acmecoffee", "acme.example"]   # our own posts: kept, marked, never alerted or counted

[[brands.tests]]                      # run by `check`; a query that loses one of these is refused
text  = "Acme in Acmeology is not us"
match = false

[[sources]]
type  = "feed"
name  = "alerts-acme"
url   = "https://www.google.com/alerts/feeds/0123/4567"
every = "15m"

[[sources]]
type   = "mastodon"
server = "https://social.example"
token  = { env = "MASTODON_TOKEN" }

[smtp]
host = "smtp.example"
port = 587
security = "starttls"
username = "digest@acme.example"
password = { env = "SMTP_PASSWORD" }
from = "mentionwatch <digest@acme.example>"

[[digests]]
name = "morning"
to = ["team@acme.example"]
brands = ["Acme Coffee"]

[[notify]]
name  = "oncall"
url   = { env = "ONCALL_URL" }
when  = ["urgent", "spike", "overdue", "source-failing"]
brands = ["Acme Coffee"]
quiet = "22:00-07:00"

[response]
timezone = "Europe/London"
hours = "Mon-Fri 09:00-18:00"
holidays = ["2026-12-25"]
reply_within = { urgent = "30m", high = "60m", normal = "1d" }
"""

ENVIRON = {"MASTODON_TOKEN": "tok-1", "SMTP_PASSWORD": "pw-1", "ONCALL_URL": "json+https://oncall.example/hook"}
NOTIFY = '[[notify]]\nname = "n"\nurl = { env = "U" }\n'
BRAND = '[[brands]]\nname = "Acme"\nnames = ["Acme"]\n'

Reader = Callable[..., Config]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Write a configuration and load it."""

    def reader(text: str | bytes, environ: Mapping[str, str] | None = None, **options: object) -> Config:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config(path, environ or {}, **options)  # type: ignore[arg-type]

    return reader


@pytest.fixture
def problems(read: Reader) -> Callable[..., list[str]]:
    """What is told of a wrong configuration, as ``LINE: the rest``."""

    def reader(text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            read(text, environ)
        for problem in caught.value.problems:
            assert re.match(r"[^\n]*config\.toml:[0-9]+: [^\n]+$", problem)
            assert problem.isprintable()
        return [problem.partition("config.toml:")[2] for problem in caught.value.problems]

    return reader


# -- what is right -------------------------------------------------------------------------------------------------


def test_the_contracts_example_is_accepted_word_for_word(read: Reader, tmp_path: Path) -> None:
    config = read(CONTRACT, ENVIRON)

    assert config.path == tmp_path / "config.toml"
    assert config.database == tmp_path / "mentions.db"
    assert config.contact == "https://acme.example/bot"
    assert (config.retention.items, config.retention.mentions) == (timedelta(days=30), None)
    (brand,) = config.brands
    assert (brand.name, brand.kind, brand.query) == ("Acme Coffee", "own", None)
    assert brand.terms == (
        Term("name", "Acme Coffee"),
        Term("name", "AcmeCoffee"),
        Term("name", "ACME", case=True, context=("beans",)),
        Term("hashtag", "AcmeCoffee"),
        Term("handle", "@acmecoffee"),
        Term("handle", "@acme@social.example"),
        Term("handle", "acme.bsky.social"),
        Term("url", "acme.example"),
    )
    assert brand.context == ("coffee", "espresso")
    assert brand.exclude == ("Acme Corporation", "hiring", "site:cartoons.example", "author:acmebot")
    assert brand.own == ("@acmecoffee", "acme.example")
    assert brand.tests == (BrandTest("Acme in Acmeology is not us", match=False),)
    alerts, mastodon = config.sources
    assert (alerts.name, alerts.every, alerts.backlog, alerts.enabled) == (
        "alerts-acme",
        timedelta(minutes=15),
        "keep",
        True,
    )
    assert alerts.hosts == ("www.google.com",)
    assert mastodon.name == "mastodon-social.example"
    assert mastodon.source == Mastodon("https://social.example", Secret("tok-1"))
    assert mastodon.every == timedelta(seconds=Mastodon.limits.every)
    assert mastodon.problem is None
    assert config.smtp is not None
    assert (config.smtp.host, config.smtp.port, config.smtp.security) == ("smtp.example", 587, "starttls")
    assert (config.smtp.username, config.smtp.password) == ("digest@acme.example", Secret("pw-1"))
    assert config.smtp.from_ == "mentionwatch <digest@acme.example>"
    (digest,) = config.digests
    assert (digest.name, digest.to, digest.brands) == ("morning", ("team@acme.example",), ("Acme Coffee",))
    (notify,) = config.notify
    assert notify.url == Secret("json+https://oncall.example/hook")
    assert notify.when == ("urgent", "spike", "overdue", "source-failing")
    assert notify.quiet == (time(22), time(7))
    assert config.response.timezone == "Europe/London"
    assert config.response.holidays == (date(2026, 12, 25),)
    assert config.response.reply_within == {
        "urgent": timedelta(minutes=30),
        "high": timedelta(minutes=60),
        "normal": timedelta(days=1),
    }
    assert config.warnings == ()


def test_an_empty_file_is_a_configuration_of_nothing(read: Reader) -> None:
    config = read("")

    assert (config.brands, config.sources, config.smtp, config.database) == ((), (), None, None)


def test_a_query_stands_instead_of_terms(read: Reader) -> None:
    config = read('[[brands]]\nname = "Acme"\nquery = \'("acme coffee" OR #acmecoffee) NOT cartoon\'\n')

    assert config.brands[0].query == '("acme coffee" OR #acmecoffee) NOT cartoon'
    assert config.brands[0].terms == ()


def test_windows_habits_do_no_harm(read: Reader) -> None:
    """A byte order mark and CRLF line ends are read past."""
    config = read(
        b"\xef\xbb\xbf" + (BRAND + 'query = """a\nb"""\n').replace("\n", "\r\n").encode().partition(b"query")[0]
    )

    assert config.brands[0].name == "Acme"


def test_toml_1_1_is_read(read: Reader) -> None:
    """Tables in braces may go over several lines and end in a comma."""
    config = read('[[brands]]\nname = "A\\x63me"\nnames = [{\n  text = "ACME", # as written\n  case = true,\n}]\n')

    assert config.brands[0].terms == (Term("name", "ACME", case=True),)
    assert config.brands[0].name == "Acme"


def test_paths_are_seen_from_the_files_folder_and_the_users_home(read: Reader, tmp_path: Path) -> None:
    smtp = '[smtp]\nhost = "h.example"\nca_file = "~/ca.pem"\n'

    assert read('database = "data/m.db"\n').database == tmp_path / "data" / "m.db"
    assert read('database = "/var/m.db"\n').database == Path("/var/m.db")
    config = read(smtp, {"HOME": "/home/jo"})
    assert config.smtp is not None
    assert config.smtp.ca_file == Path("/home/jo/ca.pem")


def test_mail_is_sent_by_the_port_that_goes_with_its_protection(read: Reader) -> None:
    ports = {}
    for security in ("starttls", "tls", "none"):
        config = read(f'[smtp]\nhost = "h.example"\nsecurity = "{security}"\n')
        assert config.smtp is not None
        ports[security] = config.smtp.port

    assert ports == {"starttls": 587, "tls": 465, "none": 25}


def test_a_source_is_named_by_what_it_asks_unless_it_has_a_name(read: Reader) -> None:
    """The name hangs on the entry alone, so that a further source never renames it."""
    config = read(
        '[[sources]]\ntype = "hackernews"\n[[sources]]\ntype = "mastodon"\nserver = "https://b.example/x"\n'
        '[[sources]]\ntype = "mastodon"\nserver = "https://c.example"\nname = "See"\n'
        '[[sources]]\ntype = "feed"\nurl = "https://www.blog.example/feed.xml"\n'
    )

    assert [source.name for source in config.sources] == ["hackernews", "mastodon-b.example", "See", "blog.example"]


def test_only_a_host_that_stands_in_the_file_may_be_private(read: Reader) -> None:
    config = read(
        '[[sources]]\ntype = "hackernews"\n[[sources]]\ntype = "mastodon"\nserver = "http://127.0.0.1:8080"\n'
    )

    assert [source.hosts for source in config.sources] == [(), ("127.0.0.1",)]
    assert [source.origins for source in config.sources] == [(), ("127.0.0.1:8080",)]


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        ("https://wiki.corp.example/feed", ("wiki.corp.example:80", "wiki.corp.example:443")),
        ("HTTP://nas.local:5000/feed", ("nas.local:5000",)),
        ("http://[::1]:8080/feed", ("[::1]:8080",)),
        ("http://10.0.0.5/feed", ("10.0.0.5:80", "10.0.0.5:443")),
    ],
)
def test_what_a_source_names_it_names_port_by_port(read: Reader, url: str, origins: tuple[str, ...]) -> None:
    """A service at one port opens no door to its neighbours; a public name needs a word more to lead home."""
    source = f'[[sources]]\ntype = "feed"\nname = "one"\nurl = "{url}"\n'

    assert read(source).sources[0].origins == origins
    assert not read(source).sources[0].private
    assert read(source + "private = true\n").sources[0].private


def test_a_mailbox_is_named_at_its_own_port(read: Reader) -> None:
    imap = '[[sources]]\ntype = "imap"\nserver = "localhost"\nusername = "jo"\npassword = { env = "P" }\n'

    assert read(imap, {"P": "x"}).sources[0].origins == ("localhost:993",)


def test_a_source_may_wait_rest_and_serve_some_brands(read: Reader) -> None:
    config = read(
        BRAND + '[[sources]]\ntype = "hackernews"\nevery = "1h"\nenabled = false\nbacklog = "tell"\nbrands = ["Acme"]\n'
    )

    (source,) = config.sources
    assert (source.every, source.enabled, source.backlog, source.brands) == (
        timedelta(hours=1),
        False,
        "tell",
        ("Acme",),
    )


def test_a_server_may_be_given_by_its_host_alone(read: Reader) -> None:
    config = read('[[sources]]\ntype = "mastodon"\nserver = "social.example:8443"\n')

    assert config.sources[0].source == Mastodon("https://social.example:8443")
    assert config.sources[0].hosts == ("social.example",)


def test_an_address_that_holds_a_token_may_be_a_secret(read: Reader) -> None:
    feed = '[[sources]]\ntype = "feed"\nname = "own"\nurl = { env = "URL" }\n'
    config = read(feed, {"URL": "https://feeds.example/?token=s3cret"})

    assert config.sources[0].hosts == ("feeds.example",)
    assert "s3cret" not in repr(config)
    config = read(feed)
    assert config.sources[0].problem is not None
    assert config.sources[0].hosts == ()


# -- what is wrong -------------------------------------------------------------------------------------------------


def test_every_problem_is_told_at_once_in_the_files_order(problems: Callable[..., list[str]]) -> None:
    told = problems(
        """\
contct = "x"
database = 3
[retention]
items = "1M"
[[brands]]
name = "Acme"
kind = "ours"
names = ["Acme", 7, { txt = "ACME", case = "true" }]
hashtags = "Acme"
[[brands.tests]]
match = 1
[[brands]]
name = "ACME"
[[sources]]
type = "mastadon"
[[sources]]
type = "mastodon"
srver = "https://social.example"
token = "tok-secret"
every = 15
[[sources]]
server = "https://social.example"
[smtp]
port = "587"
username = "jo"
[[digests]]
name = "m"
to = ["jo"]
brands = ["Akme"]
[response]
timezone = "London"
hours = "9 to 5"
holidays = ["25.12.2026"]
"""
    )

    assert told == [
        '1: contct: unknown key; did you mean "contact"?',
        "2: database: must be text, not a whole number; put it in quotes",
        '4: retention.items: "1M" is not a duration, such as "1d", "2h30m" or "1w" (units: w, d, h, m, s)'
        "; a month has no fixed length: write it in days, or m for minutes",
        '7: brands[0].kind: "ours" is not known; there are: own, competitor, topic',
        "8: brands[0].names[1]: must be text, not a whole number; put it in quotes",
        "8: brands[0].names[2].case: must be true or false, not a text; write true without quotes",
        '8: brands[0].names[2].txt: unknown key; did you mean "text"?',
        "8: brands[0].names[2]: text is missing; the name or phrase",
        "9: brands[0].hashtags: must be a list, not a text; put it in brackets: [...]",
        "10: brands[0].tests[0]: text is missing; the text to match",
        "11: brands[0].tests[0].match: must be true or false, not a whole number",
        "12: brands[1]: has no terms; write names, hashtags, handles, urls or a query",
        '13: brands[1].name: "ACME" was used on line 6; choose another',
        "15: sources[0].type: no source type 'mastadon'; did you mean 'mastodon'?",
        "16: sources[1]: server is missing; the server's address, like https://social.example",
        '18: sources[1].srver: unknown key; did you mean "server"?',
        "19: sources[1].token: secrets may not be written here; write "
        '{ env = "NAME" }, { file = "path" } or { command = ["program", "argument"] }',
        '20: sources[1].every: must be a length of time such as "15m", not a whole number; '
        'write it in quotes with its unit, such as "15s" or "15m"',
        told[18],
        "23: smtp: host is missing; the mail server's name",
        "23: smtp: password is missing; a server that asks for one asks for both",
        "24: smtp.port: must be a whole number, not a text; write 587 without quotes",
        '28: digests[0].to[0]: "jo" is not an e-mail address; write "jo@acme.example" or "Jo <jo@acme.example>"',
        '29: digests[0].brands[0]: there is no brand "Akme"; did you mean "Acme"?',
        '31: response.timezone: "London" is not a time zone; did you mean "Europe/London"?',
        '32: response.hours: "9 to 5" is not a working time; write it like "Mon-Fri 09:00-18:00", '
        "more spans after a semicolon",
        '33: response.holidays[0]: "25.12.2026" is not a valid date (year, month and day with hyphens); '
        'write it like "2026-12-25"',
    ]
    assert told[18].startswith("21: sources[2]: type is missing; one of: ")
    assert "tok-secret" not in "".join(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('a = 1\nname = Acme\n', "2: column 8: not TOML: invalid value; text goes in quotes"),
        ('a = 1\na = 2\n', "2: column 6: not TOML: cannot overwrite a value; this key was set before"),
        ('[smtp]\n[smtp]\n', "2: column 6: not TOML: cannot declare ('smtp',) twice"),
        ('a = [1,\n', "2: column 1: not TOML: "),
        ('name = "C:\\new"\n', "1: "),
        ("a = " + "[" * 100_000, "1: lists or tables are nested too deeply"),
        ("a = " + "{b=" * 100_000, "1: lists or tables are nested too deeply"),
        ("a = " + "[" * 500 + "]" * 500, "1: "),
        ("a = " + "9" * 5000, "1: "),
        ("a" + ".b" * 100_000 + " = 1", "1: "),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_told_with_its_place(problems: Callable[..., list[str]], text: str, told: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(told)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"a = 1\nb = '\xe4'\n", "2: is not UTF-8 (byte 0xe4); save the file as UTF-8"),
        ("a = 1\n".encode("utf-16"), "1: is not UTF-8 (UTF-16); save the file as UTF-8"),
    ],
)
def test_another_encoding_is_told_with_its_line(problems: Callable[..., list[str]], raw: bytes, told: str) -> None:
    assert problems(raw) == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[brands]\nname = "A"\n', "1: brands: must be a list of tables, not a table; write [[brands]]"),
        (BRAND + '[brands.tests]\ntext = "a"\n', "4: brands[0].tests: must be a list of tables, not a table; write [["),
        ('[[smtp]]\nhost = "a"\n', "1: smtp: must be a table, not a list; write [smtp]"),
        ('brands = ["Acme"]\n', "1: brands[0]: must be a table, not a text; write { key = ... }"),
        ('[[brands]]\nname = " "\nnames = ["ab"]\n', "2: brands[0].name: is empty; write something or remove it"),
        ('[[brands]]\nname = "a\\nb"\nnames = ["ab"]\n', "2: brands[0].name: contains a line break"),
        ('[[brands]]\nname = "a\\u202eb"\nnames = ["ab"]\n', "2: brands[0].name: contains a line break"),
        ('[[brands]]\nname = "ab"\nnames = ["ab", "!!"]\n', "3: brands[0].names[1]: name “!!” holds no letter"),
        ('[[brands]]\nname = "ab"\nhashtags = ["a b"]\n', "3: brands[0].hashtags[0]: hashtag “a b”: "),
        (BRAND + 'context = ["!"]\n', "4: brands[0].context[0]: "),
        (BRAND + 'exclude = ["ok", "author:"]\n', "4: brands[0].exclude[1]: “author:” names nobody"),
        (BRAND + 'own = ["Acme Coffee"]\n', "4: brands[0].own[0]: “Acme Coffee” is neither @handle nor"),
        ('contact = "jo (x)"\n', "1: contact: goes into the User-Agent header"),
        ('contact = "a\\r\\nX: y"\n', "1: contact: contains a line break"),
        (BRAND + 'query = "acme"\n', "3: brands[0].names: cannot be combined with a query"),
        ('[[brands]]\nname = "A"\nquery = "acme AND ("\n', "3: brands[0].query: column "),
        ('[[digests]]\nname = "m"\nto = []\n', "3: digests[0].to: is empty; write at least one, or remove it"),
        ('[smtp]\nhost = "https://h.example:25"\n', '2: smtp.host: "https://h.example:25" is not a host name'),
        ('[smtp]\nhost = "h.example"\nport = 70000\n', "3: smtp.port: must be from 1 to 65535"),
        ('[smtp]\nhost = "h.example"\nport = true\n', "3: smtp.port: must be a whole number, not true or false"),
        ('[smtp]\nhost = "h.example"\nsecurity = "ssl"\n', '3: smtp.security: "ssl" is not known'),
        ('[smtp]\nhost = "h.example"\nfrom = "a@b.example, c@d.example"\n', "3: smtp.from: "),
        ('[response]\nreply_within = { urgnt = "1h" }\n', '2: response.reply_within.urgnt: unknown key'),
        ('[response]\nhours = "Mon-Fri 18:00-09:00"\n', '2: response.hours: "Mon-Fri 18:00-09:00" ends'),
        ('[response]\nhours = "Mon-Fri 09:00-25:00"\n', "2: response.hours: "),
        ('[retention]\nitems = "999999999w"\n', "2: retention.items: "),
        ('[[notify]]\nname = "n"\nurl = "ntfy://x"\nwhen = ["urgent"]\n', "3: notify[0].url: secrets may not"),
        (NOTIFY + 'when = ["urgnt"]\n', '4: notify[0].when[0]: "urgnt" is not known; did you mean "urgent"?'),
        (NOTIFY + 'when = ["urgent"]\nquiet = "10pm-7am"\n', '5: notify[0].quiet: "10pm-7am" is not a time span'),
        ('"a b" = 1\n', '1: "a b": unknown key'),
        ('"\\u001b[31m" = 1\n', "1: "),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_the_mend(problems: Callable[..., list[str]], text: str, told: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(told)


FEED = '[[sources]]\ntype = "feed"\nurl = '
MASTODON = '[[sources]]\ntype = "mastodon"\nserver = '


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FEED + '"a.example/feed"\n', '3: sources[0].url: an address begins with its scheme; did you mean "https://a.'),
        (FEED + '{ env = "A", file = "b" }\n', "3: sources[0].url: a secret comes from one place"),
        (MASTODON + '"ftp://social.example"\n', '3: sources[0].server: "ftp://social.example" is not an http(s) '),
        (MASTODON + '"https://[::1"\n', "3: sources[0].server: is not an address"),
        (MASTODON + '"https://a.example:99999"\n', "3: sources[0].server: is not an address"),
        (MASTODON + '"https://a b.example"\n', "3: sources[0].server: an address contains no white space"),
        (MASTODON + '"https://jo:hunter2@social.example"\n', "3: sources[0].server: user names and passwords may not"),
        (MASTODON + '"file:///etc/passwd"\n', "3: sources[0].server: "),
        (MASTODON + '"https://a.example"\nname = ""\n', "4: sources[0].name: is empty"),
        (MASTODON + '"https://a.example"\nbacklog = "show"\n', '4: sources[0].backlog: "show" is not known'),
        (MASTODON + '"https://a.example"\nbrands = ["Akme"]\n', '4: sources[0].brands[0]: there is no brand "Akme"'),
        (MASTODON + '"https://a.example"\ntags = ["a", 1]\n', "4: sources[0].tags[1]: must be text"),
        (2 * (MASTODON + '"https://a.example"\n'), '4: sources[1]: has the same name, "mastodon-a.example"'),
        ('[[sources]]\ntype = 3\n', '2: sources[0].type: must be text, such as "feed"'),
    ],
)  # fmt: skip
def test_a_sources_options_are_held_to_its_class(problems: Callable[..., list[str]], text: str, told: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(told)
    assert "hunter2" not in problem


def test_two_sources_of_one_name_are_told_whether_the_name_was_written_or_made(
    problems: Callable[..., list[str]],
) -> None:
    source = '[[sources]]\ntype = "hackernews"\n'

    assert problems(source + 'name = "a"\n' + source + 'name = "A"\n') == [
        '6: sources[1].name: "A" was used on line 3; choose another'
    ]
    assert problems(source + source + 'name = "HackerNews"\n') == [
        '3: sources[1]: has the same name, "HackerNews", as the one on line 1; give it its own name'
    ]


KEYS = [
    "brands", "sources", "name", "names", "text", "type", "server", "token", "env", "file", "smtp", "digests", "to",
    "every", "tests", "query", "notify", "url", "when", "response", "retention", "items", "hours", "from", "host",
]  # fmt: skip
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 9) | st.text(max_size=6) | st.sampled_from(["Acme", "mastodon", "1d"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(KEYS), trees, max_size=5))
def test_any_toml_is_a_configuration_or_a_list_of_problems(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]
) -> None:
    """Whatever stands in the file, it is never a traceback."""
    path = tmp_path_factory.mktemp("any") / "config.toml"
    path.write_text("".join(f"{key} = {as_toml(value)}\n" for key, value in tree.items()))
    told: tuple[str, ...] = ()
    try:
        load_config(path, {})
    except ConfigError as error:
        told = error.problems

    assert all(re.search(r"config\.toml:[0-9]+: ", problem) for problem in told)


def as_toml(value: object) -> str:
    """A value in one line of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(inner) for inner in value) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(mark):08x}" for mark in value if not 0xD800 <= ord(mark) < 0xE000) + '"'
    return "1.5" if value is None else str(value).lower()


# -- options of sources --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "written", "kept"),
    [
        (str, "a\nb", "a\nb"),
        (str | None, "a", "a"),
        (int, 3, 3),
        (float, 3, 3.0),
        (bool, False, False),
        (timedelta, "1h", timedelta(hours=1)),
        (date, date(2026, 12, 25), date(2026, 12, 25)),
        (Path, "a/b", Path("a/b")),
        (Literal["a", "b"], "b", "b"),
        (Literal[1, 2], 2, 2),
        (tuple[int, ...], [1, 2], (1, 2)),
        (tuple[tuple[str, ...], ...], [["a"], []], (("a",), ())),
        (Mapping[str, str], {"a": "b"}, {"a": "b"}),
        (dict[str, int] | None, {"a": 1}, {"a": 1}),
        (Secret, {"env": "A"}, SecretReference(env="A")),
        (Secret | None, {"file": "a"}, SecretReference(file=Path("a"))),
    ],
)
def test_an_option_takes_what_its_annotation_says(annotation: object, written: object, kept: object) -> None:
    report = Diagnostics("f", "")

    assert value_type_of(annotation).read(written, Location(report)) == kept
    assert report.problems == []
    Draft202012Validator.check_schema(value_type_of(annotation).json_schema())


@pytest.mark.parametrize(
    ("annotation", "written"),
    [
        (str, 3),
        (int, True),
        (int, 3.0),
        (int, "3"),
        (int, 2**60),
        (float, True),
        (float, float("nan")),
        (float, float("inf")),
        (bool, 1),
        (bool, "true"),
        (timedelta, 3),
        (date, datetime(2026, 12, 25, tzinfo=UTC)),
        (Literal["a", "b"], "c"),
        (Literal["a", "b"], ["a"]),
        (Literal[1, 2], True),
        (tuple[int, ...], 1),
        (Mapping[str, str], ["a"]),
        (Secret, "s3cret"),
    ],
)
def test_an_option_takes_nothing_else(annotation: object, written: object) -> None:
    with pytest.raises(InvalidValue) as caught:
        value_type_of(annotation).read(written, Location(Diagnostics("f", "")))

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("annotation", [bytes, int | str, tuple[int, str], dict[int, str], object])
def test_an_option_that_toml_cannot_hold_is_the_plug_ins_fault(annotation: object) -> None:
    with pytest.raises(TypeError, match="no configuration can hold"):
        value_type_of(annotation)


# -- secrets -------------------------------------------------------------------------------------------------------


def token(read: Reader, written: str, environ: Mapping[str, str] | None = None) -> tuple[str, str | None]:
    """The secret of one source, and its problem."""
    config = read(f'[[sources]]\ntype = "mastodon"\nserver = "https://a.example"\ntoken = {written}\n', environ)
    source = config.sources[0].source
    assert isinstance(source, Mastodon)
    assert source.token is not None
    return source.token.reveal(), config.sources[0].problem


@pytest.mark.parametrize("content", ["s3cret", "s3cret\n", "s3cret\r\n"])
def test_a_secret_in_a_file_may_end_in_one_line_break(read: Reader, tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_bytes(content.encode())
    (tmp_path / "token").chmod(0o600)

    assert token(read, '{ file = "token" }') == ("s3cret", None)


def test_a_secret_comes_from_a_program_without_a_shell(read: Reader, tmp_path: Path) -> None:
    """Its first line counts; what the arguments hold is never run."""
    script = tmp_path / "get"
    script.write_text('#!/bin/sh\necho "$1-s3cret"\necho more\n')
    script.chmod(0o700)

    assert token(read, '{ command = ["./get", "$(touch owned); x"] }') == ("$(touch owned); x-s3cret", None)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("written", "environ", "told"),
    [
        ('{ env = "TOK" }', {}, "the environment variable TOK is not set; set it where this program is started"),
        ('{ env = "TOK" }', {"TOK": " "}, "the environment variable TOK is empty"),
        ('{ env = "TOK" }', {"TOK": "s3cret\nX: y"}, "the secret has more than one line"),
        ('{ file = "/nonexistent/tok" }', {}, "/nonexistent/tok cannot be read: No such file or directory"),
        ('{ file = "/" }', {}, "/ is not a file"),
        ('{ file = "/dev/null" }', {}, "/dev/null is not a file"),
        ('{ command = ["nonexistent-program"] }', {}, 'the command "nonexistent-program" was not found'),
        ('{ command = ["sh", "-c", "echo s3cret; exit 3"] }', {}, 'the command "sh" failed with exit status 3'),
        ('{ command = ["true"] }', {}, 'the command "true" wrote nothing on its first line'),
        ('{ command = ["printf", "s3cret\\\\377"] }', {}, 'the command "printf" did not write UTF-8 text'),
    ],
)
def test_a_secret_that_cannot_be_had_is_its_own_sources_trouble(
    read: Reader, written: str, environ: Mapping[str, str], told: str
) -> None:
    """The configuration loads, the other sources can be asked, and this one says why not, without the secret."""
    secret, problem = token(read, written, environ)

    assert secret == ""
    assert problem is not None
    assert problem.startswith(f"token: {told}")
    assert problem.endswith("config.toml:4)")
    assert "s3cret" not in problem


def test_a_mail_password_that_cannot_be_had_stops_no_scan(read: Reader) -> None:
    config = read('[smtp]\nhost = "h.example"\nusername = "jo"\npassword = { env = "PW" }\n')

    assert config.smtp is not None
    assert config.smtp.problem is not None
    assert config.smtp.problem.startswith("password: the environment variable PW is not set")


def test_a_program_that_gives_a_secret_is_run_only_for_who_needs_it(read: Reader, tmp_path: Path) -> None:
    """`list` asks no password manager; nor does a source that rests, and one that serves two is run once."""
    command = '{ command = ["sh", "-c", "echo run >> runs; echo s3cret"] }'
    source = f'[[sources]]\ntype = "mastodon"\nserver = "https://a.example"\ntoken = {command}\n'
    runs = tmp_path / "runs"

    read(source, secrets=())
    read(source, secrets=("smtp",))
    read(source + "enabled = false\n")
    assert not runs.exists()

    read(source + 'name = "a"\n' + source)
    assert runs.read_text() == "run\n"


def test_a_secret_every_user_may_read_is_warned_of(read: Reader, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("s3cret")
    path.chmod(0o644)

    (warning,) = read('[smtp]\nhost = "h.example"\nusername = "jo"\npassword = { file = "token" }\n').warnings

    assert warning.endswith("config.toml:4: smtp.password: every user of this machine can read token; chmod 600 it")


@pytest.mark.parametrize(
    "written",
    [
        '"s3cret"',
        "3",
        "{}",
        '{ env = "A", file = "b" }',
        '{ env = "s3cret hunter2" }',
        '{ enviroment = "s3cret" }',
        '{ command = "echo s3cret" }',
        "{ command = [] }",
        '{ env = "" }',
    ],
)
def test_a_secret_in_the_file_itself_or_from_nowhere_is_refused(
    problems: Callable[..., list[str]], written: str
) -> None:
    told = problems(f'[smtp]\nhost = "h.example"\nusername = "jo"\npassword = {written}\n')

    assert told[0].startswith("4: smtp.password")
    assert "s3cret" not in "".join(told)


def test_a_secret_shows_nowhere_in_a_configuration(read: Reader) -> None:
    config = read(CONTRACT, ENVIRON)

    assert not [value for value in ENVIRON.values() if value in repr(config) or value in str(config)]


# -- warnings ------------------------------------------------------------------------------------------------------


def test_what_deserves_a_look_stops_nothing(read: Reader) -> None:
    config = read(
        '[smtp]\nhost = "h.example"\nsecurity = "none"\nusername = "jo"\npassword = { env = "PW" }\n', {"PW": "x"}
    )

    assert [warning.partition("config.toml:")[2] for warning in config.warnings] == [
        "3: smtp.security: the password goes over the network unprotected; write starttls or tls"
    ]


def test_a_digest_without_a_mail_server_is_warned_of(read: Reader) -> None:
    (warning,) = read('[[digests]]\nname = "m"\nto = ["jo@acme.example"]\n').warnings

    assert "no [smtp]" in warning


# -- where it is ---------------------------------------------------------------------------------------------------


def test_the_first_place_that_has_a_configuration_wins(tmp_path: Path) -> None:
    user = tmp_path / "conf" / "mentionwatch" / "config.toml"
    local = tmp_path / "mentionwatch.toml"
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "conf"), "HOME": str(tmp_path / "home")}
    for path in (user, local, tmp_path / "env.toml", tmp_path / "given.toml"):
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch()
    named = environ | {"MENTIONWATCH_CONFIG": str(tmp_path / "env.toml")}

    assert find_config(tmp_path / "given.toml", named, tmp_path) == tmp_path / "given.toml"
    assert find_config(Path("given.toml"), {}, tmp_path) == tmp_path / "given.toml"
    assert find_config(None, named, tmp_path) == tmp_path / "env.toml"
    assert find_config(None, environ, tmp_path) == local
    local.unlink()
    assert find_config(None, environ, tmp_path) == user


def test_a_home_folder_alone_will_do(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "mentionwatch" / "config.toml"
    path.parent.mkdir(parents=True)
    path.touch()

    assert find_config(None, {"HOME": str(tmp_path)}, tmp_path / "elsewhere") == path


def test_without_a_configuration_every_place_looked_at_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find_config(None, {"XDG_CONFIG_HOME": str(tmp_path / "conf")}, tmp_path)

    told = str(caught.value)
    for place in (
        "--config",
        "$MENTIONWATCH_CONFIG",
        str(tmp_path / "mentionwatch.toml"),
        str(tmp_path / "conf" / "mentionwatch" / "config.toml"),
        "`mentionwatch init`",
    ):
        assert place in told


def test_a_named_file_that_is_not_there_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mentionwatch.toml").touch()

    with pytest.raises(ConfigError, match=r"nope\.toml: there is no such file \(--config\)"):
        find_config(Path("nope.toml"), {}, tmp_path)
    with pytest.raises(ConfigError, match=r"nope\.toml: there is no such file \(\$MENTIONWATCH_CONFIG\)"):
        find_config(None, {"MENTIONWATCH_CONFIG": "nope.toml"}, tmp_path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":1: cannot be read: Is a directory"):
        load_config(tmp_path, {})


# -- the first configuration ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Acme Coffee", 'Jo\'s "Bar" \\ {x}', "東京カフェ", "C++", "1&1", "Ärzte\u200dx", "{name}"]
)
def test_the_first_configuration_loads_whatever_the_brand_is_called(read: Reader, name: str) -> None:
    config = read(starter_config(name))

    (brand,) = config.brands
    assert (brand.name, brand.terms[0]) == (name, Term("name", name))
    assert [source.source.type for source in config.sources] == ["google_news", "hackernews", "lobsters", "mastodon"]
    assert config.warnings == ()


def test_the_first_configurations_comments_are_configuration_too(read: Reader) -> None:
    """What a user brings to life by taking a # away is right as it stands."""
    alive = re.sub(r"(?m)^# (?=\w+ *= |\[)", "", starter_config("Acme"))
    alive = alive.replace('hashtags = ["Acme"]\n', "", 1) if alive.count("hashtags") > 1 else alive

    config = read(alive, {"SMTP_PASSWORD": "x"})

    assert config.contact is not None
    assert config.smtp is not None
    assert config.brands[0].own
    assert len(config.sources) == 5
    assert len(config.digests) == 1


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 201, "a\x1b[31m", "!!", "X"])
def test_what_cannot_be_a_brand_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="name"):
        starter_config(name)


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("Acme Coffee", "AcmeCoffee"),
        ("Yahoo!", "Yahoo"),
        ("Jo's", "Jos"),
        ("C++", None),
        (".NET", None),
        ("1&1", None),
        ("365", None),
        ("東京 カフェ", "東京カフェ"),
    ],
)
def test_a_hashtag_is_the_name_run_together(name: str, tag: str | None) -> None:
    assert hashtag_for(name) == tag


# -- programs that give secrets ----------------------------------------------------------------------------------------


def test_a_program_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """No password manager's child outlives the run that asked it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        script = "exec 3>pipe; echo begun >&3; (sleep 600; echo late >&3) & wait"
        with pytest.raises(TimeoutError):
            run_command(("sh", "-c", script), tmp_path, dict(os.environ), seconds=0.5)
        poll = select.poll()
        poll.register(reader, select.POLLHUP)
        assert poll.poll(20_000)
        told = os.read(reader, 100)
    finally:
        os.close(reader)

    # Whoever held the pipe open has gone.
    assert told == b"begun\n"


def test_what_a_program_leaves_running_does_not_hold_us(tmp_path: Path) -> None:
    """An agent that was started on the way keeps the pipe open, and may go on."""
    status, told = run_command(("sh", "-c", "sleep 600 & echo $!"), tmp_path, dict(os.environ), seconds=300)
    os.kill(int(told), signal.SIGKILL)

    assert status == 0


def test_a_program_that_writes_without_end_is_ended(tmp_path: Path) -> None:
    """After a little more than any secret; it is told so, and not kept."""
    _, told = run_command(("yes", "s3cret"), tmp_path, dict(os.environ))

    assert len(told) < 1_000_000
