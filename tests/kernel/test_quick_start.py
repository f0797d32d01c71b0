"""What makes a load quick takes nothing away from it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest
from parsl.dataflow import dflow

from pilothouse.stack import know_callers

#: In a process of its own, since what is imported once stays so.
HELPER = """
import importlib, sys
from pilothouse.agent.deferred import Deferred, defer
from pilothouse.interchange.helper import DEFERRED, PRELOADED
defer(DEFERRED)
for module in PRELOADED:
    importlib.import_module(module)
"""


def _says(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", HELPER + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_helper_takes_in_what_an_interchange_needs_and_not_all_of_parsl() -> None:
    assert (
        _says(
            "print([n for n in DEFERRED if type(sys.modules[n]) is not Deferred],"
            " 'parsl.dataflow.dflow' in sys.modules, 'parsl.executors.workqueue' in sys.modules)"
        )
        == "[] False False"
    )


def test_a_package_put_off_is_the_whole_package_for_who_asks() -> None:
    assert _says(
        "from parsl import HighThroughputExecutor, curvezmq, python_app\n"
        "import parsl.executors, requests\n"
        "assert parsl.executors.HighThroughputExecutor is HighThroughputExecutor\n"
        "assert parsl.curvezmq is curvezmq and callable(python_app) and callable(requests.get)\n"
        "assert parsl.__version__ == parsl.version.VERSION\n"
        "print([type(sys.modules[n]).__name__ for n in ('parsl', 'parsl.executors', 'requests')])"
    ) == str(["module"] * 3)


def test_a_package_put_off_has_its_version() -> None:
    assert _says("import parsl\nprint(parsl.__version__ == parsl.version.VERSION)") == "True"


def test_threads_that_ask_at_the_same_time_all_get_it() -> None:
    assert (
        _says(
            "import threading, parsl\n"
            "start, found = threading.Barrier(8), []\n"
            "def look():\n"
            "    start.wait()\n"
            "    found.append(parsl.python_app)\n"
            "threads = [threading.Thread(target=look) for _ in range(8)]\n"
            "for thread in threads: thread.start()\n"
            "for thread in threads: thread.join()\n"
            "print(len(found), len(set(found)))"
        )
        == "8 1"
    )


def test_a_process_forked_while_a_package_runs_its_code_has_it_whole(tmp_path: Path) -> None:
    package = tmp_path / "unhurried"
    package.mkdir()
    (package / "__init__.py").write_text("import time\ntime.sleep(1)\nvalue = 7\n")
    assert (
        _says(
            f"import os, threading, time; sys.path.insert(0, {str(tmp_path)!r})\n"
            "defer(['unhurried'])\n"
            "import unhurried\n"
            "asks = threading.Thread(target=lambda: unhurried.value)\n"
            "asks.start()\n"
            "while '__pilothouse_runs__' not in vars(unhurried): time.sleep(0.01)\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    threading.Timer(20, os._exit, [9]).start()\n"
            "    os._exit(unhurried.value)\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
        )
        == "7"
    )


@pytest.mark.parametrize(
    "asks",
    [
        "from parsl.config import Config as found\nwanted = parsl.Config",
        "from parsl.dataflow.dflow import DataFlowKernel as found\nwanted = parsl.DataFlowKernel",
        "import parsl.executors.threads as there\nfound = there.ThreadPoolExecutor\n"
        "wanted = parsl.ThreadPoolExecutor",
    ],
)
def test_modules_that_import_each_other_in_a_circle_are_imported_as_ever(asks: str) -> None:
    assert (
        _says(
            "from pilothouse.agent.deferred import complete_before_modules\n"
            "complete_before_modules()\n"
            f"{asks.replace('wanted', 'import parsl; wanted', 1)}\n"
            "print(found is wanted, sys.modules[found.__module__].__spec__.origin is not None)"
        )
        == "True True"
    )


def test_a_module_that_its_package_imports_is_run_once(tmp_path: Path) -> None:
    package = tmp_path / "circular"
    package.mkdir()
    (package / "__init__.py").write_text("from circular.one import number\n")
    (package / "one.py").write_text(
        "import circular.two\nnumber = circular.two.two\nprint('run')\n"
    )
    (package / "two.py").write_text("from circular.one import __name__ as name\ntwo = 2\n")
    assert (
        _says(
            "from pilothouse.agent.deferred import complete_before_modules\n"
            f"sys.path.insert(0, {str(tmp_path)!r})\n"
            "defer(['circular'])\n"
            "complete_before_modules()\n"
            "import circular.two, circular.one\n"
            "one, two = circular.one, circular.two\n"
            "print(one is sys.modules['circular.one'], two.two, one.number)"
        )
        == "run\nTrue 2 2"
    )


def test_a_name_that_a_package_lacks_is_said_as_ever() -> None:
    assert "has no attribute 'no_such_name'" in _says(
        "import parsl\ntry: parsl.no_such_name\nexcept AttributeError as error: print(error)"
    )


def test_what_is_imported_already_or_is_no_package_is_left_alone() -> None:
    assert (
        _says(
            "import json, logging.config\n"
            "defer(['json', 'logging', 'colorsys', 'no_such_package'])\n"
            "print(type(json).__name__, 'colorsys' in sys.modules)"
        )
        == "module False"
    )


def test_a_stack_is_read_without_a_look_at_all_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[str] = []
    real = os.path.realpath

    def noted(path: str, **how: bool) -> str:
        resolved.append(path)
        return real(path, **how)

    monkeypatch.setattr(inspect, "modulesbyfile", {})
    monkeypatch.setattr(inspect, "_filesbymodname", {})
    monkeypatch.setattr(os.path, "realpath", noted)
    know_callers(dflow)
    frames = [frame.filename for frame in inspect.stack()]
    assert frames[0] == __file__
    assert resolved == []
    assert inspect.modulesbyfile[str(dflow.__file__)] == dflow.__name__
