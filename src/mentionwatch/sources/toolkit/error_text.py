"""A stranger's words within a message of ours."""

from __future__ import annotations

from mentionwatch.text import one_line

__all__ = ["error_text"]


def error_text(text: str, limit: int = 160) -> str:
    """``text`` on one line and without anything that does not print; ``""`` when nothing is left."""
    return "".join(char if char.isprintable() else " " for char in one_line(text, limit)).strip()
