"""Slurm's commands hang, fail, print garbage or nothing."""

from __future__ import annotations

import json

import pytest

from testbed.slurm.cluster import Slurm

from .person import Person
from .test_slurm_queue import SHAPE, jobs, later

TIMES = {"submissionSettleMs": 1500, "commandMs": 3000}
"""So that what hangs, or was never submitted, is known soon."""

QUESTIONS = [
    ("command_failed", "something odd", "echo 'squeue: error: something odd' >&2; exit 1"),
    ("answer_unreadable", "Last login", "echo 'Last login: today'; head -c 300 /dev/urandom"),
    ("answer_unreadable", "", "exit 0"),
    ("answer_unreadable", "JOBID", '"$real" "$@" | head -c 70'),
    ("command_hangs", "", "exec sleep 3600"),
]
REPLIES = {
    "refused": "echo 'sbatch: error: Batch job submission failed: today' >&2; exit 1",
    "garbage, not taken": "echo 'Welcome to the cluster!'",
    "garbage, taken": '"$real" "$@" >/dev/null; echo Welcome; echo 17 jobs',
    "a banner before it": 'echo Welcome; "$real" "$@"',
    "lost, taken": '"$real" "$@" >/dev/null; echo "sbatch: error: Socket timed out" >&2; exit 1',
    "hangs, taken": '"$real" "$@"; exec sleep 3600',
    "killed, taken": '"$real" "$@"; kill -9 $$',
}


def names(person: Person) -> list[str]:
    """The name of each job in the queue, one for each pilot."""
    return person.said("squeue", "--me", "-h", "-r", "-o", "%j").split()


@pytest.mark.over_ssh(long=True)
def test_questions_that_are_not_answered_decide_nothing(slurm: Slurm, at_slurm: Person) -> None:
    at_slurm.environment["PILOTHOUSE_TIMES"] = json.dumps(TIMES)
    later(at_slurm)
    at_slurm.profile("now", {"kind": "slurm"}, pilot=SHAPE)
    at_slurm.request("pools.setWanted", pool="later", count=1)
    at_slurm.request("pools.setWanted", pool="now", count=1)
    before = [
        *at_slurm.wait_for_states("later", "queued"),
        *at_slurm.wait_for_states("now", "idle"),
    ]

    def trouble() -> tuple[str, str]:
        found = at_slurm.pool("later")["schedulerTrouble"]
        return ("", "") if found is None else (found["code"], found["words"])

    at_slurm.wait_for("no trouble", lambda: trouble() == ("", ""))
    for code, words, lines in QUESTIONS:
        wrapper = at_slurm.instead_of("squeue", lines)

        def said(code: str = code, words: str = words) -> bool:
            return trouble()[0] == code and words in trouble()[1]

        at_slurm.wait_for(f"{code} {words!r}", said, 20)
        wrapper.unlink()
        at_slurm.wait_for("the end of the trouble", lambda: trouble() == ("", ""), 20)
    after = [*at_slurm.pilots("later"), *at_slurm.pilots("now")]
    assert [(p["pilot"], p["state"]) for p in after] == [(p["pilot"], p["state"]) for p in before]


@pytest.mark.over_ssh(long=True)
def test_replies_that_are_odd_lose_no_pilot_and_submit_none_twice(
    slurm: Slurm, at_slurm: Person
) -> None:
    at_slurm.environment["PILOTHOUSE_TIMES"] = json.dumps(TIMES)
    for number, (reply, lines) in enumerate(REPLIES.items()):
        pool = f"later{number}"
        later(at_slurm, pool)
        at_slurm.instead_of("sbatch", 'rm "$0"', lines)
        at_slurm.request("pools.setWanted", pool=pool, count=2)
        pilots = at_slurm.wait_for_states(pool, "queued", "queued")
        assert len({job.partition("_")[0] for job in jobs(pilots)}) == 1, reply
        assert len(names(at_slurm)) == 2 * (number + 1), reply
        assert len(set(names(at_slurm))) == number + 1, reply
        if reply != "refused":
            assert len(at_slurm.pilots(pool)) == 2, reply


@pytest.mark.over_ssh(long=True)
def test_what_could_not_be_removed_is_removed_later(slurm: Slurm, at_slurm: Person) -> None:
    at_slurm.environment["PILOTHOUSE_TIMES"] = json.dumps(TIMES)
    later(at_slurm)
    at_slurm.request("pools.setWanted", pool="later", count=2)
    at_slurm.wait_for_states("later", "queued", "queued")
    at_slurm.instead_of(
        "scancel",
        'rm "$0"',
        "echo 'scancel: error: Unable to contact slurm controller' >&2; exit 1",
    )
    at_slurm.request("pools.down", pool="later")
    at_slurm.wait_for("an empty queue", lambda: names(at_slurm) == [], 90)
    at_slurm.wait_for_states("later")
