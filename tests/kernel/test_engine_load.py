"""`load`, `config` and `executor` with real Parsl and real worker pools."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import parsl
import pytest
from parsl import Config, python_app
from parsl.executors.threads import ThreadPoolExecutor

import pilothouse
from pilothouse.errors import PilothouseError

from .engine_bridge import BridgeInTest
from .engine_waiting import wait_for


def test_a_call_runs_on_a_pilot_and_comes_back(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", blocks=1)

    @python_app
    def where(number: int) -> tuple[int, str, str]:
        import os

        return number + 1, os.environ["PILOTHOUSE_PILOT"], os.getcwd()

    number, pilot, folder = where(1).result(timeout=60)
    assert number == 2
    assert folder == os.getcwd()
    (registered,) = wait_for("the registration", lambda: bridge_in_test.said("leases.registered"))
    assert pilot == f"pilot-{registered['lease']}"
    said = bridge_in_test.said
    wait_for("the load to be 0 again", lambda: said("executors.load")[-1]["unfinished"] == 0)
    reports = wait_for(
        "a report with the pilot",
        lambda: [task for task in bridge_in_test.reported() if task.get("pilot") == pilot],
    )
    assert reports[-1]["state"] == "done"


def test_exceptions_are_the_apps_own_and_not_tried_again(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    pilothouse.load("local", blocks=1)

    @python_app
    def fail(counted: str) -> None:
        with open(counted, "a") as file:
            file.write("x")
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail(str(tmp_path / "calls")).result(timeout=60)
    assert (tmp_path / "calls").read_text() == "x"


def test_own_retries_count_the_apps_exceptions(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    pilothouse.load("local", blocks=1, retries=2)

    @python_app
    def fail(counted: str) -> None:
        with open(counted, "a") as file:
            file.write("x")
        raise KeyError("mine")

    with pytest.raises(KeyError):
        fail(str(tmp_path / "calls")).result(timeout=60)
    assert (tmp_path / "calls").read_text() == "xxx"


def test_what_cannot_be_pickled_is_named(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", blocks=1)

    @python_app
    def use(number: int, connection: object) -> None: ...

    with socket.socket() as open_socket:
        future = use(1, connection=open_socket)
        with pytest.raises(PilothouseError) as raised:
            future.result(timeout=60)
    assert raised.value.code == "not_picklable"
    assert "use" in str(raised.value)
    assert "argument 'connection', a socket.socket" in str(raised.value)


def test_a_result_that_cannot_be_read_fails_its_own_task_only(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    pilothouse.load("local", blocks=1)
    (tmp_path / "only_there.py").write_text("class Thing: pass\n")

    @python_app
    def make(folder: str) -> object:
        import sys

        sys.path.append(folder)
        from importlib import import_module

        made: object = import_module("only_there").Thing()
        return made

    @python_app
    def fine() -> int:
        return 1

    broken = make(str(tmp_path))
    with pytest.raises(PilothouseError, match="cannot be unpickled here"):
        broken.result(timeout=60)
    assert fine().result(timeout=60) == 1


@pytest.mark.parametrize(
    ("keywords", "code"),
    [
        ({"blocks": -1}, "negative_number"),
        ({"blocks": True}, "not_a_number"),
        ({"blocks": 2.0}, "not_a_number"),
        ({"blocks": "4"}, "not_a_number"),
        ({"blocks": float("nan")}, "not_a_number"),
        ({"blocks": 10**30}, "too_many_pilots"),
        ({"auto": 4}, "not_a_pair"),
        ({"auto": (3, 1)}, "limits_reversed"),
        ({"auto": (0, -1)}, "negative_number"),
        ({"blocks": 1, "auto": (0, 1)}, "blocks_and_auto"),
        ({"executors": []}, "executors_given"),
    ],
)
def test_bad_input_is_refused_with_field_and_remedy(
    bridge_in_test: BridgeInTest, keywords: dict[str, object], code: str
) -> None:
    load = getattr(pilothouse, "load")  # noqa: B009 - what a person writes is not type-checked
    with pytest.raises(PilothouseError) as raised:
        load("local", **keywords)
    assert raised.value.code == code
    assert next(iter(keywords)) in str(raised.value) or "executor" in str(raised.value)


def test_an_unknown_profile_is_an_error_that_costs_nothing(bridge_in_test: BridgeInTest) -> None:
    dfk = pilothouse.load("local", blocks=1)
    with pytest.raises(PilothouseError, match="no profile ospol"):
        pilothouse.load("ospol")
    assert parsl.dfk() is dfk


def test_loading_again_scales_in_place(bridge_in_test: BridgeInTest) -> None:
    dfk = pilothouse.load("local", blocks=1)
    wait_for("a pool", lambda: len(bridge_in_test.pools) == 1)
    assert pilothouse.load("local", blocks=2) is dfk
    wait_for("two pools", lambda: len(bridge_in_test.said("leases.registered")) == 2)
    assert pilothouse.load("local", auto=(0, 3)) is dfk
    wait_for("none wanted", lambda: not bridge_in_test.pools)
    assert bridge_in_test.said("executors.ask")[-1]["ask"] == {"kind": "auto", "min": 0, "max": 3}


def test_other_differences_wait_for_the_tasks_or_fail_them(bridge_in_test: BridgeInTest) -> None:
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def slow() -> None:
        import time

        time.sleep(600)

    waiting = slow()
    behind = slow(waiting)
    with pytest.raises(PilothouseError) as raised:
        pilothouse.load("local", blocks=1, retries=1)
    assert raised.value.code == "unfinished_tasks"
    assert "retries was not given" in str(raised.value)
    assert raised.value.params["count"] == 2
    another = pilothouse.load("local", blocks=1, retries=1, restart=True)
    assert another is not dfk
    with pytest.raises(parsl.executors.errors.BadStateException, match="restart=True"):
        waiting.result(timeout=30)
    with pytest.raises(parsl.dataflow.errors.DependencyError):
        behind.result(timeout=30)
    assert pilothouse.load("local", blocks=1) is not another


def test_parsl_loaded_by_hand_is_not_touched(bridge_in_test: BridgeInTest, tmp_path: Path) -> None:
    config = Config(executors=[ThreadPoolExecutor()], run_dir=str(tmp_path))
    with parsl.load(config) as dfk:
        with pytest.raises(PilothouseError) as raised:
            pilothouse.load("local")
        assert raised.value.code == "parsl_already_loaded"
        assert parsl.dfk() is dfk


def test_config_and_executor_serve_a_persons_own_parsl(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    config = Config(
        executors=[pilothouse.executor("local", label="far", blocks=1), ThreadPoolExecutor()],
        run_dir=str(tmp_path),
        strategy_period=0.1,
    )

    @python_app(executors=["far"])
    def where() -> str:
        import os

        return os.environ.get("PILOTHOUSE_PILOT", "here")

    with parsl.load(config):
        assert where().result(timeout=60).startswith("pilot-")
        assert wait_for("a report", lambda: bridge_in_test.said("tasks.report"))
    with parsl.load(pilothouse.config("local", blocks=1)) as dfk:
        assert next(iter(dfk.executors)) == "local"
        assert dfk.config.strategy == "none"


def test_cleanup_leaves_no_future_waiting(bridge_in_test: BridgeInTest) -> None:
    bridge_in_test.starts_pools = False
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def add(number: int, *others: object) -> int:
        return number

    first = add(1)
    second = add(2, first)
    dfk.cleanup()
    with pytest.raises(parsl.executors.errors.BadStateException, match="cleaned up"):
        first.result(timeout=30)
    with pytest.raises(parsl.dataflow.errors.DependencyError):
        second.result(timeout=30)


def test_who_submits_after_the_cleanup_is_told(bridge_in_test: BridgeInTest) -> None:
    # As Parsl's launching thread does where a task became ready a moment before.
    bridge_in_test.starts_pools = False
    dfk = pilothouse.load("local", blocks=1)
    executor = dfk.executors["local"]
    dfk.cleanup()
    with pytest.raises(parsl.executors.errors.BadStateException, match="cleaned up"):
        executor.submit(print, {})


def test_what_was_never_sent_is_not_kept(
    bridge_in_test: BridgeInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge_in_test.starts_pools = False
    executor = pilothouse.load("local", blocks=1).executors["local"]

    def refuses(*_: object) -> None:
        kept.extend(found())
        raise OSError("no more")

    def found() -> list[str]:
        runs = Path(os.environ["PILOTHOUSE_STATE_DIR"]) / "runs"
        return [each.name for each in runs.glob("*/content/*") if each.is_file()]

    kept: list[str] = []
    monkeypatch.setattr(executor, "submit_payload", refuses)
    with pytest.raises(OSError, match="no more"):
        executor.submit(print, {}, bytes(100_000))
    assert len(kept) == 1
    assert found() == []


def test_a_fork_of_the_kernel_disturbs_nothing(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", blocks=1)

    @python_app
    def one() -> int:
        return 1

    assert one().result(timeout=60) == 1
    child = os.fork()
    if child == 0:
        code = 1
        try:
            pilothouse.load("local")
        except PilothouseError as error:
            parsl.dfk().executors["local"].shutdown()
            code = 0 if error.code == "forked" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert one().result(timeout=60) == 1
    assert not bridge_in_test.said("executors.close")


def test_a_script_that_never_cleans_up_ends(bridge_in_test: BridgeInTest, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = str(Path(pilothouse.__file__ or "").parent.parent)
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")


SCRIPT = """
import tempfile
from pathlib import Path

import pilothouse
import pilothouse.bridge
from parsl import python_app
from tests.kernel.engine_bridge import BridgeInTest

bridge = BridgeInTest(Path(tempfile.mkdtemp()))
pilothouse.bridge.connect = bridge.connect
pilothouse.load("local", blocks=1)

@python_app
def answer():
    return 42

print(answer().result())
"""
