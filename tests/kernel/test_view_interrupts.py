"""Jupyter's interrupt button against a real kernel whose cell does nothing but call apps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.view_kernel import Notebook, Raised, notebook

INTERRUPTS = 200

#: A loop that submits, and prints once it does, so that the interrupt lands inside it.
LOOP = """
for n in range(10**9):
    app()
    if n == 5:
        print("looping", flush=True)
"""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Notebook]:
    with notebook(tmp_path) as opened:
        yield opened


def _interrupt_while_submitting(book: Notebook) -> None:
    message = book.send(LOOP, "loop")
    while True:  # until the cell has begun
        begun = book.client.get_iopub_msg(timeout=60)
        if begun["msg_type"] == "stream" and begun["parent_header"].get("msg_id") == message:
            break
    book.interrupt()
    try:
        said = book.finish(message)
    except Raised as error:
        said = str(error)
    # IPython 9.18 prints it, and sends no error, where the interrupted instruction has no line.
    assert "KeyboardInterrupt" in said


def test_a_loop_that_submits_is_interrupted_again_and_again(book: Notebook) -> None:
    for _ in range(INTERRUPTS):
        _interrupt_while_submitting(book)
    book.run(
        "import concurrent.futures\n"
        "futures = [r['app_fu'] for r in dfk.tasks.values()]\n"
        "_, undone = concurrent.futures.wait(futures, timeout=60)"
    )
    assert book.value("len(undone)") == 0
    assert book.value("app(7).result(timeout=60)") == 7
    submitted = book.value("dfk.task_count")
    assert isinstance(submitted, int)
    assert submitted > INTERRUPTS
    reported = "[t['state'] for t in bridge.tasks().values()]"
    book.run("dfk.wait_for_current_tasks(); reporter.flush()")
    # One app call may have ended in the interrupt between its number and its first record.
    assert book.value(f"set({reported})") == {"done"}
    assert book.value(f"len({reported})") == submitted


def test_an_interrupt_while_waiting_is_not_put_off(book: Notebook) -> None:
    message = book.send("import time\nprint('waiting', flush=True)\ntime.sleep(600)")
    while book.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    book.interrupt()
    with pytest.raises(Raised, match="KeyboardInterrupt"):
        book.finish(message)


def test_an_interrupted_async_cell_ends_as_ipykernel_does_it(book: Notebook) -> None:
    message = book.send(
        "import asyncio\n"
        "print('looping', flush=True)\n"
        "while True:\n"
        "    app()\n"
        "    await asyncio.sleep(0)"
    )
    while book.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    book.interrupt()
    with pytest.raises(Raised, match=r"CancelledError|KeyboardInterrupt"):
        book.finish(message)
    assert book.value("app(3).result(timeout=60)") == 3


def test_a_call_that_never_ends_can_be_interrupted(book: Notebook) -> None:
    book.run(
        "import time\n"
        "from parsl.dataflow.dflow import DataFlowKernel\n"
        "interrupts.AT_MOST_SECONDS = 0.2\n"
        "class Endless:\n"
        "    @property\n"
        "    def __class__(self):\n"
        "        print('endless', flush=True)\n"
        "        time.sleep(600)\n"
    )
    message = book.send("app(Endless())")
    while book.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    book.interrupt()
    with pytest.raises(Raised, match="KeyboardInterrupt"):
        book.finish(message)


def test_a_task_that_was_left_pending_is_launched_after_the_cell(book: Notebook) -> None:
    """As an interrupt leaves it that came past the protection: before launch_if_ready."""
    book.run(
        "import time\n"
        "launch = dfk.launch_if_ready\n"
        "def interrupted(record):\n"
        "    raise KeyboardInterrupt\n"
        "dfk.launch_if_ready = interrupted\n"
        "try:\n"
        "    app(5)\n"
        "except KeyboardInterrupt:\n"
        "    del dfk.launch_if_ready\n"
        "left = dfk.tasks[0]\n"
    )
    assert book.value("left['status'].name") == "pending"
    message = book.send("print('waiting', flush=True)\ntime.sleep(600)")
    while book.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    book.interrupt()
    with pytest.raises(Raised, match="KeyboardInterrupt"):
        book.finish(message)
    assert book.value("left['app_fu'].result(timeout=60)") == 5
