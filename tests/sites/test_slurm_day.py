"""A notebook's day on Slurm: tasks on real pilots, and what is said of them."""

from __future__ import annotations

import socket

import pytest

from testbed.slurm.cluster import Slurm

from .person import Person

LOAD = """
import pilothouse
from parsl import join_app, python_app
pilothouse.load("slurm", blocks=2)

@python_app
def where(add=0):
    import os, socket
    return os.environ["SLURMD_NODENAME"], socket.gethostname(), os.getuid(), add

@python_app
def double(number):
    return 2 * number

@join_app
def many(number):
    return [double(index) for index in range(number)]
"""


@pytest.mark.over_ssh
def test_tasks_run_on_pilots_of_slurm(slurm: Slurm, at_slurm: Person) -> None:
    at_slurm.profile(
        "slurm",
        {"kind": "slurm", "partition": "general"},
        pilot={"walltime": "10", "memoryMiB": 500, "cores": 2},
    )
    notebook = at_slurm.open()
    notebook.run(LOAD)
    printed = notebook.run(
        "places = [where(add) for add in range(3)]\n"
        "print([place.result() for place in places])\n"
        "print(many(4).result())"
    )
    places, joined = printed.splitlines()
    assert joined == "[0, 2, 4, 6]"
    at_slurm.wait_for_states("slurm", "leased", "leased")
    at_slurm.tasks()  # the kernel has told the end of each
    at_slurm.wait_for("rest", lambda: at_slurm.pool("slurm")["counts"]["idle"] == 2)

    status = at_slurm.status("slurm")
    (pool,) = status["pools"]
    assert (pool["scheduler"], pool["submitHost"]) == ("slurm", at_slurm.submit_host)
    assert (pool["counts"]["idle"], pool["stopped"], pool["schedulerTrouble"]) == (2, None, None)
    pilots = {pilot["pilot"]: pilot for pilot in status["pilots"]}
    jobs = {pilot["schedulerId"] for pilot in pilots.values()}
    assert jobs == {line.split()[0] for line in slurm.jobs()}
    for pilot in pilots.values():
        assert (pilot["site"], pilot["host"]) == ("slurm", socket.gethostname())
        assert (pilot["cores"], pilot["memoryMiB"], pilot["attempt"]) == (2, 500, 1)
        started, ends = pilot["startedAtMs"], pilot["endsByMs"]
        assert started is not None
        assert ends is not None
        assert 500_000 < ends - started <= 600_000
    for task in at_slurm.tasks():
        assert (task["state"], task["tries"]) == ("done", 1)
        if task["app"] == "many":
            assert task["pilot"] is None  # a join runs in the kernel
            continue
        pilot = pilots[str(task["pilot"])]
        assert (task["site"], task["host"]) == (pilot["site"], pilot["host"])
        assert task["slot"] == pilot["slot"]
        began, ended = task["startedAtMs"], task["endedAtMs"]
        assert began is not None
        assert ended is not None
        assert (pilot["startedAtMs"] or 0) < began <= ended
    ran_at = {(task["slot"], task["app"]) for task in at_slurm.tasks()}
    for _, node in ((app, node) for node, app in ran_at if app == "where"):
        assert str(node) in places
    assert sum(pilot["ran"] for pilot in pilots.values()) == 7
