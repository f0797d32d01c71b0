"""Slurm and its nodes fail under a notebook: no task is lost, and it is said why."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from testbed import user
from testbed.slurm.cluster import Slurm

from .person import Cells, Person
from .test_slurm_queue import LATER, SHAPE, jobs

LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("slurm", blocks=1)

@python_app
def held(marks, until):
    import os, time
    where = os.environ["SLURMD_NODENAME"]
    with open(marks, "a") as file:
        file.write(where + "\\n")
    while not os.path.exists(until):
        time.sleep(0.05)
    return where
"""

APPENDS = """
@python_app
def appends(path):
    import os, struct, time
    if os.path.exists(path):
        return os.path.getsize(path)
    header = b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", 118)
    header += b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\\n"
    written = 0
    with open(path, "wb") as array:
        array.write(header)
        try:
            while True:
                array.write(struct.pack("<d", written))
                written += 1
                time.sleep(0.01)
        finally:
            with open(path + ".count", "w") as count:
                count.write(str(written))
"""


def loaded(person: Person, **pilot: object) -> Cells:
    """A notebook whose one pilot is asked for."""
    person.profile("slurm", {"kind": "slurm"}, pilot={**SHAPE, **pilot})
    notebook = person.open()
    notebook.run(LOAD)
    return notebook


def held_task(person: Person, notebook: Cells) -> tuple[Path, Path]:
    """A task that runs; the file with a line for each try, and the one it waits for."""
    marks, until = person.root / "work" / "marks", person.root / "work" / "until"
    notebook.run(f"future = held({str(marks)!r}, {str(until)!r})")
    person.wait_for("the task to start", marks.exists)
    return marks, until


@pytest.mark.over_ssh(long=True)
def test_a_node_that_is_cut_off(slurm: Slurm, at_slurm: Person) -> None:
    notebook = loaded(at_slurm)
    marks, until = held_task(at_slurm, notebook)
    (first,) = at_slurm.wait_for_states("slurm", "leased")
    node = str(first["slot"])
    # The job goes on there, and its agent speaks on; but Slurm starts it again elsewhere.
    slurm.stop(f"slurmd-{node}")
    slurm.down_node(node)
    queued = at_slurm.wait_for_states("slurm", "queued")
    # Slurm lets two minutes pass before it starts a job again.
    slurm.control("update", f"JobId={queued[0]['schedulerId']}", "StartTime=now")

    def again() -> bool:
        (pilot,) = at_slurm.pilots("slurm")
        return pilot["attempt"] == 2 and pilot["state"] == "leased"

    at_slurm.wait_for("the second attempt", again, 30)
    at_slurm.wait_for("the second try", lambda: len(marks.read_text().split()) == 2)
    until.write_text("")
    (second,) = at_slurm.pilots("slurm")
    assert second["slot"] != node
    assert second["schedulerId"] == first["schedulerId"]
    assert notebook.run("print(future.result())").strip() == second["slot"]
    assert marks.read_text().split() == [node, second["slot"]]
    (task,) = at_slurm.tasks()
    assert (task["state"], task["slot"]) == ("done", second["slot"])
    slurm.up_node(node)


@pytest.mark.over_ssh
def test_daemons_away_and_back(slurm: Slurm, at_slurm: Person) -> None:
    # Slurm's commands try for long to reach slurmctld.
    at_slurm.environment["PILOTHOUSE_TIMES"] = json.dumps(
        {"submissionSettleMs": 1500, "commandMs": 5000}
    )
    notebook = loaded(at_slurm)
    marks, until = held_task(at_slurm, notebook)
    (first,) = at_slurm.wait_for_states("slurm", "leased")

    def trouble() -> bool:
        found = at_slurm.pool("slurm")["schedulerTrouble"]
        return found is not None and found["code"] in ("command_failed", "command_hangs")

    for daemon, count in (("munge", 2), ("slurmctld", 3)):
        slurm.stop(daemon)
        notebook.run(f'pilothouse.load("slurm", blocks={count});')
        at_slurm.wait_for("the trouble", trouble)
        until.write_text("")
        assert notebook.run("print(future.result())").strip() == first["slot"]
        slurm.start(daemon)
        at_slurm.wait_for_states("slurm", *["leased"] * count, seconds=90)
        at_slurm.wait_for("no trouble", lambda: at_slurm.pool("slurm")["schedulerTrouble"] is None)
        assert len(at_slurm.pilots("slurm")) == count
        assert len(slurm.jobs()) == count
    assert marks.read_text().split() == [first["slot"]]


@pytest.mark.over_ssh(long=True)
def test_walltime_leaves_files_whole(slurm: Slurm, at_slurm: Person) -> None:
    notebook = loaded(at_slurm, walltime="1")
    array = at_slurm.root / "work" / "my_arr.npy"
    notebook.run(APPENDS + f"future = appends({str(array)!r})")
    (pilot,) = at_slurm.wait_for_states("slurm", "leased")
    count = array.with_name("my_arr.npy.count")
    at_slurm.wait_for("the end of the first try", lambda: count.exists() and count.read_text())
    size = int(notebook.run("print(future.result())"))
    assert size == 128 + 8 * int(count.read_text())
    assert size > 4096
    at_slurm.wait_for("its end", lambda: at_slurm.pilots("slurm")[0]["end"])
    first, second = at_slurm.pilots("slurm")
    assert (first["pilot"], first["end"]) == (pilot["pilot"], "walltime")
    (task,) = at_slurm.tasks()
    assert (task["state"], task["pilot"]) == ("done", second["pilot"])
    # The first pilot may have said that it begins no task any more.
    assert task["tries"] in (2, 3)
    assert at_slurm.pool("slurm")["stopped"] is None


@pytest.mark.over_ssh(long=True)
def test_a_python_that_cannot_serve(slurm: Slurm, at_slurm: Person) -> None:
    odd = at_slurm.root / "work" / "python3"
    at_slurm.write(odd, "#!/bin/sh\necho Python 2.7.18\n", program=True)
    at_slurm.profile("slurm", {"kind": "slurm"}, pilot=SHAPE, environment={"python": str(odd)})
    at_slurm.request("pools.setWanted", pool="slurm", count=3)
    stopped = at_slurm.wait_for("the stop", lambda: at_slurm.pool("slurm")["stopped"])
    assert stopped is not None
    assert stopped["code"] == "python_missing"
    assert f"{odd} of the profile's environment is no usable Python 3.11" in stopped["words"]
    assert "says Python 2.7.18" in stopped["words"]
    ended = [pilot for pilot in at_slurm.pilots("slurm") if pilot["state"] == "ended"]
    assert len(ended) >= 3
    for pilot in ended:
        assert pilot["end"] == "failed"
        assert pilot["why"] is not None
        assert pilot["why"]["code"] == "pilot.python_missing"
    assert "Python 2.7.18" in at_slurm.command("status", "slurm").stdout


@contextmanager
def small_disk(slurm: Slurm, mib: int) -> Iterator[Path]:
    """A disk of the person's that submit host and nodes have at one place."""
    folder = user.SHARED / "small"
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m,uid={user.UID},mode=700", "none", folder],
        check=True,
    )
    try:
        # The site has the mounts that were there when it was started.
        slurm.down()
        slurm.up()
        yield folder
    finally:
        slurm.clear()
        slurm.down()
        subprocess.run(["umount", folder], check=True)
        slurm.up()


def test_a_disk_that_is_full(slurm: Slurm, at_slurm: Person) -> None:
    with small_disk(slurm, 24) as disk:
        host = {"folder": str(disk / "pilots")}
        at_slurm.profile("slurm", {"kind": "slurm"}, pilot=SHAPE, submitHost=host)
        at_slurm.profile("later", {"kind": "slurm", "further": LATER}, pilot=SHAPE, submitHost=host)
        notebook = at_slurm.open()
        notebook.run(LOAD)
        notebook.run("@python_app\ndef prints():\n    print('x' * 100)\n    return 1\n")
        assert notebook.run("print(prints().result())").strip() == "1"
        at_slurm.request("pools.setWanted", pool="later", count=1)
        waiting = at_slurm.wait_for_states("later", "queued")
        at_slurm.run("dd", "if=/dev/zero", f"of={disk / 'fill'}", "bs=64k")
        at_slurm.run("sh", "-c", f"cat /dev/zero >> {disk / 'fill'}")
        # What runs goes on.
        assert notebook.run("print(prints().result())").strip() == "1"
        # What starts says what it lacks.
        for job in jobs(waiting):
            slurm.control("update", f"JobId={job}", "StartTime=now")
        stopped = at_slurm.wait_for("the stop", lambda: at_slurm.pool("later")["stopped"])
        assert stopped is not None
        assert "no space left on device" in stopped["words"]
        assert str(disk) in stopped["words"]
        assert "{" not in stopped["words"]
        first = at_slurm.pilots("later")[0]
        assert (first["end"], first["cause"]) == ("failed", "folder_missing")
        assert first["why"] is not None
        assert {"kind": "edit", "field": "submitHost.folder"} in first["why"]["actions"]
        notebook.run("import parsl; parsl.dfk().cleanup()")
        at_slurm.close()
        at_slurm.end()
