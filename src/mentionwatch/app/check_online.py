"""Whether those that a configuration names answer: what ``check --online`` adds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from mentionwatch.app.check_result import CheckResult
from mentionwatch.collect.poller import Poller, PollResult
from mentionwatch.collect.quota import Quotas
from mentionwatch.collect.stream_listener import probe_stream
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import RateLimited, SourceError
from mentionwatch.fetch import Fetcher, user_agent
from mentionwatch.fetch.address_policy import resolve, resolve_within
from mentionwatch.fetch.proxies import names_proxy
from mentionwatch.fetch.streams import Opener
from mentionwatch.render.phrases import count
from mentionwatch.sandbox import Sandbox
from mentionwatch.sources import StreamSource, limits_of
from mentionwatch.store import Store

#: How long a name may take to be looked up.
_RESOLVE_SECONDS = 10.0
#: How long a stream is listened to.
_LISTEN_SECONDS = 5.0


def poll_once(sources: list[ConfiguredSource], config: Config, env: Env, database: Path) -> Iterator[CheckResult]:
    """The first question of each source, answered by the source itself; only what it took of a quota is stored."""
    agent = user_agent(version("mentionwatch"), config.contact)
    with _quotas(sources, env, database) as quotas, Fetcher(env, user_agent=agent) as fetcher, Sandbox(env) as sandbox:
        for source in sources:
            if isinstance(source.source, StreamSource):
                with Opener(env, user_agent=agent) as opener:
                    yield _listen(source, config, opener, env)
                continue
            poller = Poller(fetcher, env.now, sandbox.parse, quotas=quotas)
            for result in poller.poll(source, config.brands, {}, most=1):
                yield _answered(result)


def resolves(env: Env, host: str, port: int) -> bool:
    """Whether a name has an address; assumed where a proxy, or a test's network, resolves names."""
    if env.transport is not None or names_proxy(env.environ):
        return True
    try:
        return bool(resolve_within(resolve, host, port, _RESOLVE_SECONDS))
    except OSError:  # TimeoutError is one
        return False


def _listen(source: ConfiguredSource, config: Config, opener: Opener, env: Env) -> CheckResult:
    """Whether a stream opens, and whether anything comes in some seconds; a quiet one is no fault."""
    try:
        messages = probe_stream(source, config.brands, opener, env, seconds=_LISTEN_SECONDS)
    except RateLimited as error:
        return CheckResult("warning", "source", source.name, f"waiting: {error.message}")
    except SourceError as error:
        return CheckResult("failed", "source", source.name, f"{error.message} ({error.code})")
    heard = f"received {count(messages, 'message')}" if messages else f"open; nothing came in {_LISTEN_SECONDS:g} s"
    return CheckResult("ok", "source", source.name, f"{heard}; `mentionwatch stream` listens to it")


def _answered(result: PollResult) -> CheckResult:
    name, error = result.source.name, result.error
    if isinstance(error, RateLimited):
        until = f" until {error.until:%Y-%m-%d %H:%M} UTC" if error.until else ""
        return CheckResult("warning", "source", name, f"waiting{until}: {error.message}")
    if error is not None:
        return CheckResult("failed", "source", name, f"{error.message} ({error.code})")
    moved = f"has moved permanently to {result.moved_to}" if result.moved_to else None
    message = "; ".join(filter(None, (count(len(result.items), "item"), moved, result.note)))
    return CheckResult("warning" if moved else "ok", "source", name, message)


@contextmanager
def _quotas(sources: list[ConfiguredSource], env: Env, database: Path) -> Iterator[Quotas]:
    """What the sources may still take; what they took is written down, where there is a database yet."""
    limits = [limits_of(source.source) for source in sources]
    if not any(one.per_day is not None or one.per_month is not None for one in limits) or not database.is_file():
        yield Quotas()
        return
    with Store.open(database, write=False) as store:
        quotas = Quotas(store.sources.spent())
    try:
        yield quotas
    finally:
        if any((taken := quotas.unsaved()).values()):
            with Store.open(database, write=True) as store, store.writing():
                store.sources.spend(taken, env.now())
