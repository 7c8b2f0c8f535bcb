"""One line of what ``check`` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "off", "warning", "wrong", "failed"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was checked: ``wrong`` is a fault of the configuration, ``failed`` one of a server."""

    state: State
    about: Literal["config", "brand", "source", "rule", "mail", "alert", "warning"]
    name: str
    message: str
