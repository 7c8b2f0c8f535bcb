"""Requests to APIs that answer in JSON, and the same request with other parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mentionwatch.messages import Request, Secret
from mentionwatch.sources.toolkit.checkpoints import Checkpoint, TimeCheckpoint

__all__ = ["Params", "bearer", "json_request", "with_params"]

Params = tuple[tuple[str, str | Secret], ...]


def json_request(
    query_key: str,
    url: str,
    params: Params = (),
    *,
    headers: Mapping[str, str | Secret] | None = None,
    since: Checkpoint | TimeCheckpoint | str | None = None,
    post: Mapping[str, object] | None = None,
    accept: str = "application/json",
    metered: bool = True,
    price: int = 0,
) -> Request:
    """A GET, or with ``post`` a POST of this JSON; an API answers at its own address, so redirects are not followed."""
    return Request(
        query_key=query_key,
        url=url,
        method="GET" if post is None else "POST",
        params=params,
        json=post,
        headers=headers or {},
        accept=accept,
        follow_redirects=False,
        since=None if since is None else str(since),
        metered=metered,
        price=price,
    )


def with_params(request: Request, **params: str) -> Request:
    """The request with these parameters in place of its own of the same names."""
    kept = tuple(pair for pair in request.params if pair[0] not in params)
    return replace(request, params=(*kept, *params.items()))


def bearer(token: Secret) -> dict[str, str | Secret]:
    """The ``Authorization`` header of a token that may be written with blanks around it."""
    return {"Authorization": Secret(f"Bearer {token.reveal().strip()}")}
