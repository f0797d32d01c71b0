"""Fifty rounds of load and cleanup leave no process, descriptor, thread or port."""

from __future__ import annotations

from pathlib import Path

from conftest import PilothouseHome

from .notebook import Notebook

ROUNDS = """
import gc, os, threading, time
import parsl, pilothouse
from parsl import python_app
from pathlib import Path

@python_app
def one():
    return 1

def children():
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[1]) == os.getpid():
                found.append(entry.name)
    return found

def listening():
    inodes = {os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
              if os.path.exists(f"/proc/self/fd/{fd}")}
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    mine = [line.split() for line in lines]
    return [words for words in mine if words[3] == "0A" and f"socket:[{words[9]}]" in inodes]

def count():
    gc.collect()
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "children": len(children()),
        "ports": len(listening()),
    }

def left(before, seconds=30):
    # What has ended may take a moment to be gone.
    end = time.monotonic() + seconds
    while True:
        more = {name: (before[name], now) for name, now in count().items() if now > before[name]}
        if not more or time.monotonic() > end:
            return more
        time.sleep(0.1)

def rounds(n):
    for _ in range(n):
        dfk = pilothouse.load("local", blocks=1)
        assert one().result() == 1
        dfk.cleanup()
        parsl.clear()
"""


def test_fifty_rounds_leak_nothing(pilothouse_home: PilothouseHome, tmp_path: Path) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(ROUNDS)
        notebook.run("rounds(3); before = count()", seconds=90)
        assert notebook.run("rounds(50); print(left(before))", seconds=300).strip() == "{}"
