"""Requests, pages and limits, as plug-ins written for version 0.1 know them: some fields had other names."""

from __future__ import annotations

from typing import Any

from mentionwatch import messages
from mentionwatch.deprecated import warn_moved
from mentionwatch.messages import MailQuestion, NotModified, Response, Secret, Validators

__all__ = ["Limits", "MailQuestion", "NotModified", "Page", "Request", "Response", "Secret", "Validators"]

warn_moved(
    __name__,
    "mentionwatch.messages, where Request.question is query_key, Request.carry page_state, Page.paid cost,"
    " Limits.spacing min_interval",
)


def _new_names(given: dict[str, Any], **names: str) -> dict[str, Any]:
    """The arguments by the fields' names; an old name goes first, for ``replace`` gives both."""
    old = {new: given.pop(name) for name, new in names.items() if name in given}
    return {**given, **old}


class Request(messages.Request):
    """A request whose ``question`` and ``carry`` are ``query_key`` and ``page_state`` now."""

    __slots__ = ()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **_new_names(named, question="query_key", carry="page_state"))

    @property
    def question(self) -> str:
        return self.query_key

    @property
    def carry(self) -> str | None:
        return self.page_state


class Page(messages.Page):
    """A page whose ``paid`` is ``cost`` now."""

    __slots__ = ()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **_new_names(named, paid="cost"))

    @property
    def paid(self) -> int | None:
        return self.cost


class Limits(messages.Limits):
    """Limits whose ``spacing`` is ``min_interval`` now."""

    __slots__ = ()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **_new_names(named, spacing="min_interval"))

    @property
    def spacing(self) -> float:
        return self.min_interval
