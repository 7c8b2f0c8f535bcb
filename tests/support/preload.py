"""Libraries of our own in C that change what a program meets when they are preloaded into it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def compile_library(name: str, folder: Path) -> Path | None:
    """``tests/<name>.c``, compiled into the folder; none where there is no C compiler, or no such system."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    made = folder / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return made
