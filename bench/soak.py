"""What takes long: rounds of load and cleanup that must leave nothing, interrupts that must strand
no task. `python -m bench.soak [ROUNDS] [INTERRUPTS]`.
"""

from __future__ import annotations

import sys
import threading
import time

import parsl
import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

import pilothouse
from bench.restart import run_cell
from scripts.own_home import own_home


def no_op() -> None:
    """A task."""


def held() -> dict[str, int]:
    """What this process holds that could leak."""
    process = psutil.Process()
    return {
        "descriptors": process.num_fds(),
        "threads": threading.active_count(),
        "children": len(process.children(recursive=True)),
        "listening ports": len(
            [each for each in process.net_connections() if each.status == psutil.CONN_LISTEN]
        ),
    }


def rounds(number: int) -> bool:
    """`number` times load, one task, cleanup; whether nothing grew after the first rounds."""
    app = parsl.python_app(no_op)
    settled: dict[str, int] = {}
    for turn in range(number):
        with pilothouse.load("local", blocks=1):
            app().result(timeout=60)
        parsl.clear()
        if turn == 2:
            settled = held()
    ended = held()
    grown = {
        name: f"{settled[name]} to {ended[name]}" for name in ended if ended[name] > settled[name]
    }
    print(f"{number} rounds of load and cleanup: {grown or 'nothing grew'} {ended}", flush=True)
    return not grown


LOOP = """
import pilothouse
from parsl import python_app
dfk = pilothouse.load("local", blocks=2)
@python_app
def no_op(): pass
futures = []
"""
SUBMIT = """
while True:
    futures.append(no_op())
"""
COUNT = """
import concurrent.futures
done, late = concurrent.futures.wait(futures, timeout=120)
print(len(done), len(late))
"""


def interrupts(number: int) -> bool:
    """`number` interrupts of a loop that submits; whether every task of it still ends."""
    manager, client = start_new_kernel(kernel_name="python3", transport_encryption="auto")
    try:
        run_cell(client, LOOP)
        for turn in range(number):
            message = client.execute(SUBMIT)
            busy(client, message)
            # Spread over the loop's body, so that it lands inside an app's call as well.
            time.sleep((turn % 17) / 1000)
            manager.interrupt_kernel()
            reply = client.get_shell_msg(timeout=60)
            while reply["parent_header"].get("msg_id") != message:
                reply = client.get_shell_msg(timeout=60)
            if reply["content"].get("ename") != "KeyboardInterrupt":
                raise RuntimeError(f"the loop ended with {reply['content']}")
        done, late = run_cell(client, COUNT, seconds=180).split()
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    print(f"{number} interrupts: {done} tasks ended, {late} stranded", flush=True)
    return late == "0"


def busy(client: BlockingKernelClient, message: str) -> None:
    """Returns once the kernel says that it works on this message."""

    while True:
        found = client.get_iopub_msg(timeout=60)
        if (
            found["parent_header"].get("msg_id") == message
            and found["msg_type"] == "status"
            and found["content"]["execution_state"] == "busy"
        ):
            return


def main(number_of_rounds: int, number_of_interrupts: int) -> int:
    """Both, with a bridge of their own."""
    with own_home():
        good = [rounds(number_of_rounds), interrupts(number_of_interrupts)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*(numbers or [50, 1000])))
