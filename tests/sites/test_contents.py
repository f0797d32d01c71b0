"""Large arguments and results at real schedulers, and what is left of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.htcondor.pool import HTCondor

from .person import Cells, Person

LOAD = """
import array, hashlib, os, pilothouse
from parsl import python_app
pilothouse.load({place!r}, blocks=1)

class Grid:
    def __init__(self, cells):
        self.cells = cells

    def doubled(self):
        return type(self)(self.cells * 2)

@python_app
def folders():
    import os
    store = os.path.dirname(os.environ["PILOTHOUSE_CONTENT_SOCKET"])
    return store, os.environ.get("_CONDOR_SCRATCH_DIR", "")

@python_app
def back(numbers):
    import hashlib
    return numbers, hashlib.sha256(numbers).hexdigest()

@python_app
def double(grid):
    return grid.doubled()

@python_app
def digest(content):
    import hashlib
    return hashlib.sha256(content).hexdigest()
"""

THERE_AND_BACK = """
for size in (40_000, 20_000_000):
    numbers = array.array("Q", os.urandom(size))
    came, told = back(numbers).result()
    print(came == numbers, told == hashlib.sha256(numbers).hexdigest())
    grid = double(Grid(os.urandom(size))).result()
    print(type(grid) is Grid, len(grid.cells) == 2 * size)
"""


def loaded(person: Person, place: str) -> tuple[Cells, Path, str]:
    """A notebook, and where its one pilot keeps contents; the third is the job's own folder."""
    notebook = person.open()
    notebook.run(LOAD.format(place=place))
    store, scratch = notebook.run("print(*folders().result(), sep='|')", 120).strip().split("|")
    return notebook, Path(store), scratch


def kept(person: Person) -> list[Path]:
    """What the kernel's folder of contents holds."""
    found = (person.state / "runs").glob("*/content/**/*")
    return [each for each in found if each.is_file()]


def there_and_back(person: Person, notebook: Cells) -> None:
    assert notebook.run(THERE_AND_BACK, 120).split() == ["True"] * 8
    assert {task["tries"] for task in person.tasks()} == {1}
    person.wait_for("an empty folder", lambda: not kept(person))
    person.close()
    runs = person.state / "runs"
    person.wait_for("no folder of contents", lambda: not list(runs.glob("*/content")))


@pytest.mark.over_ssh
def test_large_things_go_to_slurm_and_back(at_slurm: Person) -> None:
    at_slurm.profile(
        "slurm",
        {"kind": "slurm", "partition": "general"},
        pilot={"walltime": "10", "memoryMiB": 1000, "cores": 1},
    )
    notebook, store, _ = loaded(at_slurm, "slurm")
    assert store.is_dir()
    there_and_back(at_slurm, notebook)
    at_slurm.end()
    assert not store.exists()


@pytest.mark.over_ssh
def test_large_things_go_to_htcondor_and_back(at_htcondor: Person) -> None:
    at_htcondor.profile(
        "htcondor",
        {"kind": "htcondor"},
        pilot={"walltime": "30", "memoryMiB": 1000, "diskMiB": 1000},
    )
    notebook, store, scratch = loaded(at_htcondor, "htcondor")
    # Which goes with the job.
    assert scratch
    assert store.is_relative_to(scratch)
    there_and_back(at_htcondor, notebook)


def test_no_job_is_held_for_what_its_pilot_keeps(htcondor: HTCondor, at_htcondor: Person) -> None:
    at_htcondor.profile(
        "htcondor",
        {"kind": "htcondor", "further": "periodic_hold = DiskUsage > RequestDisk"},
        pilot={"walltime": "30", "memoryMiB": 1000, "diskMiB": 500},
    )
    notebook, _, _ = loaded(at_htcondor, "htcondor")
    printed = notebook.run(
        "same = []\n"
        "for _ in range(40):\n"
        "    content = os.urandom(20_000_000)\n"
        "    same.append(digest(content).result() == hashlib.sha256(content).hexdigest())\n"
        "print(same == [True] * 40)",
        300,
    )
    assert printed == "True\n"
    (pilot,) = at_htcondor.pilots("htcondor")
    assert pilot["attempt"] == 1
    (usage,) = htcondor.admin(
        "condor_q", str(pilot["schedulerId"]), "-allusers", "-af", "DiskUsage"
    ).splitlines()
    # It was noticed: more than one content is kept.
    assert 40_000 < int(usage) < 500 * 1024
    assert {task["tries"] for task in at_htcondor.tasks()} == {1}
