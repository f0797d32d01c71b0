"""A notebook's large arguments and results, on pilots of this machine and through a bad way."""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import PilothouseHome
from pilothouse.bridge.paths import folders
from tests.faults.notebook import Notebook
from tests.faults.processes import bridge_pid, commands, wait_for
from tests.files import below
from tests.tunnel.way import Way, way

__all__ = ["way"]

LOAD = """
import os, pilothouse
from parsl import python_app
pilothouse.load({place!r}, blocks=1)

@python_app
def tell(content, also=None):
    return len(content)

@python_app(cache=True)
def remember(text):
    import os
    return text, os.urandom(50_000)

@python_app
def double(content):
    return content * 2

@python_app
def note(path, until, content=b""):
    import os, time
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, b"begun\\n")
    os.close(fd)
    while not os.path.exists(until):
        time.sleep(0.05)
"""


def contents() -> list[Path]:
    """All files that kernels keep for pilots, or pilots have handed in."""
    kept = below(folders().state / "runs")
    return [each for each in kept if "content" in each.parts and each.is_file()]


@pytest.fixture(params=["local", "far"])
def place(request: pytest.FixtureRequest, way: Way) -> str:
    """The second comes by a way that is somewhere else, through a tunnel."""
    return str(request.param)


@pytest.fixture
def notebook(pilothouse_home: PilothouseHome, place: str, tmp_path: Path) -> Iterator[Notebook]:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.format(place=place))
        yield notebook


def words_of(notebook: Notebook, code: str) -> list[str]:
    """The words that a cell prints."""
    return notebook.run(code, seconds=120).split()


def test_large_things_go_there_and_back(notebook: Notebook) -> None:
    words = words_of(
        notebook,
        "content = os.urandom(3_000_000)\n"
        "futures = [double(content) for _ in range(20)]\n"
        "print(all(f.result() == content * 2 for f in futures))\n"
        "text = 'ä' * 500_000\n"
        "print(double(text).result() == text * 2)\n"
        "numbers = [list(range(i, 50_000 + i)) for i in range(10)]\n"
        "print([f.result() for f in map(double, numbers)] == [n * 2 for n in numbers])",
    )
    assert words == ["True", "True", "True"]
    wait_for("an empty folder", lambda: not contents())


def test_equal_arguments_are_not_one(notebook: Notebook) -> None:
    words = words_of(
        notebook,
        "@python_app\n"
        "def alters(one, other, more=None):\n"
        "    one.append(1)\n"
        "    return len(other), len(more)\n"
        "zeros = [[0] * 50_000 for _ in range(3)]\n"
        "print(*alters(zeros[0], zeros[1], more=zeros[2]).result())",
    )
    assert words == ["50000", "50000"]


def test_what_this_notebook_defines_goes_too(notebook: Notebook) -> None:
    words = words_of(
        notebook,
        "class Own:\n"
        "    def __init__(self, content): self.content = content\n"
        "    def __len__(self): return len(self.content)\n"
        "    def __mul__(self, times): return type(self)(self.content * times)\n"
        "own = double(Own(os.urandom(100_000))).result()\n"
        "print(type(own) is Own, len(own))\n"
        "print(tell(own).result(), tell(own, also=own).result())\n"
        "blob = os.urandom(100_000)\n"
        "@python_app\n"
        "def carries(times, blob=blob): return blob * times\n"
        "print(carries(2).result() == blob * 2)",
    )
    assert words == ["True", "200000", "200000", "200000", "True"]


def test_one_task_feeds_another(notebook: Notebook) -> None:
    """Futures as arguments, memoization, an app that joins others."""
    words = words_of(
        notebook,
        "from parsl import join_app\n"
        "first = double(os.urandom(100_000))\n"
        "print(tell(double(first)).result())\n"
        "text = 'x' * 100_000\n"
        "print(remember(text).result() == remember(text).result())\n"
        "@join_app\n"
        "def both(content):\n"
        "    return [double(content), double(content)]\n"
        "print([len(one) for one in both(os.urandom(60_000)).result()])\n"
        "inputs = [double(os.urandom(50_000)) for _ in range(10)]\n"
        "@python_app\n"
        "def total(inputs=()): return sum(map(len, inputs))\n"
        "print(total(inputs=inputs).result())",
    )
    assert words == ["400000", "True", "[120000,", "120000]", "1000000"]


def test_an_error_is_told_however_large(notebook: Notebook) -> None:
    words = words_of(
        notebook,
        "@python_app\n"
        "def fail(content):\n"
        "    raise ValueError('large', content)\n"
        "try:\n"
        "    fail(b'x' * 300_000).result()\n"
        "except ValueError as error:\n"
        "    print(error.args[0], len(error.args[1]))",
    )
    assert words == ["large", "300000"]


def test_a_file_that_is_gone_is_said(notebook: Notebook, place: str, tmp_path: Path) -> None:
    mark, go = tmp_path / "mark", tmp_path / "go"
    workers = int(
        notebook.run(
            "import parsl\n"
            f"workers = parsl.dfk().executors[{place!r}].max_workers_per_node\n"
            f"busy = [note({str(mark)!r}, {str(go)!r}) for _ in range(workers)]\n"
            "print(workers)"
        )
    )
    wait_for("busy workers", lambda: mark.exists() and mark.read_text().count("\n") == workers)
    notebook.run("waits = tell(os.urandom(200_000))")
    (path,) = contents()
    path.unlink()
    go.touch()
    printed = notebook.run("print(type(waits.exception()).__name__, waits.exception())")
    assert printed.startswith("OSError argument 1 (200")
    assert "did not reach the pilot" in printed
    assert "no such file" in printed
    assert notebook.run("print(tell(os.urandom(200_000)).result())").strip() == "200000"


def test_a_killed_kernel_leaves_nothing(notebook: Notebook, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    notebook.run(f"future = note({str(mark)!r}, '/none', os.urandom(100_000))")
    wait_for("a task that runs", mark.exists)
    assert contents()
    notebook.kill()
    wait_for("no contents", lambda: not list((folders().state / "runs").glob("*/content")))


def test_cuts_and_a_killed_bridge_lose_nothing(
    pilothouse_home: PilothouseHome, way: Way, tmp_path: Path
) -> None:
    chance = random.Random(7)
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.format(place="far"))
        notebook.run("print(tell(b'x').result())")
        way.do(lambda: setattr(way.bad, "cut_after", lambda: chance.randint(200_000, 900_000)))
        way.do(way.bad.reset)
        notebook.run(
            "each = [os.urandom(1_000_000) for _ in range(12)]\nfutures = list(map(double, each))"
        )
        wait_for("some cuts", lambda: way.bad.cuts > 5)
        os.kill(bridge_pid(), signal.SIGKILL)
        printed = notebook.run(
            "print([f.result() for f in futures] == [one * 2 for one in each])\n"
            "print([f.task_record['fail_count'] for f in futures] == [0] * 12)",
            seconds=150,
        )
        assert printed.split() == ["True", "True"]
        way.do(lambda: setattr(way.bad, "cut_after", lambda: 1 << 40))
    wait_for("no contents", lambda: not contents())


def test_a_pilot_that_dies_with_a_result_half_sent(
    pilothouse_home: PilothouseHome, way: Way, tmp_path: Path
) -> None:
    """The task runs again elsewhere, and what was half there goes."""
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.format(place="far"))
        notebook.run("print(tell(b'x').result())")
        notebook.run("future = double(os.urandom(30_000_000))")
        wait_for("half a result", lambda: any(each.suffix == ".part" for each in contents()))
        for pid, command in commands(pilothouse_home).items():
            if ".pyz" in command.split()[1]:
                os.kill(pid, signal.SIGKILL)
        printed = notebook.run("print(len(future.result()))", seconds=120)
        assert printed.strip() == "60000000"
    wait_for("no contents", lambda: not contents())


def test_a_worker_that_is_killed_while_it_sends_leaves_nothing(
    pilothouse_home: PilothouseHome, way: Way, tmp_path: Path
) -> None:
    """While its pool lives on, where the task runs again."""
    pids = tmp_path / "pids"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.format(place="far"))
        notebook.run(
            "@python_app\n"
            "def makes(path):\n"
            "    import os\n"
            "    pool = os.environ['PARSL_WORKER_POOL_ID']\n"
            "    with open(path, 'a') as file: file.write(f'{os.getpid()} {pool}\\n')\n"
            "    return os.urandom(1_000 if os.path.exists(path + '-killed') else 60_000_000)\n"
            f"future = makes({str(pids)!r})"
        )
        wait_for("half a result", lambda: any(each.suffix == ".part" for each in contents()))
        pids.with_name("pids-killed").touch()
        os.kill(int(pids.read_text().split()[0]), signal.SIGKILL)
        wait_for("no contents", lambda: not contents())
        assert notebook.run("print(len(future.result()))") == "1000\n"
        assert notebook.run("print(len(double(os.urandom(100_000)).result()))") == "200000\n"
        killed, again = (line.split() for line in pids.read_text().splitlines())
        assert again[0] != killed[0]
        assert again[1] == killed[1]


def test_a_full_disk_at_home_is_said_and_harms_no_later_task(
    pilothouse_home: PilothouseHome, way: Way, tmp_path: Path
) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.format(place="far"))
        notebook.run("print(tell(b'x').result())")
        _, most = resource.prlimit(bridge_pid(), resource.RLIMIT_FSIZE)
        resource.prlimit(bridge_pid(), resource.RLIMIT_FSIZE, (8_000_000, most))
        printed = notebook.run("print(double(os.urandom(5_000_000)).exception())")
        folder = re.escape(str(folders().state / "runs"))
        where = rf"in {folder}/.*/results on {re.escape(socket.gethostname())}"
        assert re.search(
            rf"a result of \d+ bytes cannot be sent: EFBIG.*{where}; make room", printed
        )
        wait_for("no contents", lambda: not contents())
        resource.prlimit(bridge_pid(), resource.RLIMIT_FSIZE, (most, most))
        assert notebook.run("print(len(double(os.urandom(5_000_000)).result()))") == "10000000\n"
