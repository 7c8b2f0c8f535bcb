"""Whole-value patterns of ``*`` and ``?``."""

from __future__ import annotations

import re

from mentionwatch.text import fold


def glob_pattern(pattern: str) -> re.Pattern[str]:
    r"""A whole-value pattern of ``*`` and ``?``, folded; each star takes as little as it can and never gives back."""
    made: list[str] = []
    parts = [part for part in re.split(r"((?:\\.|[^*?])+)", pattern) if part]
    for index, part in enumerate(parts):
        if part[0] not in "*?":
            literal = re.escape(fold(re.sub(r"\\(.)", r"\1", part)).text)
            after_star = index > 0 and "*" in parts[index - 1]
            # The last part must end the value, so its star takes all but that.
            made.append(f"(?>.*?{literal})" if after_star and index < len(parts) - 1 else literal)
            continue
        made.append("." * part.count("?"))
        if "*" in part and index >= len(parts) - 2:
            made.append(".*")
    return re.compile("".join(made), re.DOTALL)
