"""The exception tree: who can fix each error, and the exit status.

MentionwatchError
├── UserError              the user can fix it: every problem is printed, without a traceback
│   ├── InvalidRequest     a value that was given cannot be understood                 exit 2
│   ├── ConfigError        the configuration is wrong                                   exit 78
│   └── LockedError        another scan is running                                      exit 75
├── StoreError             the database failed: one line                                exit 1
└── SourceError            one source failed: kept in its report, the others go on
    ├── Unreachable        no response: DNS, connection, TLS, proxy
    ├── TimedOut           the deadline passed
    ├── TooLarge           more bytes than the cap
    ├── BlockedAddress     an address that is never requested: scheme, private network, redirect
    ├── AuthFailed         the account or token is wrong or has expired
    ├── Forbidden          the account is right, but may not do this
    ├── RateLimited        too many requests: wait until ``until``
    ├── Gone               410: not requested again until the configuration changes
    ├── ServerError        5xx and other trouble on the server's side
    ├── Skipped            its server answered nothing in this run: retried by the next
    └── UnexpectedResponse a response that is not what this source understands
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:  # a response knows no errors: only its name is needed here
    from mentionwatch.messages import Response


class MentionwatchError(Exception):
    """Anything this program raises on purpose."""


class UserError(MentionwatchError):
    """An error the user can fix. ``problems`` are printed one a line, all at once."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *problems: str) -> None:
        self.problems: tuple[str, ...] = problems
        super().__init__("\n".join(problems))


class InvalidRequest(UserError):
    """A value that was given cannot be understood, or names nothing: on the command line a wrong usage."""

    exit_code = 2


class ConfigError(UserError):
    """The configuration is wrong; each problem starts with ``file:line: ``."""

    exit_code = 78

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)


class LockedError(UserError):
    """Another scan is running."""

    exit_code = 75


class StoreError(MentionwatchError):
    """The database cannot be opened, read or written."""


#: What never came from a server that stays silent.
Unheard = Literal["connection", "answer"]


class SourceError(MentionwatchError):
    """One source failed. The message is written by us: printable, without secrets."""

    #: A stable word for the coverage ledger and for scripts.
    code: ClassVar[str] = "failed"

    def __init__(self, message: str, *, status: int | None = None) -> None:
        self.message = message
        self.status = status
        #: The error answer itself, its body cut at 64 kB, for a source's ``explain``; set by ``fetch``.
        self.response: Response | None = None
        #: Set by ``fetch`` where the server sent not a single byte.
        self.unheard: Unheard | None = None
        super().__init__(message)


class Unreachable(SourceError):
    code = "unreachable"


class TimedOut(SourceError):
    code = "too-slow"


class TooLarge(SourceError):
    code = "too-large"


class BlockedAddress(SourceError):
    code = "refused"


class AuthFailed(SourceError):
    code = "credentials"


class Forbidden(SourceError):
    """``only_this``: the source's other queries may still be allowed, and are tried."""

    code = "forbidden"

    def __init__(self, message: str, *, status: int | None = None, only_this: bool = False) -> None:
        super().__init__(message, status=status)
        self.only_this = only_this


class RateLimited(SourceError):
    """``until``: when the platform allows the next request, if it said so."""

    code = "limit"

    def __init__(self, message: str, *, until: datetime | None = None, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.until = until


class Gone(SourceError):
    code = "gone"


class ServerError(SourceError):
    code = "server"


class Skipped(SourceError):
    code = "not-asked"


class UnexpectedResponse(SourceError):
    code = "not-understood"


#: What plug-ins written for version 0.1 raise and catch.
_OLD_NAMES = {
    "BadCredentials": "AuthFailed",
    "LimitReached": "RateLimited",
    "NotAsked": "Skipped",
    "NotUnderstood": "UnexpectedResponse",
    "Refused": "BlockedAddress",
    "ServerBroken": "ServerError",
    "TooSlow": "TimedOut",
}

if not TYPE_CHECKING:  # our own code is held to the new names

    def __getattr__(name: str) -> object:
        if name not in _OLD_NAMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from mentionwatch.deprecated import renamed  # `--help` loads the errors, and none of this

        return renamed(__name__, _OLD_NAMES)(name)
