"""The worker's part in one process: payloads, stamps, errors, what was printed."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from parsl.serialize import deserialize, serialize

from pilothouse.agent import worker
from pilothouse.agent.payload import pack, unpack
from pilothouse.agent.slots import Running, SlotFile, WorkerSlot


def stamp_of(function: Callable[..., object], *args: object, **kwargs: object) -> worker.Stamp:
    return worker.run(pack(serialize(function), pickle.dumps((args, kwargs), 5)), 7)


def error_of(stamp: worker.Stamp) -> tuple[str, str, str]:
    assert stamp[7] == "error"
    assert stamp[9] is not None
    return stamp[9]


def test_a_payload_is_what_was_packed() -> None:
    function, args = unpack(pack(b"function", b"args"))
    assert (bytes(function), bytes(args)) == (b"function", b"args")


@pytest.mark.parametrize("buffer", [b"", b"PH1\n", b"PH0\n\0\0\0\0", pack(b"f" * 9, b"")[:-1]])
def test_what_is_no_payload_is_refused(buffer: bytes) -> None:
    with pytest.raises(ValueError, match=r"format|cut short"):
        unpack(buffer)
    kind, message, _ = error_of(worker.run(buffer, 7))
    assert kind == "ValueError"
    assert message


def test_arguments_come_by_pickle_or_by_parsl() -> None:
    def add(first: int, second: int = 2) -> int:
        return first + second

    by_parsl = pack(serialize(add), serialize(((1,), {"second": 5})))
    assert deserialize(worker.run(by_parsl, 7)[8]) == 6
    assert deserialize(stamp_of(add, 1)[8]) == 3


def test_results_that_pickle_cannot_send_go_by_dill() -> None:
    sent = stamp_of(lambda: lambda: 5)
    assert sent[7] == "value"
    assert deserialize(sent[8])() == 5


def test_the_function_is_unpacked_once() -> None:
    def counted() -> int:
        calls: int = vars(counted).get("calls", 0) + 1
        vars(counted)["calls"] = calls
        return calls

    buffer = pack(serialize(counted), pickle.dumps(((), {}), 5))
    assert [deserialize(worker.run(buffer, 7)[8]) for _ in range(3)] == [1, 2, 3]


def test_a_result_that_cannot_be_sent_names_app_and_type() -> None:
    def opens() -> object:
        import threading

        return threading.Lock()

    def generates() -> object:
        return (number for number in range(3))

    kind, message, _ = error_of(stamp_of(generates))
    assert kind == "TypeError"
    assert "'generates'" in message
    assert "builtins.generator" in message
    # dill sends locks, files and the like: as Parsl does, so do we
    assert stamp_of(opens)[7] == "value"


class NeedsTwo(Exception):
    """Pickles well and cannot be unpickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first}-{second}")


def test_an_exception_that_cannot_be_unpickled_keeps_its_words() -> None:
    def fails() -> None:
        raise NeedsTwo("port", "starboard")

    stamp = stamp_of(fails)
    assert error_of(stamp)[:2] == ("NeedsTwo", "port-starboard")
    with pytest.raises(RuntimeError, match="NeedsTwo: port-starboard"):
        deserialize(stamp[8]).reraise()


@pytest.mark.parametrize(
    ("ending", "name"), [(SystemExit(3), "SystemExit"), (KeyboardInterrupt(), "KeyboardInterrupt")]
)
def test_an_app_that_ends_its_process_ends_its_task_only(ending: BaseException, name: str) -> None:
    def leaves(ending: BaseException) -> None:
        raise ending

    stamp = stamp_of(leaves, ending)
    assert error_of(stamp)[0] == name
    with pytest.raises(RuntimeError, match=name):
        deserialize(stamp[8]).reraise()


def test_long_words_are_cut() -> None:
    def fails() -> None:
        def deeper(level: int) -> None:
            if level == 0:
                raise ValueError("x" * 50_000)
            try:
                deeper(level - 1)
            except ValueError as error:
                raise RuntimeError("y" * 5000) from error

        deeper(20)

    _, message, traceback = error_of(stamp_of(fails))
    assert len(message) == 2000
    assert len(traceback) <= 16_384
    assert traceback.rstrip().endswith("y")


def test_an_exception_whose_str_fails_is_an_error_all_the_same() -> None:
    def fails() -> None:
        class Odd(Exception):
            def __str__(self) -> str:
                raise OSError

        raise Odd

    assert error_of(stamp_of(fails))[:2] == ("Odd", "<its __str__ raised OSError>")


def test_only_the_end_of_what_is_printed_is_kept(tmp_path: Path) -> None:
    program = (
        "import pickle, sys\n"
        "from parsl.serialize import serialize\n"
        "from pilothouse.agent import printed, worker\n"
        "from pilothouse.agent.payload import pack\n"
        "from pilothouse.agent.worker_process import redirect_output\n"
        "redirect_output(sys.argv[1])\n"
        "printed.OUTPUT_FILE_BYTES = 100_000\n"
        "def run(f): return worker.run(pack(serialize(f), pickle.dumps(((), {}), 5)), 1)[6]\n"
        "long = run(lambda: print('\\u00e9' * 200_000 + 'end'))\n"
        "assert len(long) == 8192 and long.endswith('\\u00e9end\\n'), long[-10:]\n"
        "assert run(lambda: print('short')) == 'short\\n'\n"
        "import os; assert os.fstat(1).st_size == 6\n"
        "def closes(): sys.stdout.close()\n"
        "assert run(closes) == ''\n"
        "assert run(lambda: os.write(2, b'still')) == 'still'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")], capture_output=True, check=False
    )
    assert done.returncode == 0, (tmp_path / "out").read_text()[-3000:]


def test_slots_show_who_is_busy(tmp_path: Path) -> None:
    slots = SlotFile(tmp_path / "running", 3)
    assert slots.read() == ()
    first, third = (WorkerSlot(str(tmp_path / "running"), rank) for rank in (0, 2))
    third.note(41, 1000.5)
    first.note(40, 1.0)
    assert slots.read() == (Running(0, 40, 1.0), Running(2, 41, 1000.5))
    first.clear()
    assert slots.read() == (Running(2, 41, 1000.5),)
    WorkerSlot(str(tmp_path / "running"), 2)  # the worker that follows a dead one
    assert slots.read() == ()
    with pytest.raises(ValueError, match="no record for worker 3"):
        WorkerSlot(str(tmp_path / "running"), 3)


def test_a_torn_record_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "running"
    slots = SlotFile(path, 1)
    WorkerSlot(str(path), 0).note(40, 1.0)
    with open(path, "r+b") as file:
        file.seek(8)
        file.write((99).to_bytes(8, "little"))
    assert slots.read() == ()
    with open(path, "r+b") as file:
        file.seek(8)
        file.write((40).to_bytes(8, "little"))
    assert slots.read() == (Running(0, 40, 1.0),)


def test_a_running_task_is_seen_in_its_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = SlotFile(tmp_path / "running", 2)
    monkeypatch.setenv("PILOTHOUSE_SLOTS", str(tmp_path / "running"))
    monkeypatch.setenv("PILOTHOUSE_PILOT", "p-9")
    monkeypatch.setenv("PARSL_WORKER_RANK", "1")
    monkeypatch.setattr(worker, "_place", None)
    seen: list[tuple[Running, ...]] = []
    monkeypatch.setattr(worker, "_function", lambda _: lambda: seen.append(slots.read()))
    stamp = stamp_of(os.getpid)
    assert seen == [(Running(1, 7, seen[0][0].started_at_ms),)]
    assert abs(seen[0][0].started_at_ms - stamp[4]) < 0.01
    assert stamp[2:4] == ("p-9", 1)
    assert slots.read() == ()
    monkeypatch.setattr(worker, "_place", None)
