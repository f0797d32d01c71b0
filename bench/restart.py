"""From the restart of a kernel to its first result, where a pilot with 8 workers is warm."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from bench.figure import Figure

RUNS = 3

OURS = """
import pilothouse
from parsl import python_app
pilothouse.load("eight", blocks=1)
@python_app
def no_op(): pass
no_op().result()
"""

STOCK = """
import tempfile, time, parsl
from bench.engines import stock
folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
parsl_config = stock(folder.name, workers=8, strategy_period={period})
@parsl.python_app
def no_op(): pass
began = time.perf_counter()
parsl.load(parsl_config)
no_op().result()
took = time.perf_counter() - began
parsl.dfk().cleanup()
folder.cleanup()
print(took)
"""


def run_cell(client: BlockingKernelClient, code: str, seconds: float = 120) -> str:
    """Runs code as a cell; what it printed. Raises RuntimeError with its traceback."""
    printed: list[str] = []

    def output(message: dict[str, dict[str, object]]) -> None:
        if "text" in message["content"]:
            printed.append(str(message["content"]["text"]))

    reply = client.execute_interactive(code, timeout=seconds, output_hook=output)
    if reply["content"]["status"] != "ok":
        raise RuntimeError("\n".join(reply["content"].get("traceback", [])))
    return "".join(printed)


def restarted(manager: KernelManager, client: BlockingKernelClient, code: str) -> float:
    """Seconds from the restart request, as Jupyter's button makes it, to the cell's end.

    As front ends do, it sends the cell once the kernel has said who it is. `wait_for_ready` would
    then listen 0.2 s long for what somebody else may have printed.
    """
    began = time.perf_counter()
    manager.restart_kernel(now=False)
    reply_to(client, client.kernel_info())
    content = reply_to(client, client.execute(code))
    took = time.perf_counter() - began
    if content["status"] != "ok":
        raise RuntimeError(str(content))
    client.wait_for_ready(timeout=60)
    return took


def reply_to(client: BlockingKernelClient, message: str) -> dict[str, object]:
    """What the kernel answers to a message."""
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message:
            content: dict[str, object] = reply["content"]
            return content


def figures() -> Iterator[Figure]:
    """Ours from the restart request, imports included; stock's from `parsl.load` alone."""
    ours: list[float] = []
    stock: dict[float, list[float]] = {5: [], 0.1: []}
    manager, client = start_new_kernel(kernel_name="python3", transport_encryption="auto")
    try:
        run_cell(client, OURS)
        for _ in range(RUNS):
            ours.append(restarted(manager, client, OURS))
            for period, found in stock.items():
                other_manager, other = start_new_kernel(
                    kernel_name="python3", transport_encryption="auto"
                )
                try:
                    found.append(float(run_cell(other, STOCK.format(period=period))))
                finally:
                    other.stop_channels()
                    other_manager.shutdown_kernel()
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    for period, goal, name in (
        (5, 0.2, "Parsl's load alone, its defaults"),
        (0.1, None, "Parsl's load alone, strategy_period=0.1"),
    ):
        yield Figure(
            "kernel restart to first result, 8 workers",
            statistics.median(ours),
            "s",
            goal,
            "at most",
            statistics.median(stock[period]),
            name,
        )
