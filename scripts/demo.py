"""The main job without a browser: runs a notebook's apps on pilots of this machine.

`python -m scripts.demo [NOTEBOOK]` executes the example (or another notebook) with a bridge of its
own, prints what its cells printed and what ran where and when, and leaves no pilot behind.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, cast

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from pilothouse.bridge import connect
from scripts.own_home import own_home

ROOT = Path(__file__).resolve().parent.parent


class Task(TypedDict):
    """The part of a task that is shown here (src/protocol/entities.ts)."""

    task: int
    group: str
    app: str
    state: str
    pilot: str | None
    host: str | None
    worker: int | None
    submittedAtMs: float
    startedAtMs: float | None
    endedAtMs: float | None


class _Page(TypedDict):
    tasks: list[Task]


class _Cell(TypedDict):
    executionCount: int | None


class _Group(TypedDict):
    group: str
    cell: _Cell | None


class _Snapshot(TypedDict):
    groups: list[_Group]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def what_ran() -> str:
    """Each task, oldest first: from the bridge, as the panel would show it."""
    with connect("command", ensure=False) as bridge:
        tasks = cast(_Page, bridge.request("tasks.list", {"limit": 500}))["tasks"]
        snapshot = cast(_Snapshot, bridge.request("state.subscribe", {}))
    cells = {group["group"]: group["cell"] for group in snapshot["groups"]}
    tasks.sort(key=lambda task: (task["submittedAtMs"], task["task"]))
    first = tasks[0]["submittedAtMs"] if tasks else 0.0

    def seconds(since: float | None, until: float | None) -> str:
        return "" if since is None or until is None else f"{(until - since) / 1000:.2f} s"

    rows = [["cell", "task", "state", "pilot", "host", "worker", "started after", "ran for"]]
    for task in tasks:
        cell = cells.get(task["group"])
        count = None if cell is None else cell["executionCount"]
        rows.append(
            [
                "" if count is None else f"In [{count}]",
                f"{task['app']} {task['task']}",
                task["state"],
                task["pilot"] or "",
                task["host"] or "",
                "" if task["worker"] is None else str(task["worker"]),
                seconds(first, task["startedAtMs"]),
                seconds(task["startedAtMs"], task["endedAtMs"]),
            ]
        )
    return table(rows)


def main(notebook: Path) -> int:
    """Runs one notebook; 1 if a cell of it failed."""
    began = time.monotonic()
    content = nbformat.read(notebook, as_version=4)
    executed = ROOT / "build" / "demo" / notebook.name
    executed.parent.mkdir(parents=True, exist_ok=True)
    failed = ""
    with own_home():
        client = NotebookClient(
            content,
            timeout=120,
            resources={"metadata": {"path": str(notebook.parent)}},
            # Else ipykernel 7 warns on the terminal that its channels are not encrypted.
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
        )
        try:
            client.execute()
        except CellExecutionError as error:
            failed = str(error)
        nbformat.write(content, executed)
        for cell in content.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "stream":
                    print(output.text, end="")
        print(f"\n{what_ran()}\n")
    shown = executed.relative_to(ROOT)
    print(f"executed notebook: {shown} ({time.monotonic() - began:.1f} s)")
    if failed:
        print(failed, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "examples" / "pi.ipynb")))
