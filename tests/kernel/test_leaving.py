"""A kernel that ends: what only a cycle holds is written, though nothing is collected any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HELD_BY_A_CYCLE = """
import atexit, sys
from pilothouse.leaving import hasten
sys.modules["ipykernel.kernelapp"] = sys  # all that is asked is whether it is there

class Holder:
    def __init__(self, path):
        self.file = open(path, "w")
        self.me = self

def lose(path):
    Holder(path).file.write("kept")

import gc
gc.disable()
atexit.register(hasten)
lose(sys.argv[1])
"""


def test_a_file_that_only_a_cycle_holds_is_written(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    subprocess.run([sys.executable, "-c", HELD_BY_A_CYCLE, str(path)], check=True, timeout=60)
    assert path.read_text() == "kept"
