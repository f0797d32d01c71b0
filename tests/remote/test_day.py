"""A notebook here, a submit host that asks for password and code there, workers behind it."""

from __future__ import annotations

from .traveller import Traveller

CELL = """
import pilothouse
from parsl import join_app, python_app
pilothouse.load("far", blocks=2)

@python_app
def where():
    import os, socket
    return socket.gethostname(), os.getpid()

@python_app
def double(number):
    return 2 * number

@join_app
def many(number):
    return [double(index) for index in range(number)]
"""
SHAPE = {"walltime": "30", "memoryMiB": 600, "diskMiB": 500}


def test_pilots_of_htcondor_run_tasks_through_the_submit_host(to_htcondor: Traveller) -> None:
    person = to_htcondor.person
    to_htcondor.profile("far", {"kind": "htcondor"}, pilot=SHAPE)
    notebook = person.open()
    notebook.run(CELL)
    person.wait_for_states("far", "requested", "requested")
    found = to_htcondor.log_in("far")
    assert found["methods"] == ["keyboard-interactive"]
    assert notebook.run("print(sum(many(100).result()))", 180) == "9900\n"
    assert person.command("down", "far").returncode == 0


def test_pilots_of_slurm_run_tasks_through_the_submit_host(to_slurm: Traveller) -> None:
    person = to_slurm.person
    pilot = {key: value for key, value in SHAPE.items() if key != "diskMiB"}
    to_slurm.profile("far", {"kind": "slurm"}, pilot=pilot)
    to_slurm.log_in("far")
    notebook = person.open()
    notebook.run(CELL)
    assert notebook.run("print(sum(many(100).result()))", 180) == "9900\n"
    assert person.command("down", "far").returncode == 0
