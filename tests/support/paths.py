"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "mentionwatch"
TESTS = ROOT / "tests"
DATA = TESTS / "data"
