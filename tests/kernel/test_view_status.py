"""`status()` and `%pilots`, in a notebook on pilots of this machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pilothouse.command.shapes import Pilot, Pool
from pilothouse.status import Status, Task
from tests.kernel.connections import connection
from tests.kernel.view_kernel import Notebook, Raised, notebook
from tests.kernel.view_runs import until

ROOT = Path(__file__).parents[2]


def _pool(**counts: int) -> Pool:
    return {
        "pool": "ospool",
        "title": "OSPool",
        "wanted": {"count": 8, "typed": 8, "asked": 4, "max": 64},
        "counts": counts,
        "stopped": None,
        "waitingWhy": None,
        "submitHost": "ap40",
        "schedulerTrouble": None,
        "uplinks": [],
    }


def _pilot(pilot: str, state: str, *running: str) -> Pilot:
    return {
        "pilot": pilot,
        "pool": "ospool",
        "state": state,
        "sinceMs": 0.0,
        "cause": "",
        "words": "",
        "end": None,
        "createdAtMs": 0.0,
        "startedAtMs": 60_000.0,
        "endedAtMs": None,
        "schedulerId": "17.0",
        "why": None,
        "host": "node-1",
        "site": "UCSD",
        "runtime": {},
        "running": list(running),
        "ran": 1234,
    }


def _task(task: int, app: str, state: str, reason: str | None) -> Task:
    return {
        "run": "run-1",
        "task": task,
        "group": "group-1",
        "app": app,
        "state": state,
        "reason": reason,
        "dependsOn": [],
        "failedInput": None,
        "tries": 1,
        "pilot": "p1",
        "host": "node-1",
        "site": "UCSD",
        "worker": 0,
        "submittedAtMs": 0.0,
        "launchedAtMs": 0.0,
        "startedAtMs": 0.0,
        "endedAtMs": 240_000.0,
        "error": None,
        "printed": "",
    }


def test_the_table_uses_the_panels_words() -> None:
    failed = _task(2, "load", "failed", "exception")
    failed["error"] = {"type": "FileNotFoundError", "message": "a.csv\nmore"}
    shown = Status(
        [_pool(busy=1, idle=1, queued=1)],
        [_pilot("p1", "leased", "pi", "pi"), _pilot("p2", "leased"), _pilot("p0", "ended")],
        [failed, _task(1, "mean", "waiting", "futures"), _task(0, "pi", "done", "executed")],
        23,
        240_000.0,
    )
    assert repr(shown).splitlines() == [
        "OSPool (ospool)   1 busy · 1 idle · 1 queued   wanted: 8 (typed; notebooks ask for 4)",
        "  PILOT  STATE  WHERE  AGE  RAN    RUNS",
        "  p1     busy   UCSD   3 m  1,234  pi ×2",
        "  p2     idle   UCSD   3 m  1,234",
        "TASK  APP   STATE                PILOT  RAN FOR  ERROR",
        "2     load  failed               p1     4 m      FileNotFoundError: a.csv",
        "1     mean  waiting for futures  p1     4 m",
        "0     pi    done                 p1     4 m",
        "and 20 older tasks",
    ]


def test_the_html_table_takes_names_as_text() -> None:
    shown = Status([_pool(idle=1)], [], [_task(0, "<script>", "done", "executed")], 1, 0.0)
    assert "<script>" not in shown._repr_html_()
    assert "<td>&lt;script&gt;</td>" in shown._repr_html_()


def test_a_place_that_has_stopped_says_why() -> None:
    pool = _pool()
    pool["stopped"] = {
        "code": "python_missing",
        "params": {"python": "/opt/python"},
        "words": "No such file",
        "failures": 3,
    }
    text = repr(Status([pool], [], [], 0, 0.0))
    assert "no pilots" in text
    assert "stopped after 3 like failures" in text
    assert "/opt/python" in text
    assert "No such file" in text


def test_a_place_that_nobody_is_logged_in_to_says_what_helps() -> None:
    pool = _pool(queued=1)
    pool["schedulerTrouble"] = {"code": "login_needed", "words": "Nobody is", "sinceMs": 0}
    away = connection("away", "ospool")
    text = repr(Status([pool], [], [], 0, 60_000.0, hosts=[away]))
    assert "  ap40: not logged in; `pilothouse login ospool` logs in" in text
    assert "scheduler has not answered" not in text
    there = Status([pool], [], [], 0, 60_000.0, hosts=[connection("connected", "ospool")])
    assert "  ap40: connected as alice, 1 m\n" in repr(there) + "\n"
    assert "<p>ap40: connected as alice, 1 m</p>" in there._repr_html_()
    other = Status([pool], [], [], 0, 60_000.0, hosts=[connection("away", "other")])
    assert "ap40" not in repr(other)


def _state(book: Notebook) -> str:
    return book.run("print(pilothouse.status('local'))")


@pytest.mark.usefixtures("pilothouse_home")
def test_a_notebook_sees_its_pilots_and_tasks_and_types_their_number(tmp_path: Path) -> None:
    with notebook(tmp_path, prepared=False) as book:
        book.run("import pilothouse, parsl; pilothouse.load('local', blocks=1)", "load")
        book.run("@parsl.python_app\ndef inverse(x):\n    print('for', x)\n    return 1 / x", "app")
        assert book.value("inverse(4).result(timeout=60)") == 0.25
        book.run("error = inverse(0).exception(timeout=60)")
        text = _state(book)
        assert re.search(r"0 +inverse +done +\S+ +\d+ ms", text), text
        assert "ZeroDivisionError: division by zero" in text
        first = book.value("pilothouse.status('local').tasks[-1]")
        assert isinstance(first, dict)
        assert first["printed"] == "for 4\n"
        assert first["state"] == "done"

        book.run("%load_ext pilothouse")
        book.run("%pilots local 2")
        assert "(typed; notebooks ask for 1)" in _state(book)
        until(lambda: "2 idle" in _state(book), "two idle pilots")
        book.run("%pilots local auto")
        assert "typed" not in _state(book)
        for line, words in (
            ("local many", "'many' is not a whole number of pilots"),
            ("local 1.5", "'1.5' is not a whole number of pilots"),
            ("local -1", "There cannot be -1 pilots"),
            ("local 10001", "at most 10,000"),
            ("local 1 2", "a place and one word more"),
            ("nowhere 1", "There is no profile nowhere"),
        ):
            assert words in _said(book, f"%pilots {line}")
        book.run("parsl.dfk().cleanup()")
        book.run("%pilots local down")
        until(lambda: "no pilots" in _state(book), "no pilots after down")


def _said(book: Notebook, code: str) -> str:
    """What a cell says that is called wrongly; a UsageError is printed without a traceback."""
    try:
        return book.run(code)
    except Raised as error:
        return str(error)


@pytest.mark.usefixtures("pilothouse_home")
def test_a_script_has_status_too(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import json, parsl, pilothouse\n"
        "pilothouse.load('local', blocks=1)\n"
        "assert parsl.python_app(len)('abc').result(timeout=60) == 3\n"
        "status = pilothouse.status()\n"
        "parsl.dfk().cleanup()\n"
        "print(json.dumps([status.tasks, len(status.pilots), status.tasks_total]))\n"
    )
    ran = subprocess.run(
        [sys.executable, script], cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=120
    )
    ((task,), pilots, total) = json.loads(ran.stdout)
    assert (task["app"], task["state"], pilots, total) == ("len", "done", 1, 1)
