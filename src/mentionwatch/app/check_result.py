"""One line of what ``check`` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "off", "warning", "wrong", "failed"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was checked: ``wrong`` is the configuration's fault, ``failed`` a server's; a ``note`` is none."""

    state: State
    about: Literal["config", "brand", "source", "type", "rule", "phrases", "mail", "alert", "warning"]
    name: str
    message: str
