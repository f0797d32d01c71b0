"""A notebook without a browser: a real ipykernel, spoken to as JupyterLab speaks to it."""

from __future__ import annotations

import os
import queue
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from typing_extensions import Self


class CellFailed(AssertionError):
    """A cell raised; the message is its traceback."""


@dataclass
class Running:
    """A cell that has been sent and may still run."""

    message_id: str
    cell_id: str
    printed: str = ""
    errors: list[str] = field(default_factory=list)


class Notebook:
    """Cells with ids, run in one kernel."""

    def __init__(self, path: Path, environment: dict[str, str] | None = None) -> None:
        self.path = path
        self._manager = KernelManager(kernel_name="python3")
        self._environment = {
            **os.environ,
            **(environment or {}),
            "JPY_SESSION_NAME": str(path),
        }
        self._client: BlockingKernelClient | None = None
        self._count = 0

    def __enter__(self) -> Self:
        self._manager.start_kernel(env=self._environment, cwd=str(self.path.parent))
        self._connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            self._client.stop_channels()
        if self._manager.has_kernel:
            self._manager.shutdown_kernel(now=kind is not None)
        self._manager.cleanup_resources()

    @property
    def pid(self) -> int:
        """The kernel's process id."""
        provisioner = self._manager.provisioner
        assert provisioner is not None
        pid = getattr(provisioner, "pid", None)
        assert isinstance(pid, int)
        return pid

    def send(self, code: str, cell_id: str | None = None) -> Running:
        """Starts a cell and returns at once."""
        assert self._client is not None
        self._count += 1
        cell = cell_id or f"cell-{self._count}"
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self._client.session.msg("execute_request", content, metadata={"cellId": cell})
        self._client.shell_channel.send(message)
        return Running(message["header"]["msg_id"], cell)

    def wait(self, running: Running, seconds: float = 60.0) -> str:
        """What the cell printed, once it has ended; raises CellFailed if it raised."""
        assert self._client is not None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                message = self._client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != running.message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                running.printed += content["text"]
            elif kind == "execute_result":
                running.printed += content["data"].get("text/plain", "")
            elif kind == "error":
                running.errors.append("\n".join(content["traceback"]))
            elif kind == "status" and content["execution_state"] == "idle":
                if running.errors:
                    raise CellFailed("\n".join([running.printed, *running.errors]))
                return running.printed
        raise AssertionError(f"cell {running.cell_id} still runs after {seconds:g} s")

    def run(self, code: str, cell_id: str | None = None, seconds: float = 60.0) -> str:
        """Runs a cell to its end and returns what it printed."""
        return self.wait(self.send(code, cell_id), seconds)

    def interrupt(self) -> None:
        """JupyterLab's stop button."""
        self._manager.interrupt_kernel()

    def restart(self) -> None:
        """JupyterLab's restart button."""
        assert self._client is not None
        self._client.stop_channels()
        self._manager.restart_kernel()
        self._connect()

    def kill(self) -> None:
        """The kernel dies as the out-of-memory killer would have it."""
        os.kill(self.pid, 9)

    def restart_after_kill(self) -> None:
        """What JupyterLab does by itself when a kernel has died."""
        assert self._client is not None
        self._client.stop_channels()
        self._manager.restart_kernel(now=True)
        self._connect()

    def _connect(self) -> None:
        client = self._manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        self._client = client
