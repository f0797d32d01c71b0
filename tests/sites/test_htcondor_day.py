"""A notebook's day on HTCondor: nodes that see nothing of its files and have another Python."""

from __future__ import annotations

import json

import pytest

from testbed.htcondor.configuration import HOLD
from testbed.htcondor.pool import HTCondor

from .person import Cells, Person
from .shapes import Pilot

SHAPE = {"walltime": "30", "memoryMiB": 600, "diskMiB": 500}
LOAD = """
import pilothouse
from parsl import join_app, python_app
pilothouse.load("htcondor", blocks={blocks})

@python_app
def where():
    import os, sys
    return sys.version.split()[0], os.environ["_CONDOR_SLOT"], os.getuid()

@python_app
def double(number):
    return 2 * number

@join_app
def many(number):
    return [double(index) for index in range(number)]

@python_app
def starts(least):
    import os, re, time
    with open(os.environ["_CONDOR_JOB_AD"]) as ad:
        number = int(re.search(r"(?m)^NumJobStarts = (\\d+)$", ad.read())[1])
    if number < least:
        time.sleep(600)
    return number

@python_app
def hungry(mib):
    import os, re, time
    with open(os.environ["_CONDOR_JOB_AD"]) as ad:
        asked = int(re.search(r"(?m)^RequestMemory = (\\d+)$", ad.read())[1])
    if asked < mib:
        block = b"x" * (mib << 20)
        time.sleep(600)
    return asked
"""


def loaded(person: Person, blocks: int = 1, **fields: object) -> Cells:
    """A notebook whose pilots are asked for."""
    person.profile("htcondor", {"kind": "htcondor"}, pilot={**SHAPE, **fields})
    notebook = person.open()
    notebook.run(LOAD.format(blocks=blocks))
    return notebook


def running(person: Person, app: str) -> Pilot:
    """The pilot that runs a task of this app."""

    def found() -> list[Pilot]:
        return [pilot for pilot in person.pilots("htcondor") if app in pilot["running"]]

    return person.wait_for(f"{app} to run", found, 90)[0]


@pytest.mark.over_ssh(long=True)
def test_tasks_run_where_there_is_another_python(htcondor: HTCondor, at_htcondor: Person) -> None:
    notebook = loaded(at_htcondor, blocks=2)
    printed = notebook.run(
        "import sys; print(sys.version.split()[0])\n"
        "print(*[place.result() for place in [where() for _ in range(3)]])\n"
        "print(many(4).result())",
        120,
    )
    version, places, joined = printed.splitlines()
    assert places.count(version) == 3
    assert joined == "[0, 2, 4, 6]"
    pilots = {
        pilot["pilot"]: pilot for pilot in at_htcondor.wait_for_states("htcondor", *["leased"] * 2)
    }
    at_htcondor.wait_for("rest", lambda: at_htcondor.pool("htcondor")["counts"]["idle"] == 2)
    status = at_htcondor.status("htcondor")
    (pool,) = status["pools"]
    assert (pool["scheduler"], pool["submitHost"]) == ("htcondor", at_htcondor.submit_host)
    for pilot in pilots.values():
        assert pilot["site"] == "Testbed"
        assert str(pilot["slot"]).startswith("slot1_")
        assert pilot["runtime"]["python"] == version
        assert (pilot["cores"], pilot["memoryMiB"], pilot["attempt"]) == (1, 600, 1)
    shown = {line.split(maxsplit=2)[1] for line in htcondor.jobs()}
    assert shown == {str(pilot["schedulerId"]).partition(".")[2] for pilot in pilots.values()}
    for task in at_htcondor.tasks():
        assert (task["state"], task["tries"]) == ("done", 1)
        if task["app"] != "many":
            pilot = pilots[str(task["pilot"])]
            assert (task["site"], task["host"]) == ("Testbed", pilot["host"])
            assert task["slot"] == pilot["slot"]
            assert task["startedAtMs"] is not None


@pytest.mark.over_ssh
def test_evicted_held_by_the_system_and_removed(htcondor: HTCondor, at_htcondor: Person) -> None:
    notebook = loaded(at_htcondor)
    notebook.run("evicted = starts(1)")
    first = running(at_htcondor, "starts")
    job = str(first["schedulerId"])
    htcondor.vacate(job)
    assert notebook.run("print(evicted.result())", 120) == "1\n"
    (second,) = at_htcondor.pilots("htcondor")
    assert (second["pilot"], second["schedulerId"]) == (first["pilot"], job)
    assert second["attempt"] == 2

    notebook.run("held = starts(2)")
    running(at_htcondor, "starts")
    htcondor.hold(job, "the disks are looked after")
    (waits,) = at_htcondor.wait_for_states("htcondor", "held")
    assert waits["why"] is not None
    assert "the disks are looked after" in waits["why"]["words"]
    assert {"kind": "release"} in waits["why"]["actions"]
    pool = at_htcondor.pool("htcondor")
    assert (pool["counts"]["held"], pool["stopped"]) == (1, None)
    assert notebook.run("print(held.done())") == "False\n"
    htcondor.admin("condor_qedit", job, HOLD, "undefined")
    at_htcondor.request("pilots.release", pilots=[waits["pilot"]])
    assert notebook.run("print(held.result())", 120) == "2\n"
    (third,) = at_htcondor.pilots("htcondor")
    assert (third["pilot"], third["attempt"]) == (first["pilot"], 3)

    notebook.run("removed = starts(3)")
    running(at_htcondor, "starts")
    at_htcondor.said("condor_rm", job)

    def ended() -> Pilot | None:
        (pilot, *_) = at_htcondor.pilots("htcondor")
        return pilot if pilot["state"] == "ended" else None

    over = at_htcondor.wait_for("its end", ended)
    assert over is not None
    assert over["end"] == "removed"
    assert over["why"] is not None
    assert over["why"]["code"] == "htcondor.Removed"
    # Another one is asked for, and runs the task that this one had, and perhaps had refused.
    assert running(at_htcondor, "starts")["pilot"] != first["pilot"]
    tasks = at_htcondor.tasks_of("starts")
    assert [task["tries"] for task in tasks[:2]] == [2, 2]
    assert tasks[2]["tries"] in (2, 3, 4)
    assert len(at_htcondor.pilots("htcondor")) == 2
    notebook.run("import parsl; parsl.dfk().cleanup()")


@pytest.mark.over_ssh(long=True)
def test_held_for_its_memory_and_asked_anew_with_more(
    htcondor: HTCondor, at_htcondor: Person
) -> None:
    notebook = loaded(at_htcondor, memoryMiB=400)
    notebook.run("future = hungry(700)")
    (held,) = at_htcondor.wait_for_states("htcondor", "held", seconds=120)
    assert held["why"] is not None
    (more,) = [each for each in held["why"]["actions"] if each["kind"] == "resubmit"]
    assert isinstance(more["memoryMiB"], int)
    assert more["memoryMiB"] > 400
    at_htcondor.request("pools.resubmit", pool="htcondor", memoryMiB=1500)
    assert int(notebook.run("print(future.result())", 120)) == 1500


@pytest.mark.over_ssh(long=True)
def test_a_missing_input_stops_the_asking(htcondor: HTCondor, at_htcondor: Person) -> None:
    at_htcondor.profile(
        "htcondor",
        {"kind": "htcondor"},
        pilot=SHAPE,
        environment={"files": [str(at_htcondor.root / "work" / "not-there")]},
    )
    at_htcondor.request("pools.setWanted", pool="htcondor", count=3)
    at_htcondor.wait_for_states("htcondor", *["held"] * 3, seconds=90)
    stopped = at_htcondor.wait_for("the stop", lambda: at_htcondor.pool("htcondor")["stopped"])
    assert stopped is not None
    assert "not-there" in stopped["words"]
    for pilot in at_htcondor.pilots("htcondor"):
        assert pilot["why"] is not None
        assert {"kind": "edit", "field": "environment.files"} in pilot["why"]["actions"]


@pytest.mark.over_ssh(long=True)
def test_the_schedd_away_and_back(htcondor: HTCondor, at_htcondor: Person) -> None:
    at_htcondor.environment["PILOTHOUSE_TIMES"] = json.dumps({"submissionSettleMs": 1500})
    notebook = loaded(at_htcondor)
    assert notebook.run("print(double(2).result())", 120) == "4\n"
    htcondor.stop("schedd")
    notebook.run('pilothouse.load("htcondor", blocks=2);')
    at_htcondor.wait_for(
        "the trouble",
        lambda: any(
            pilot["state"] == "requested" and pilot["words"]
            for pilot in at_htcondor.pilots("htcondor")
        ),
    )
    assert notebook.run("print(double(3).result())") == "6\n"
    htcondor.start("schedd")
    at_htcondor.wait_for_states("htcondor", "leased", "leased", seconds=120)
    assert notebook.run("print(double(4).result())", 120) == "8\n"
    assert len(htcondor.jobs()) == 2
