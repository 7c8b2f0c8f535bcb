"""Every source type with its own sample: built with options that fit, asked, and parsed as a scan does it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import pytest

from mentionwatch.messages import Request, Response, Secret
from mentionwatch.sources import Source
from mentionwatch.sources.registry import options, source_type, type_names
from support.paths import DATA, ROOT
from support.replay import ACME, NOW

CANARY = "c4n4ry-s3cret-value"


BASE = "http://127.0.0.1:8099/base"


#: Where a type is not asked over HTTP.
BASES = {"imap": "imaps://127.0.0.1:8099"}


#: The types of this project; one that is plugged in has its tests where it comes from.
OURS = [name for name in type_names() if (ROOT / f"src/mentionwatch/sources/platforms/{name}.py").is_file()]


@dataclass(frozen=True)
class Sample:
    """An answer of the source's own making, the request it answers and what it says."""

    source: Source
    request: Request
    body: bytes
    items: list[dict[str, Any]]

    def response(self, body: bytes | None = None, status: int = 200) -> Response:
        return Response(
            request=self.request,
            status=status,
            url=self.request.url,
            headers={},
            body=self.body if body is None else body,
            received_at=NOW,
        )


def build(name: str, *, everything: bool = False, **given: Any) -> Source:
    """The source with its required options – or every option – filled with something that fits."""
    cls = source_type(name)
    values: dict[str, object] = {}
    shown = manifest_options(name)
    for option in options(cls):
        if option.required or everything:
            values[option.name] = value_for(option.name, option.annotation, option.default)
        if option.address and option.name in values:
            values[option.name] = BASES.get(name, BASE)
        if option.name in values and option.name in shown and not option.address:
            values[option.name] = shown[option.name]  # not every text is the number of an app
    return cls(**{**values, **given})


def value_for(name: str, annotation: object, default: object) -> object:
    if name in ("server", "base_url", "url"):
        return BASE
    kinds = (annotation, *get_args(annotation))
    if Secret in kinds:
        return Secret(CANARY)
    if default:
        return default
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if bool in kinds:
        return True
    return ("acme",) if get_origin(annotation) is tuple else 1 if int in kinds else "acme"


def manifest_options(name: str) -> dict[str, Any]:
    """The options the sample was made with, as the configuration gives them: lists are tuples, secrets are secret."""
    manifest = DATA / name / "contract.json"
    given = json.loads(manifest.read_text()).get("options", {}) if manifest.is_file() else {}
    secret = {option.name for option in options(source_type(name)) if option.secret}
    return {
        key: tuple(value) if isinstance(value, list) else Secret(CANARY) if key in secret else value
        for key, value in given.items()
    }


def sample(name: str) -> Sample:
    """The source's own sample; a missing one is a failure that says what to do."""
    manifest = DATA / name / "contract.json"
    if not manifest.is_file():
        pytest.fail(f"no sample for source {name!r}: write tests/data/{name}/contract.json (see docs/sources.md)")
    said = json.loads(manifest.read_text())
    source = build(name, **manifest_options(name))
    requests = {request.query_key: request for request in source.requests((ACME,), {}, NOW)}
    request = requests[said["question"]] if "question" in said else next(iter(requests.values()))
    return Sample(source, request, (manifest.parent / said["answer"]).read_bytes(), said["items"])
