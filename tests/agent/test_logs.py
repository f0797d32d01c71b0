"""What leases leave in the pilot's folder: told to the bridge, and its end printed."""

from __future__ import annotations

import base64
import fcntl
import os
import sys
from pathlib import Path
from typing import cast

import pytest

from pilothouse.agent import job, log_reading, log_tails
from pilothouse.agent.log_tails import MOST_OF_LEASE_BYTES, MOST_OF_PILOT_BYTES, LogTails, tail_of
from tests.protocol import number_of

from .contract import violation

LISTED = number_of("limits", "workerLogs") + 2
"""At most, with the pool's own."""


def lease(pilot: Path, start: str, at: float, **files: bytes) -> Path:
    """The folder of a lease's start; files by name, ``_`` for ``-`` and ``.out`` left out."""
    folder = pilot / "leases" / start
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / f"{name.replace('_', '-')}.out").write_bytes(content)
    os.utime(folder, (at, at))
    return folder


def asked(pilot: Path, method: str, **params: object) -> dict[str, object]:
    """What a question is answered with, which is as the protocol has it."""
    said = log_reading.answer(pilot, method, {"id": 7, **params})
    assert violation({"method": "agent.log", "params": said}) is None
    assert said["id"] == 7
    return cast(dict[str, object], said["answer"])


def read(pilot: Path, start: str, name: str, offset: int = 0, most: int = 100) -> str:
    """The content of a piece, or the kind of another answer."""
    said = asked(pilot, "logs.read", start=start, name=name, offset=offset, bytes=most)
    if said["kind"] != "piece":
        return str(said["kind"])
    return base64.b64decode(str(said["content"])).decode()


def test_leases_are_told_newest_first_with_their_files(tmp_path: Path) -> None:
    assert asked(tmp_path, "logs.list") == {
        "kind": "leases",
        "folder": str(tmp_path),
        "leases": [],
    }
    for number in range(6):
        lease(tmp_path, f"s{number}", 1000 + number, worker_0=b"printed", pool=b"")
    (tmp_path / "leases" / "s5" / "running").write_bytes(b"not told of")
    os.utime(tmp_path / "leases" / "s5", (2000, 2000))
    leases = cast(list[dict[str, object]], asked(tmp_path, "logs.list")["leases"])
    assert [each["start"] for each in leases] == ["s5", "s4", "s3", "s2"]
    files = cast(list[dict[str, object]], leases[0]["files"])
    assert [(each["name"], each["size"]) for each in files] == [
        ("pool.out", 0),
        ("worker-0.out", 7),
    ]


def test_of_many_workers_those_are_told_that_printed_last(tmp_path: Path) -> None:
    folder = lease(tmp_path, "s", 1000)
    for rank in range(100):
        file = folder / f"worker-{rank}.out"
        file.write_bytes(b"x")
        os.utime(file, (rank, rank))
    (folder / "worker-99.out").write_bytes(b"")
    leases = cast(list[dict[str, object]], asked(tmp_path, "logs.list")["leases"])
    files = cast(list[dict[str, object]], leases[0]["files"])
    assert len(files) == LISTED
    assert files[0]["name"] == "worker-98.out"
    assert "worker-99.out" not in [each["name"] for each in files]


def test_a_file_is_read_in_pieces(tmp_path: Path) -> None:
    lease(tmp_path, "s", 1000, worker_0=b"0123456789")
    assert read(tmp_path, "s", "worker-0.out", 2, 3) == "234"
    assert read(tmp_path, "s", "worker-0.out", -3) == "789"
    assert read(tmp_path, "s", "worker-0.out", -30) == "0123456789"
    assert read(tmp_path, "s", "worker-0.out", 30) == ""
    assert read(tmp_path, "s", "worker-1.out") == "none"
    assert read(tmp_path, "t", "worker-0.out") == "none"


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ("..", "pilot.json"),
        ("s", "../../pilot.json"),
        ("s", "pilot.json"),
        ("s/../s", "worker-0.out"),
        (".", "worker-0.out"),
        ("s", "worker-0.out\n"),
        ("s", "certificates"),
    ],
)
def test_no_other_file_can_be_named(tmp_path: Path, start: str, name: str) -> None:
    lease(tmp_path, "s", 1000, worker_0=b"printed")
    (tmp_path / "pilot.json").write_text("secret")
    assert read(tmp_path, start, name) == "failed"


def test_no_link_is_followed_and_no_pipe_waited_for(tmp_path: Path) -> None:
    pilot = tmp_path / "pilot"
    outside = lease(tmp_path / "other", "s", 1000, worker_0=b"secret")
    folder = lease(pilot, "s", 1000)
    (folder / "worker-0.out").symlink_to(outside / "worker-0.out")
    os.mkfifo(folder / "worker-1.out")
    (pilot / "leases" / "t").symlink_to(outside)
    assert read(pilot, "s", "worker-0.out") == "none"
    assert read(pilot, "s", "worker-1.out") == "none"
    assert read(pilot, "t", "worker-0.out") == "none"
    leases = cast(list[dict[str, object]], asked(pilot, "logs.list")["leases"])
    assert [(each["start"], each["files"]) for each in leases] == [("s", [])]
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "leases").symlink_to(tmp_path / "other" / "leases")
    assert asked(tmp_path / "third", "logs.list")["kind"] == "failed"
    assert read(tmp_path / "third", "s", "worker-0.out") == "none"


def test_too_much_at_once_is_refused(tmp_path: Path) -> None:
    lease(tmp_path, "s", 1000, worker_0=b"printed")
    assert read(tmp_path, "s", "worker-0.out", 0, 1 << 20) == "failed"


@pytest.mark.parametrize(
    ("content", "most", "text", "taken"),
    [
        (b"one\ntwo\n", 100, b"| one\n| two\n", 8),
        (b"one\ntwo", 100, b"| one\n| two\n", 7),
        (b"one\ntwo\n", 6, b"| two\n", 4),
        (b"one\ntwo\n", 11, b"| two\n", 4),
        (b"a long line\n", 6, b"| ne\n", 3),
        (b"50%\r100%\r\n", 100, b"| 50%\n| 100%\n", 10),
        (b"", 100, b"", 0),
    ],
)
def test_a_tail_is_whole_lines_behind_a_bar(
    content: bytes, most: int, text: bytes, taken: int
) -> None:
    tail = tail_of("worker-0.out", content, len(content), most)
    assert (tail.text, tail.taken) == (text, taken)
    assert len(tail.text) <= most


def test_the_end_of_a_leases_logs_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = lease(
        tmp_path,
        "s",
        1000,
        pool=b"pool\n",
        worker_10=b"ten\n",
        worker_2=b"---- end of worker-2.out\n",
        worker_3=b"",
    )
    os.utime(folder / "worker-10.out", (5000, 5000))
    LogTails(tmp_path).write("l", "s")
    assert capfd.readouterr().out == (
        "---- lease l, pool.out: 5 bytes\n| pool\n---- end of pool.out\n"
        "---- lease l, worker-2.out: 25 bytes\n| ---- end of worker-2.out\n"
        "---- end of worker-2.out\n"
        "---- lease l, worker-10.out: 4 bytes\n| ten\n---- end of worker-10.out\n"
    )


@pytest.mark.parametrize("workers", [1, 3, 500])
def test_a_lease_prints_no_more_than_its_share(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], workers: int
) -> None:
    folder = lease(tmp_path, "s", 1000, pool=b"pool\n")
    for rank in range(workers):
        (folder / f"worker-{rank}.out").write_bytes(b"\n" * 200_000)
    LogTails(tmp_path).write("l", "s")
    printed = capfd.readouterr().out
    assert MOST_OF_LEASE_BYTES // 2 < len(printed) <= MOST_OF_LEASE_BYTES
    assert "of 200000 bytes\n" in printed
    assert ("more workers' output is left out" in printed) == (workers == 500)


def test_a_pilot_prints_no_more_than_its_share(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    tails = LogTails(tmp_path)
    lease(tmp_path, "s", 1000, worker_0=b"line\n" * 30_000)
    for number in range(30):
        tails.write(f"l{number}", "s")
    printed = capfd.readouterr().out
    assert MOST_OF_PILOT_BYTES - MOST_OF_LEASE_BYTES < len(printed) <= MOST_OF_PILOT_BYTES
    assert [record.getMessage() for record in caplog.records] == [
        "lease l17: what it wrote is left out, as 1024 KiB stand above"
    ]


def test_only_a_scratch_directory_goes_with_its_job(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    assert not job.removes({}, tmp_path)
    assert job.removes({"_CONDOR_SCRATCH_DIR": f"{tmp_path}/here/.."}, tmp_path)
    assert not job.removes({"_CONDOR_SCRATCH_DIR": str(tmp_path / "here")}, tmp_path)
    assert not job.removes({"_CONDOR_SCRATCH_DIR": str(tmp_path / "gone")}, tmp_path)


def test_an_output_that_nobody_takes_up_does_not_hold_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lease(tmp_path, "s", 1000, worker_0=b"line\n" * 30_000)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb"), os.fdopen(writing, "w") as output:
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        monkeypatch.setattr(sys, "stdout", output)
        monkeypatch.setattr(log_tails, "_WRITE_SECONDS", 0.05)
        LogTails(tmp_path).write("l", "s")
    assert "were not taken up within 0.05 s" in caplog.text
