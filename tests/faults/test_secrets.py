"""Secrets of every kind, against servers that give back all they were sent: they are nowhere but in their requests."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from mentionwatch.sources.registry import options, source_type, type_names
from support.imap_server import ImapServer
from support.samples import manifest_options
from support.servers import Answer, Asked, HttpServer, redirect
from support.smtp_server import MailServer, mail_server
from support.waiting import PATIENCE, bare_environ

#: How the servers answer, one a scan: with 401, a redirect, in the reason of 403, and with JSON.
MOODS = ("refuses", "redirects", "reasons", "errs")
PROGRAM = "from mentionwatch.cli import main; import sys; sys.exit(main())"


@dataclass
class Machine:
    """A folder with a configuration of every type of source that takes a secret, and servers that echo."""

    folder: Path
    server: HttpServer
    other: HttpServer
    imap: ImapServer
    mails: MailServer
    mood: str = MOODS[0]
    secrets: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    #: What every process of this machine was started with, as seen while a server was asked.
    arguments: set[bytes] = field(default_factory=set)

    def secret(self, what: str, value: str | None = None) -> str:
        """A new secret, from the environment, a file or a program in turn: how the configuration writes it."""
        number = len(self.secrets)
        value = value or f"s3cret{number}x{what}Zq"
        self.secrets.append(value)
        if number % 3 == 0:
            self.environ[f"SECRET{number}"] = value
            return f'{{ env = "SECRET{number}" }}'
        file = self.folder / "private" / str(number)
        file.parent.mkdir(exist_ok=True)
        file.write_text(value)
        file.chmod(0o600)
        return f'{{ file = "private/{number}" }}' if number % 3 == 1 else f'{{ command = ["cat", "private/{number}"] }}'

    def source(self, name: str) -> str:
        """A source of this type with every secret it can have."""
        shown = manifest_options(name)
        keys = {"type": f'"{name}"', "name": f'"{name}"', "backlog": '"tell"'}
        for option in options(source_type(name)):
            if name == "reddit" and option.name == "feed":
                continue  # in place of the others
            if option.secret and option.address:
                keys[option.name] = self.secret(name, self.server.url(f"/{name}?token=t0ken{name}Zq"))
                self.secrets.append(f"t0ken{name}Zq")
            elif option.secret:
                keys[option.name] = self.secret(name)
            elif name == "imap" and option.name == "server":
                keys |= {"server": f'"127.0.0.1:{self.imap.port}"', "security": '"none"'}
            elif option.address:
                keys[option.name] = f'"{self.server.url(f"/{name}")}"'
            elif option.required or (option.name in shown and option.name != "security"):
                keys[option.name] = json.dumps(_plain(shown.get(option.name, "acme")))
        # What goes with a secret that is not asked for by itself.
        keys |= {"reddit": {"client_id": '"acme"'}, "wordpress": {"username": '"acme"'}}.get(name, {})
        return "[[sources]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())

    def answer(self, asked: Asked) -> Answer:
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.arguments.add(process.read_bytes())
            except OSError:
                continue
        # What is secret comes first: much of what a server says is cut off.
        secret = [
            asked.headers.get(name, "") for name in ("authorization", "x-api-key", "api-key", "x-subscription-token")
        ]
        echo = f"{' '.join(secret)} {asked.body.decode('latin-1')} {asked.target} {dict(asked.headers)}"
        told = json.dumps({"error": echo, "message": echo, "errors": [{"message": echo}], "access_token": "x"}).encode()
        line = quote(echo, safe=" /?=&{}'")[:1500]
        return {
            "refuses": Answer(told, status=401, headers={"WWW-Authenticate": line, "Set-Cookie": line[:200]}),
            "redirects": redirect(self.other.url(asked.path)),
            "reasons": Answer(told, status=403, reason=line),
            "errs": Answer(told, headers={"Content-Type": "application/json", "ETag": f'"{line[:300]}"'}),
        }[self.mood]

    def run(self, *args: str) -> str:
        """All that a run says."""
        command = [sys.executable, "-c", PROGRAM, "-c", str(self.folder / "mentionwatch.toml"), *args]
        environ = bare_environ(self.folder, PYTHONSAFEPATH="1", **self.environ)
        ran = subprocess.run(command, env=environ, capture_output=True, timeout=2 * PATIENCE, cwd=self.folder)
        told = (ran.stdout + ran.stderr).decode()
        assert "Traceback" not in told, told
        assert ran.returncode in (0, 1, 3), told
        return told


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def forms(secret: str) -> set[bytes]:
    """As it is, as an address would have it, and as a password in a header."""
    return {secret.encode(), quote(secret, safe="").encode(), base64.b64encode(secret.encode())[:-4]}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with HttpServer() as server, HttpServer() as other, ImapServer() as imap, mail_server() as mails:
        machine = Machine(tmp_path, server, other, imap, mails)
        server.otherwise = machine.answer
        sources = [
            machine.source(name)
            for name in type_names()
            if any(option.secret for option in options(source_type(name))) and not name.endswith("_stream")
        ]
        hook = machine.secret("hook", f"json+http://u5er:pa55wordZq@127.0.0.1:{server.port}/hook-t0kenZq")
        machine.secrets += ["pa55wordZq", "hook-t0kenZq"]
        (tmp_path / "mentionwatch.toml").write_text(
            'database = "mentions.db"\n[[brands]]\nname = "Acme"\nnames = ["Acme"]\nhashtags = ["acme"]\n'
            f"{''.join(sources)}"
            f'[[sources]]\ntype = "feed"\nname = "elsewhere"\nurl = "{other.url("/plain")}"\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {mails.port}\nsecurity = "none"\nfrom = "d@acme.example"\n'
            f'username = "d"\npassword = {machine.secret("smtp")}\n[[digests]]\nname = "m"\nto = ["t@acme.example"]\n'
            f'[[notify]]\nname = "oncall"\nurl = {hook}\nsecret = {machine.secret("signing")}\n'
            'when = ["source-failing", "digest-failed"]\n'
        )
        yield machine


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="arguments of processes are read from /proc")
def test_no_secret_leaves_its_request(machine: Machine) -> None:
    """Not in what is said, kept, mailed or posted, nor in arguments, nor where a server leads to."""
    said = [machine.run("check"), machine.run("check", "--online"), machine.run("sources", "--json")]
    for mood in MOODS:
        machine.mood = mood
        said.append(machine.run("scan", "--force", "-v"))
    said += [
        machine.run("coverage", "--json"),
        machine.run("digest", "--email"),
        machine.run("digest", "--since", "1d", "--json"),
        machine.run("deliveries", "--json"),
        machine.run("sources"),
        machine.run("why", machine.server.url("/feed")),
    ]
    kept = {
        path.relative_to(machine.folder): path.read_bytes()
        for path in machine.folder.rglob("*")
        if path.is_file() and path.parent.name != "private"
    }
    posted = [asked.body for asked in machine.server.requests if asked.path.startswith("/hook")]
    elsewhere = [f"{asked.target} {dict(asked.headers)}".encode() for asked in machine.other.requests]
    everything = {
        **{str(path): content for path, content in kept.items()},
        **{f"run {n}": text.encode() for n, text in enumerate(said)},
        **{f"mail {n}": mail.content for n, mail in enumerate(machine.mails.mails)},
        **{f"alert {n}": body for n, body in enumerate(posted)},
        **{f"elsewhere {n}": text for n, text in enumerate(elsewhere)},
        **{f"arguments {n}": text for n, text in enumerate(sorted(machine.arguments))},
    }
    found = [
        (where, secret)
        for where, content in everything.items()
        for secret in machine.secrets
        if any(form in content for form in forms(secret))
    ]

    assert found == []
    # The test can fail: the secrets were sent, there was something to look through, and the processes were seen.
    sent = b"".join(f"{asked.target} {dict(asked.headers)}".encode() + asked.body for asked in machine.server.requests)
    assert sum(any(form in sent for form in forms(secret)) for secret in machine.secrets) > 12
    assert posted
    assert any(PROGRAM.encode() in arguments for arguments in machine.arguments)
