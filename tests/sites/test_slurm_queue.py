"""Pilots that wait in Slurm's queue: held, released, removed by others, many, too many."""

from __future__ import annotations

import re

import pytest

from testbed.slurm.cluster import Slurm

from .person import Person, Refused
from .shapes import Pilot

LATER = "#SBATCH --begin=now+1hour"
SHAPE = {"walltime": "10", "memoryMiB": 500}


def later(person: Person, name: str = "later", most: int = 64, **scheduler: object) -> None:
    """A profile whose pilots wait for an hour."""
    person.profile(
        name,
        {"kind": "slurm", "further": LATER, **scheduler},
        pilot=SHAPE,
        scaling={"max": most},
    )


def jobs(pilots: list[Pilot]) -> list[str]:
    """What Slurm calls them."""
    return [str(pilot["schedulerId"]) for pilot in pilots]


def array(pilots: list[Pilot]) -> str:
    """The one array that they are."""
    (number,) = {job.partition("_")[0] for job in jobs(pilots)}
    return number


@pytest.mark.over_ssh(long=True)
def test_held_by_the_system_is_not_failed_and_comes_back(slurm: Slurm, at_slurm: Person) -> None:
    later(at_slurm)
    at_slurm.request("pools.setWanted", pool="later", count=2)
    pilots = at_slurm.wait_for_states("later", "queued", "queued")
    why = at_slurm.wait_for("a reason", lambda: at_slurm.pilots("later")[0]["why"])
    assert why is not None
    assert why["code"] == "slurm.BeginTime"
    assert why["words"] == "PENDING (BeginTime)"

    for job in jobs(pilots):
        slurm.control("hold", job)
    held = at_slurm.wait_for_states("later", "held", "held")
    for pilot in held:
        assert pilot["why"] is not None
        assert pilot["why"]["code"] == "slurm.JobHeldAdmin"
        assert pilot["words"] == "PENDING (JobHeldAdmin)"
    pool = at_slurm.pool("later")
    assert (pool["counts"]["held"], pool["stopped"]) == (2, None)
    table = at_slurm.command("status", "later").stdout
    assert "2 held" in table

    ids = [pilot["pilot"] for pilot in held]
    with pytest.raises(Refused) as refused:
        at_slurm.request("pilots.release", pilots=ids)
    assert "Access/permission denied" in refused.value.words
    for job in jobs(pilots):
        slurm.control("release", job)
    at_slurm.wait_for_states("later", "queued", "queued")

    at_slurm.request("pilots.hold", pilots=ids[:1])
    at_slurm.wait_for_states("later", "held", "queued")
    (mine,) = [pilot for pilot in at_slurm.pilots("later") if pilot["state"] == "held"]
    assert mine["why"] is not None
    assert mine["why"]["code"] == "slurm.JobHeldUser"
    assert {"kind": "release"} in mine["why"]["actions"]
    at_slurm.request("pilots.release", pilots=ids[:1])
    at_slurm.wait_for_states("later", "queued", "queued")
    for job in jobs(pilots):
        slurm.control("update", f"JobId={job}", "StartTime=now")
    running = at_slurm.wait_for_states("later", "idle", "idle")
    assert jobs(running) == jobs(pilots)


@pytest.mark.over_ssh(long=True)
def test_three_like_holds_stop_the_asking(slurm: Slurm, at_slurm: Person) -> None:
    later(at_slurm)
    at_slurm.request("pools.setWanted", pool="later", count=3)
    pilots = at_slurm.wait_for_states("later", *["queued"] * 3)
    slurm.control("hold", array(pilots))
    stopped = at_slurm.wait_for("the stop", lambda: at_slurm.pool("later")["stopped"])
    assert stopped is not None
    assert "JobHeldAdmin" in stopped["words"]
    at_slurm.request("pools.setWanted", pool="later", count=3)
    slurm.control("release", array(pilots))
    at_slurm.wait_for_states("later", *["queued"] * 3)
    assert jobs(at_slurm.pilots("later")) == jobs(pilots)


@pytest.mark.over_ssh
def test_removed_by_somebody_else(slurm: Slurm, at_slurm: Person) -> None:
    later(at_slurm)
    at_slurm.profile("now", {"kind": "slurm"}, pilot=SHAPE)
    at_slurm.request("pools.setWanted", pool="later", count=2)
    at_slurm.request("pools.setWanted", pool="now", count=1)
    waiting = at_slurm.wait_for_states("later", "queued", "queued")
    (running,) = at_slurm.wait_for_states("now", "idle")
    at_slurm.said("scancel", str(running["schedulerId"]), jobs(waiting)[1])
    for pool, job in (("later", jobs(waiting)[1]), ("now", str(running["schedulerId"]))):

        def ended(pool: str = pool, job: str = job) -> Pilot | None:
            for pilot in at_slurm.pilots(pool):
                if pilot["schedulerId"] == job and pilot["state"] == "ended":
                    return pilot
            return None

        pilot = at_slurm.wait_for("its end", ended)
        assert pilot is not None
        assert pilot["end"] == "removed", pilot
    # The number that was typed holds: another one is asked for.
    again = at_slurm.wait_for_states("later", "queued", "queued")
    assert jobs(waiting)[0] in jobs(again)
    assert at_slurm.pool("later")["stopped"] is None


@pytest.mark.over_ssh(long=True)
def test_whoever_cancels_all_is_not_answered_with_more(slurm: Slurm, at_slurm: Person) -> None:
    later(at_slurm)
    at_slurm.request("pools.setWanted", pool="later", count=4)
    pilots = at_slurm.wait_for_states("later", *["queued"] * 4)
    at_slurm.said("scancel", array(pilots))
    stopped = at_slurm.wait_for("the stop", lambda: at_slurm.pool("later")["stopped"])
    assert stopped is not None
    assert "cancelled" in stopped["words"] or "CANCELLED" in stopped["words"]
    assert slurm.jobs() == []
    assert len(at_slurm.pilots("later")) == 4
    at_slurm.request("pools.resume", pool="later")
    at_slurm.wait_for_states("later", *["queued"] * 4)


@pytest.mark.over_ssh(long=True)
def test_five_thousand_at_once_in_arrays_as_the_site_takes_them(
    slurm: Slurm, at_slurm: Person
) -> None:
    slurm.configure({"MaxArraySize": "2001"})
    later(at_slurm, most=6000)
    at_slurm.request("pools.setWanted", pool="later", count=5000)

    def queued() -> bool:
        return at_slurm.pool("later")["counts"]["queued"] == 5000

    at_slurm.wait_for("5,000 queued pilots", queued)
    pilots = at_slurm.pilots("later")
    sizes: dict[str, int] = {}
    for job in jobs(pilots):
        number = job.partition("_")[0]
        sizes[number] = sizes.get(number, 0) + 1
    assert sorted(sizes.values()) == [998, 2001, 2001]
    assert sum(_elements(line.split()[0]) for line in slurm.jobs()) == 5000
    at_slurm.wait_for(
        "their reasons",
        lambda: all(pilot["why"] is not None for pilot in at_slurm.pilots("later")),
    )
    assert at_slurm.command("down", "later").returncode == 0
    assert slurm.jobs() == []


def _elements(shown: str) -> int:
    """How many jobs a line of squeue stands for: `12_[0-7,9]`, `12_3`."""
    found = re.fullmatch(r"\d+_\[([\d,-]+)\]", shown)
    if found is None:
        return 1
    ranges = [part.split("-") for part in found[1].split(",")]
    return sum(int(part[-1]) - int(part[0]) + 1 for part in ranges)


def test_more_than_the_account_may_submit(
    slurm_accounting: Slurm, at_slurm_accounting: Person
) -> None:
    person = at_slurm_accounting
    later(person, qos="short")
    person.request("pools.setWanted", pool="later", count=60)
    stopped = person.wait_for("the stop", lambda: person.pool("later")["stopped"])
    assert stopped is not None
    assert stopped["code"] == "submit_failed"
    assert "QOSMaxSubmitJobPerUserLimit" in stopped["words"]
    person.wait_for("50 pilots", lambda: person.pool("later")["counts"]["queued"] == 50)
    assert sum(_elements(line.split()[0]) for line in slurm_accounting.jobs()) == 50
    refused = [pilot for pilot in person.pilots("later") if pilot["state"] == "ended"]
    assert {pilot["words"] for pilot in refused} == {stopped["words"]}
