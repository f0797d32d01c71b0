"""Which cell made a task, in a real kernel that is spoken to as JupyterLab does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.view_kernel import ROOT, Notebook, notebook


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Notebook]:
    with notebook(tmp_path) as opened:
        yield opened


def _run_all(book: Notebook, *cells: tuple[str, str]) -> None:
    """All requests are there before the first is answered, as after Run All."""
    messages = [book.send(code, cell) for cell, code in cells]
    for message in messages:
        book.finish(message)


def test_run_all(book: Notebook) -> None:
    _run_all(book, ("a", "app()"), ("b", "[app() for _ in range(2)]"), ("c", "app()"))
    assert book.value("made()") == [
        ("app", "a", 2),
        ("app", "b", 3),
        ("app", "b", 3),
        ("app", "c", 4),
    ]


def test_the_load_cell_itself_may_call_apps(book: Notebook) -> None:
    book.run("tapped.close(); protection.close()", "x")
    book.run("tapped = tap.install(dfk, reporter); app()", "load-again")
    assert book.value("made()") == [("app", "load-again", 3)]


def test_the_same_cell_twice_is_two_executions(book: Notebook) -> None:
    book.run("app()", "a")
    book.run("app()", "a")
    assert book.value("made()") == [("app", "a", 2), ("app", "a", 3)]
    messages = book.value("sorted({c['messageId'] for c in bridge.cells.values()})")
    assert isinstance(messages, list)
    assert len(messages) == 2


def test_a_thread_belongs_to_the_cell_that_started_it(book: Notebook) -> None:
    book.run(
        "import threading\n"
        "go = threading.Event()\n"
        "def work():\n"
        "    go.wait(30)\n"
        "    app()\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()",
        "starter",
    )
    book.run("app(); go.set(); thread.join(30)", "other")
    assert book.value("made()") == [("app", "other", 3), ("app", "starter", 2)]


def test_a_thread_of_a_thread_belongs_to_the_same_cell(book: Notebook) -> None:
    book.run(
        "import threading\n"
        "go = threading.Event()\n"
        "def inner():\n"
        "    app()\n"
        "def outer():\n"
        "    go.wait(30)\n"
        "    t = threading.Timer(0, inner)\n"
        "    t.start()\n"
        "    t.join(30)\n"
        "thread = threading.Thread(target=outer)\n"
        "thread.start()",
        "starter",
    )
    book.run("go.set(); thread.join(30)", "other")
    assert book.value("made()") == [("app", "starter", 2)]


def test_a_pools_thread_works_for_the_cell_that_submits(book: Notebook) -> None:
    book.run(
        "import threading\n"
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "pool = Pool(1)\n"
        "go = threading.Event()\n"
        "first = pool.submit(lambda: (go.wait(30), app()) and None)\n"
        "second = pool.submit(app, 1)",
        "maker",
    )
    book.run("third = list(pool.map(app, [2])) if go.set() is None else 0", "user")
    book.run("pool.shutdown()", "end")
    assert book.value("made()") == [
        ("app", "maker", 2),
        ("app", "maker", 2),
        ("app", "user", 3),
    ]


def test_asyncio_tasks_belong_to_the_cell_that_made_them(book: Notebook) -> None:
    book.run(
        "import asyncio\n"
        "gate = asyncio.Event()\n"
        "async def work():\n"
        "    await gate.wait()\n"
        "    app()\n"
        "    await asyncio.to_thread(app)\n"
        "    await asyncio.get_running_loop().run_in_executor(None, app)\n"
        "job = asyncio.ensure_future(work())",
        "maker",
    )
    book.run("app()\ngate.set()\nawait job\napp()", "waiter")
    assert book.value("made()") == [
        ("app", "waiter", 3),
        ("app", "maker", 2),
        ("app", "maker", 2),
        ("app", "maker", 2),
        ("app", "waiter", 3),
    ]


def test_join_apps_also_late_and_nested(book: Notebook) -> None:
    book.run(
        "import threading\n"
        "gate = threading.Event()\n"
        "@python_app(executors=['threads'])\n"
        "def held():\n"
        "    gate.wait(30)\n"
        "@join_app\n"
        "def inner(x, after=None):\n"
        "    return [app(i) for i in range(x)]\n"
        "@join_app\n"
        "def outer(x, after=None):\n"
        "    return inner(x)\n"
        "result = outer(2, after=held())",
        "maker",
    )
    book.run("@join_app\ndef mine():\n    return app()\nmine().result(30)", "other")
    book.run("gate.set(); result.result(30)", "third")
    assert book.value("made()") == [
        ("held", "maker", 2),
        ("outer", "maker", 2),
        ("mine", "other", 3),
        ("app", "other", 3),
        ("inner", "maker", 2),
        ("app", "maker", 2),
        ("app", "maker", 2),
    ]


def test_without_a_front_end_there_is_an_execution_but_no_cell_id(book: Notebook) -> None:
    book.run("app()")
    assert book.value("made()") == [("app", None, 2)]
    cell = book.value("bridge.cells[0]")
    assert isinstance(cell, dict)
    assert cell["messageId"].startswith(book.client.session.session)
    assert cell["session"] == book.client.session.session


def test_what_no_cell_made_is_unattributed(book: Notebook) -> None:
    book.run("app().result(30)", "first")  # starts Parsl's threads, which serve all cells
    book.run("app()", "silent", silent=True)
    book.run(
        "import _thread, threading\n"
        "done = threading.Event()\n"
        "_ = _thread.start_new_thread(lambda: (app(), done.set()), ())\n"
        "_ = done.wait(30)",
        "low",
    )
    book.run("f = app(); f.add_done_callback(lambda _: app()); f.result(30)", "callback")
    book.run("dfk.wait_for_current_tasks()", "end")
    assert book.value("made()") == [
        ("app", "first", 2),
        ("app", None, None),
        ("app", None, None),
        ("app", "callback", 4),
        ("app", None, None),
    ]


def test_what_a_widget_starts_is_unattributed(book: Notebook) -> None:
    """A widget's message comes after the cell that made the widget has ended."""
    book.run(
        "get_ipython().kernel.comm_manager.register_target('button', lambda *_: app())", "maker"
    )
    opened = book.client.session.msg(
        "comm_open", {"comm_id": "1", "target_name": "button", "data": {}}
    )
    book.client.shell_channel.send(opened)
    book.run("app()", "end")
    assert book.value("made()") == [("app", None, None), ("app", "end", 3)]


def test_magics_and_nested_runs_stay_in_their_cell(book: Notebook) -> None:
    book.run(
        "%%time\napp()\nget_ipython().run_cell('app()')\napp()",
        "timed",
    )
    assert [made[:2] for made in _made(book)] == [("app", "timed")] * 3


def _made(book: Notebook) -> list[tuple[str, str | None, int | None]]:
    made = book.value("made()")
    assert isinstance(made, list)
    return made


def test_after_close_python_is_as_it_was(book: Notebook) -> None:
    book.run(
        "import threading, signal, logging\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "tapped.close(); protection.close(); reporter.close()",
        "end",
    )
    assert book.value("threading.Thread.start.__module__") == "threading"
    assert book.value("ThreadPoolExecutor.submit.__module__") == "concurrent.futures.thread"
    assert book.value("type(logging.getLogger(tap.LOGGER_NAME)).__name__") == "Logger"
    assert book.value("signal.getsignal(signal.SIGINT) is signal.default_int_handler") is True
    ours = "[t.name for t in threading.enumerate() if 'pilothouse' in t.name]"
    assert book.value(ours) == []
    events = "[f.__module__ for e in get_ipython().events.callbacks.values() for f in e]"
    assert book.value(f"[m for m in {events} if m.startswith('pilothouse')]") == []


def test_where_the_kernel_is(book: Notebook, tmp_path: Path) -> None:
    book.run("from pilothouse.live.origin import kernel_origin")
    origin = book.value("kernel_origin()")
    assert isinstance(origin, dict)
    assert origin.pop("pid") > 0
    assert origin == {
        "kernelId": "1234-abcd",
        "notebook": str(tmp_path / "book.ipynb"),
        "workingFolder": str(tmp_path),
    }


def test_where_a_script_is(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pilothouse.live.origin import kernel_origin\n"
        "origin = kernel_origin()\n"
        "print(origin.get('kernelId'), origin['notebook'])\n"
    )
    ran = subprocess.run(
        [sys.executable, script], env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=True
    )
    assert ran.stdout.decode().split() == ["None", str(script)]
