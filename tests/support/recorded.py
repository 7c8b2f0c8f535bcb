"""What a person counts in each recorded answer."""

from __future__ import annotations

import json
from typing import Any

from support.paths import DATA

EXPECTED: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "answers_expected.jsonl").read_text(encoding="utf-8").splitlines()
]


FEEDS = {json.loads(line)["file"] for line in (DATA / "feeds_expected.jsonl").read_text(encoding="utf-8").splitlines()}
