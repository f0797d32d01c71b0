"""A real ipykernel, spoken to as JupyterLab does: execute requests with the cell's id."""

from __future__ import annotations

import ast
import os
import queue
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

LIMIT_SECONDS = 60.0
ROOT = Path(__file__).parents[2]

#: What notebooks of these tests begin with: a run on threads, and reports kept in a list.
PREPARED = """
from parsl import join_app, python_app
from parsl.config import Config
from parsl.dataflow.dflow import DataFlowKernelLoader
from parsl.executors.threads import ThreadPoolExecutor
from pilothouse.live import interrupts, tap
from pilothouse.live.reporter import Reporter
from tests.kernel.view_runs import Bridge
dfk = DataFlowKernelLoader.load(Config(
    executors=[ThreadPoolExecutor(label="threads", max_threads=4)],
    run_dir={folder!r}, initialize_logging=False, strategy="none"))
bridge = Bridge()
reporter = Reporter(dfk.run_id, bridge.notify)
reporter.start()
tapped = tap.install(dfk, reporter)
protection = interrupts.install(dfk)

@python_app(executors=["threads"])
def app(x=0):
    return x

def made():
    "App, cell id and execution count of every task, in order of submission."
    reporter.flush()
    tasks = bridge.tasks()
    def of(task, field):
        cell = bridge.cells[task]
        return cell and cell[field]
    return [(t["app"], of(n, "cellId"), of(n, "executionCount")) for n, t in sorted(tasks.items())]
"""


class Raised(Exception):
    """A cell ended with an error; the message has its name and value."""


class Notebook:
    """One kernel and one client of it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def __enter__(self) -> Notebook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def send(self, code: str, cell: str | None = None, silent: bool = False) -> str:
        """Sends an execute request; its message id."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content)
        if cell is not None:
            message["metadata"]["cellId"] = cell
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def finish(self, message_id: str) -> str:
        """Waits for an execution's end; what it printed.

        :raises Raised: it ended with an error.
        """
        printed: list[str] = []
        failure: str | None = None
        end = time.monotonic() + LIMIT_SECONDS
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=end - time.monotonic())
            except queue.Empty:
                raise TimeoutError(f"no end within {LIMIT_SECONDS} s: {printed}") from None
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                printed.append(content["text"])
            elif kind == "error":
                failure = "\n".join(content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                break
        if failure is not None:
            raise Raised(failure)
        return "".join(printed)

    def run(self, code: str, cell: str | None = None, silent: bool = False) -> str:
        """Runs a cell to its end; what it printed."""
        return self.finish(self.send(code, cell, silent))

    def value(self, expression: str) -> object:
        """What an expression of plain literals is in the kernel."""
        value: object = ast.literal_eval(self.run(f"print(repr({expression}))"))
        return value

    def interrupt(self) -> None:
        """As Jupyter's button: SIGINT to the kernel's whole group."""
        provisioner = self.manager.provisioner
        assert provisioner is not None
        pid = getattr(provisioner, "pid", None)
        assert isinstance(pid, int)
        os.killpg(pid, signal.SIGINT)


@contextmanager
def notebook(folder: Path, prepared: bool = True) -> Iterator[Notebook]:
    """A kernel of this Python that has run `PREPARED` in a cell named `load`."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(folder / "ipython"),
        "JPY_SESSION_NAME": str(folder / "book.ipynb"),
    }
    manager = KernelManager(connection_file=str(folder / "kernel-1234-abcd.json"))
    manager.start_kernel(env=environment, cwd=str(folder))
    client = manager.blocking_client()
    client.start_channels()
    book = Notebook(manager, client)
    with book:
        client.wait_for_ready(timeout=LIMIT_SECONDS)
        if prepared:
            book.run(PREPARED.format(folder=str(folder / "runs")), "load")
        yield book
