"""The agent's small parts: the command line, the archive, frames, what a node has."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pilothouse.agent import report
from pilothouse.agent.archive import build
from pilothouse.agent.checked import InvalidMessage
from pilothouse.agent.command import POOL_MODULE, pool_arguments, workers
from pilothouse.agent.fork_server import can_be_forked
from pilothouse.agent.frames import ContentFrame, Decoder, encode, encode_piece
from pilothouse.agent.lease_folder import Curve, make

PYTHON = ["@python@", "-m", POOL_MODULE]
ACCELERATORS = "--available-accelerators"


def test_place_holders_are_filled_and_the_module_is_found() -> None:
    values = {"python": "/usr/bin/python3", "uid": "s-1", "logdir": "/x y"}
    assert pool_arguments([*PYTHON, "--uid", "@uid@", "--logdir=@logdir@"], values, []) == [
        "--uid",
        "s-1",
        "--logdir=/x y",
    ]
    assert pool_arguments(["/bin/process_worker_pool.py", "-d"], values, []) == ["-d"]


@pytest.mark.parametrize(
    ("command", "words"),
    [(["sh", "-c", "true"], "does not run"), ([*PYTHON, "@home@"], "place-holder @home@")],
)
def test_other_commands_are_refused(command: list[str], words: str) -> None:
    with pytest.raises(InvalidMessage, match=words):
        pool_arguments(command, {"python": "python"}, [])


@pytest.mark.parametrize(
    ("asked", "gpus", "given"),
    [
        (["0", "1"], ["GPU-a", "GPU-b"], ["GPU-a", "GPU-b"]),
        (["0", "1", "2"], ["GPU-a"], ["GPU-a"]),
        (["0"], ["GPU-a", "GPU-b"], ["GPU-a"]),
        (["0", "0", "1", "1"], ["GPU-a", "GPU-b"], ["GPU-a", "GPU-a", "GPU-b", "GPU-b"]),
        ([], ["GPU-a"], []),
        (["0", "1"], [], ["0", "1"]),
    ],
)
def test_accelerators_are_the_pilots(asked: list[str], gpus: list[str], given: list[str]) -> None:
    arguments = pool_arguments(
        [*PYTHON, ACCELERATORS, *asked, "--poll", "10"], {"python": "python"}, gpus
    )
    assert arguments == [ACCELERATORS, *given, "--poll", "10"]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--max_workers_per_node=3", "-c", "1e-06"], 3),
        (["--max_workers_per_node", "3"], 3),
        ([], 4),
        (["-c", "2"], 2),
        (["-c", "1e-06"], 4096),
        (["--cores_per_worker=8"], 1),
    ],
)
def test_workers_are_counted_as_htex_does(arguments: list[str], count: int) -> None:
    assert workers(arguments, cores=4) == count


def test_the_archive_is_the_same_each_time(tmp_path: Path) -> None:
    first, second = build(tmp_path / "one"), build(tmp_path / "two")
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o777 == 0o600
    assert first.parent.stat().st_mode & 0o777 == 0o700
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
    assert "__main__.py" in names
    assert "pilothouse_agent/worker.py" in names
    assert not any("archive" in name for name in names)


def test_a_damaged_archive_is_replaced(tmp_path: Path) -> None:
    archive = build(tmp_path)
    content = archive.read_bytes()
    archive.write_bytes(b"half")
    assert build(tmp_path) == archive
    assert archive.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == [archive.name]


def test_the_agent_itself_needs_the_standard_library_only(tmp_path: Path) -> None:
    """-S -I: no site-packages, as under the system Python of a worker node."""
    archive = build(tmp_path)
    program = f"import sys; sys.path.insert(0, {str(archive)!r}); import pilothouse_agent.main"
    subprocess.run([sys.executable, "-S", "-I", "-c", program], check=True)


def test_frames_are_cut_wherever_they_break() -> None:
    data = encode({"a": 1}) + encode({"b": "é"})
    assert struct.unpack(">I", data[:4])[0] == len(json.dumps({"a": 1}, separators=(",", ":"))) + 1
    decoder = Decoder()
    got = [message for byte in data for message in decoder.feed(bytes([byte]))]
    assert got == [{"a": 1}, {"b": "é"}]
    assert list(Decoder().feed(data)) == got


@pytest.mark.parametrize("at_once", [1000, 16_384, 65_536, 300_000, 10_000_000])
def test_pieces_of_contents_are_right_until_they_are_taken(at_once: int) -> None:
    sizes = (200_000, 7, 262_144, 262_144, 70_000, 2_000_000, 262_144)
    sent = [(os.urandom(12), os.urandom(size)) for size in sizes]
    data = b"".join(encode({"n": 1}) + encode_piece(head, len(rest)) + rest for head, rest in sent)
    decoder = Decoder()
    got: list[object] = []
    for at in range(0, len(data), at_once):
        # Each is looked at once all is read that came with it.
        for message in list(decoder.feed(data[at : at + at_once])):
            got.append(bytes(message.content) if isinstance(message, ContentFrame) else message)
    assert got == [each for head, rest in sent for each in ({"n": 1}, head + rest)]


def test_a_frame_too_large_for_the_bridge_is_not_sent() -> None:
    with pytest.raises(InvalidMessage, match="4 MiB"):
        encode({"a": "x" * (4 * 1024 * 1024)})


def test_a_lease_folder_is_private_and_has_no_secret_of_the_server(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        public = 'metadata\ncurve\n    public-key = "' + "p" * 40 + '"\n'
        folder = make(tmp_path, "s-1", Curve("client", "secret", public))
    finally:
        os.umask(old)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.certificates.stat().st_mode & 0o777 == 0o700
    for key in folder.certificates.iterdir():
        assert key.stat().st_mode & 0o777 == 0o600
    assert "p" * 40 in (folder.certificates / "server.key_secret").read_text()
    with pytest.raises(InvalidMessage, match="serverPublicKey"):
        make(tmp_path, "s-2", Curve("client", "secret", "nothing"))
    with pytest.raises(InvalidMessage, match="not an id"):
        make(tmp_path, "../s-3", None)


def test_old_lease_folders_go(tmp_path: Path) -> None:
    for number in range(30):
        make(tmp_path, f"s-{number}", None)
        os.utime(tmp_path / "leases" / f"s-{number}", (number, number))
    names = {each.name for each in (tmp_path / "leases").iterdir()}
    assert "s-29" in names
    assert "s-0" not in names
    assert len(names) == 21


def test_gpus_are_those_of_the_job() -> None:
    assert report.gpus({"CUDA_VISIBLE_DEVICES": "0, MIG-1/2"}) == ["0", "MIG-1/2"]
    assert report.gpus({"CUDA_VISIBLE_DEVICES": ""}) == []


def test_gpus_of_the_node_where_no_job_says(tmp_path: Path) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA A100 (UUID: GPU-8f)'\necho noise\n")
    smi.chmod(0o700)
    program = "from pilothouse.agent import report; print(report.gpus({}))"
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PATH": str(tmp_path) + os.pathsep + "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "['GPU-8f']\n"


def test_memory_is_what_was_granted() -> None:
    assert report.memory_mib(None) > report.memory_mib(1) == 1


def test_this_pythons_fork_server_can_be_ours() -> None:
    """If not, pools start half a second later; 3.14 is known to be so."""
    assert can_be_forked() == (sys.version_info < (3, 14))
