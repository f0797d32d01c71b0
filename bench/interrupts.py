"""Jupyter's interrupt button, again and again while a cell calls apps: everything must live on."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from bench.restart import run_cell

#: After so many interrupts all tasks so far are waited for.
BATCH = 50
#: So many interrupts are sent for each that is to land inside an app call, at most.
TRIES = 3
#: The loop has made some calls by then: interrupts are spread over so many milliseconds.
SPREAD = 17

#: One task runs from beginning to end on a pilot of its own; `landed` counts where interrupts come.
PREPARED = """
import concurrent.futures, json
import parsl, pilothouse
from parsl import python_app
from pilothouse.live import interrupts
dfk = pilothouse.load("pair", blocks=2)
executor = dfk.executors["pair"]
landed, futures = [], []
app_call = interrupts._app_call
def counted(frame):
    found = app_call(frame)
    landed.append(found is not None)
    return found
interrupts._app_call = counted
@python_app
def no_op():
    pass
@python_app
def stays(folder):
    import os, time
    with open(f"{{folder}}/began", "a") as began:
        began.write(f"{{os.getpid()}}\\n")
    while not os.path.exists(f"{{folder}}/end"):
        time.sleep(0.05)
    return os.getpid()
staying = stays({folder!r})
no_op().result()
def engine():
    return {{
        "interchange": [executor.interchange_proc.pid, executor.interchange_proc.poll()],
        "pools": sorted(each["manager"] for each in executor.connected_managers()),
        "staying": staying.done(),
    }}
"""
SUBMIT = """
print("calling", flush=True)
while True:
    futures.append(no_op())
"""
COUNT = """
done, late = concurrent.futures.wait(futures, timeout=120)
failed = [future for future in done if future.exception() is not None]
print(json.dumps({
    "done": len(done), "late": len(late), "failed": len(failed),
    "inside": sum(landed), "engine": engine(),
}))
futures, landed = [], []
"""


class _Counted(TypedDict):
    """What `COUNT` prints."""

    done: int
    late: int
    failed: int
    inside: int
    engine: dict[str, object]


@dataclass
class Survived:
    """What came of the interrupts."""

    interrupts: int = 0
    inside: int = 0
    done: int = 0
    stranded: int = 0
    failed: int = 0

    def take(self, counted: _Counted) -> None:
        """Adds what one batch found."""
        self.inside += counted["inside"]
        self.done += counted["done"]
        self.stranded += counted["late"]
        self.failed += counted["failed"]


def interrupts(number: int) -> bool:
    """Interrupts a loop that calls apps until `number` have landed inside a call.

    Good if every task of it still ends, a task that ran all the while is run once and not again,
    and interchange and pools are those of the beginning.
    """
    found = Survived()
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        manager, client = start_new_kernel(kernel_name="python3", transport_encryption="auto")
        try:
            run_cell(client, PREPARED.format(folder=folder))
            wait_for_start(Path(folder))
            before = json.loads(run_cell(client, "print(json.dumps(engine()))"))
            while found.inside < number and found.interrupts < TRIES * number:
                for _ in range(min(BATCH, number - found.inside)):
                    interrupted(manager, client, found.interrupts)
                    found.interrupts += 1
                counted = cast(_Counted, json.loads(run_cell(client, COUNT, seconds=180)))
                found.take(counted)
                if counted["engine"] != before:
                    problems.append(f"the engine was {before} and is {counted['engine']}")
                    break
            (Path(folder) / "end").touch()
            worker = run_cell(client, "print(staying.result(timeout=60))").split()
            starts = (Path(folder) / "began").read_text().split()
            if worker != starts:
                problems.append(f"the task that stays ran in {starts} and ended in {worker}")
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
    if found.inside < number:
        problems.append(f"only {found.inside} landed inside an app call")
    print(
        f"{found.interrupts} interrupts, {found.inside} inside an app call: {found.done} tasks "
        f"ended, {found.stranded} stranded, {found.failed} failed; "
        f"{'; '.join(problems) or 'interchange, pools and running task lived on'}",
        flush=True,
    )
    return not (problems or found.stranded or found.failed)


def wait_for_start(folder: Path, seconds: float = 60) -> None:
    """Returns once the task that stays runs. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (folder / "began").exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the task that stays did not begin")
        time.sleep(0.05)


def interrupted(manager: KernelManager, client: BlockingKernelClient, turn: int) -> None:
    """One cell that calls apps without end, and its interrupt. Raises RuntimeError if something
    else ended it."""
    # What the button's user has queued behind the cell is dropped; a kernel that still drops
    # would drop the next of ours as well.
    message = client.execute(SUBMIT, stop_on_error=False)
    wait_for_output(client, message)
    time.sleep(turn % SPREAD / 1000)
    manager.interrupt_kernel()
    said = wait_for_output(client, message, idle=True)
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message:
            break
    # IPython prints it, and sends no error, where the interrupted instruction has no line.
    if reply["content"].get("ename") != "KeyboardInterrupt" and "KeyboardInterrupt" not in said:
        raise RuntimeError(f"the loop ended with {reply['content']} and said {said!r}")


def wait_for_output(client: BlockingKernelClient, message: str, idle: bool = False) -> str:
    """What a cell has printed, once it has printed at all; with `idle`, once it has ended."""
    said = ""
    while True:
        found = client.get_iopub_msg(timeout=60)
        if found["parent_header"].get("msg_id") != message:
            continue
        if found["msg_type"] == "stream":
            said += str(found["content"]["text"])
            if not idle:
                return said
        elif found["msg_type"] == "status" and found["content"]["execution_state"] == "idle":
            return said
