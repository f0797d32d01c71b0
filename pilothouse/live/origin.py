"""Where this Python is seen by a person: `KernelOrigin` in src/protocol/entities.ts."""

from __future__ import annotations

import os
import re
import sys
from typing import TypedDict
from urllib.parse import unquote, urlsplit

from . import cells

_PATH_CHARS = 4096
_CONNECTION_FILE = re.compile(r"kernel-(?P<kernel>.+)\.json")


class _Process(TypedDict):
    pid: int
    workingFolder: str


class KernelOrigin(_Process, total=False):
    """The kernel or script that makes tasks."""

    kernelId: str
    notebook: str


def kernel_origin() -> KernelOrigin:
    """This process: its notebook or script, Jupyter's kernel id, its pid and working folder."""
    origin: KernelOrigin = {"pid": os.getpid(), "workingFolder": os.getcwd()[:_PATH_CHARS]}
    kernel = kernel_id()
    if kernel is not None:
        origin["kernelId"] = kernel[:200]
    notebook = notebook_path()
    if notebook is not None:
        origin["notebook"] = notebook[:_PATH_CHARS]
    return origin


def kernel_id() -> str | None:
    """Jupyter's kernel id: jupyter_server names the connection file `kernel-<id>.json`."""
    if "ipykernel" not in sys.modules:
        return None
    from ipykernel.connect import get_connection_file

    try:
        name = os.path.basename(get_connection_file())
    except RuntimeError:  # ipykernel is imported, but this process is no kernel
        return None
    match = _CONNECTION_FILE.fullmatch(name)
    return match["kernel"] if match else None


def notebook_path() -> str | None:
    """The notebook's path, as jupyter_server tells it to kernels; else the script's."""
    named = os.environ.get("JPY_SESSION_NAME")
    running = cells.shell()
    if running is not None and hasattr(running, "get_parent"):
        return named or _vs_code_path(cells.cell_of(cells.parent_message(running), 0))
    script = sys.argv[0] if sys.argv else ""
    return os.path.abspath(script) if script and os.path.isfile(script) else None


def _vs_code_path(cell: cells.CellExecution | None) -> str | None:
    """VS Code sends the cell document's URI as cellId: vscode-notebook-cell:/a/b.ipynb#W0."""
    if cell is None or cell.cell_id is None or not cell.cell_id.startswith("vscode-notebook-cell:"):
        return None
    return unquote(urlsplit(cell.cell_id).path) or None
