"""The exception tree, with whose fault each is.

MentionwatchError
├── UserError              the user can mend it: told whole, without a traceback
│   ├── ConfigError        the configuration is wrong                                   exit 78
│   └── LockedError        another scan runs                                            exit 75
├── StoreError             the database failed: one line                                exit 1
└── SourceError            one source failed: kept in its report, the others go on
    ├── Unreachable        no answer: DNS, connection, TLS, proxy
    ├── TooSlow            the deadline passed
    ├── TooLarge           more bytes than the cap
    ├── Refused            an address we will not go to: scheme, private network, redirect
    ├── BadCredentials     the account or token is wrong or has expired
    ├── Forbidden          the account is right, this is not allowed here
    ├── LimitReached       asked too often: wait until ``until``
    ├── Gone               410: never asked again until the configuration changes
    ├── ServerBroken       5xx and other trouble of theirs
    ├── NotAsked           its server answered nobody in this run: the next one asks
    └── NotUnderstood      an answer that is not what this source speaks
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:  # what came from a server stands on another floor of the same row; only its name is needed here
    from mentionwatch.exchange import Response


class MentionwatchError(Exception):
    """Anything this program raises on purpose."""


class UserError(MentionwatchError):
    """What the user can mend. ``problems`` are told one a line, all at once."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *problems: str) -> None:
        self.problems: tuple[str, ...] = problems
        super().__init__("\n".join(problems))


class ConfigError(UserError):
    """The configuration is wrong; each problem starts with ``file:line: ``."""

    exit_code = 78

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)


class LockedError(UserError):
    """Another scan holds the lock."""

    exit_code = 75


class StoreError(MentionwatchError):
    """The database cannot be opened, read or written."""


#: What a server that cannot be heard did not give.
Unheard = Literal["connection", "answer"]


class SourceError(MentionwatchError):
    """One source failed. The message is ours, clean and without secrets."""

    #: One word for the ledger and for scripts.
    code: ClassVar[str] = "failed"

    def __init__(self, message: str, *, status: int | None = None) -> None:
        self.message = message
        self.status = status
        #: The error answer itself, its body cut at 64 kB, for a source's ``explain``; set by ``fetch``.
        self.response: Response | None = None
        #: Set by ``fetch`` where not a byte came from the server.
        self.unheard: Unheard | None = None
        super().__init__(message)


class Unreachable(SourceError):
    code = "unreachable"


class TooSlow(SourceError):
    code = "too-slow"


class TooLarge(SourceError):
    code = "too-large"


class Refused(SourceError):
    code = "refused"


class BadCredentials(SourceError):
    code = "credentials"


class Forbidden(SourceError):
    """``only_this``: the source's other questions may be allowed all the same, and are asked."""

    code = "forbidden"

    def __init__(self, message: str, *, status: int | None = None, only_this: bool = False) -> None:
        super().__init__(message, status=status)
        self.only_this = only_this


class LimitReached(SourceError):
    """``until`` is when the platform said we may ask again, if it said so."""

    code = "limit"

    def __init__(self, message: str, *, until: datetime | None = None, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.until = until


class Gone(SourceError):
    code = "gone"


class ServerBroken(SourceError):
    code = "server"


class NotAsked(SourceError):
    code = "not-asked"


class NotUnderstood(SourceError):
    code = "not-understood"
