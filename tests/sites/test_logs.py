"""What tasks print, read by a person while they run and after their pilot's end, at both sites."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from testbed import user

from .person import Cells, Person

PILOT = {"walltime": "30", "memoryMiB": 600, "cores": 2}
LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("{name}", blocks=1)

@python_app
def speaks(word):
    import subprocess, time
    print(word, "of the task")
    subprocess.run(["sh", "-c", f"echo {{word}} of its child >&2"])
    time.sleep(600)

@python_app
def says(word):
    print(word, "of the task")
"""


def printed(person: Person, pilot: str, worker: int) -> str:
    """What `pilothouse logs` prints of a worker; nothing where there is no such log."""
    return person.command("logs", pilot, "--worker", str(worker)).stdout


def listed(person: Person, pilot: str) -> dict[str, str]:
    """What `pilothouse logs --list` prints: paths by the names of files."""
    done = person.command("logs", pilot, "--list")
    assert done.returncode == 0, done.stderr
    rows = [line.split("  ") for line in done.stdout.splitlines()[1:]]
    return {row[0]: row[-1].strip() for row in rows}


def loaded(person: Person, name: str, scheduler: dict[str, object]) -> Cells:
    """A notebook whose one pilot is asked for."""
    person.profile(name, scheduler, pilot=PILOT)
    notebook = person.open()
    notebook.run(LOAD.format(name=name))
    return notebook


def both_speak(person: Person, name: str) -> str:
    """The pilot, once what its two running tasks print can be read."""

    def heard() -> str | None:
        for pilot in person.pilots(name):
            words = [printed(person, pilot["pilot"], worker) for worker in (0, 1)]
            if all("of the task" in each and "of its child" in each for each in words):
                assert sorted(each.split()[0] for each in words) == ["first", "second"]
                return pilot["pilot"]
        return None

    return str(person.wait_for("what both tasks print", heard, 120))


@dataclass(frozen=True)
class Following:
    """`pilothouse logs -f` of the first worker, which goes on until the pilot has ended."""

    process: subprocess.Popen[str]
    file: Path

    @staticmethod
    def begin(person: Person, pilot: str) -> Following:
        """Once it has printed something."""
        argv = [sys.executable, "-m", "pilothouse", "logs", pilot, "--worker", "0", "-f"]
        file = person.root / "followed"
        with file.open("w") as out:
            process = user.popen(argv, env=person.environment, cwd=person.root, stdout=out.fileno())
        person.wait_for("the first lines", lambda: "of its child" in file.read_text())
        return Following(process, file)

    def end(self) -> str:
        """What it said beside, by the end of the pilot."""
        _, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        return err


def ended(person: Person, name: str, pilot: str) -> None:
    """Ends a pilot whose tasks run."""
    person.request("pilots.remove", pilot=pilot)

    def over() -> bool:
        return any(p["pilot"] == pilot and p["state"] == "ended" for p in person.pilots(name))

    person.wait_for(f"the end of {pilot}", over)


@pytest.mark.over_ssh
def test_at_slurm_the_files_stay(at_slurm: Person) -> None:
    notebook = loaded(at_slurm, "slurm", {"kind": "slurm", "partition": "general"})
    notebook.send("futures = [speaks('first'), speaks('second')]")
    pilot = both_speak(at_slurm, "slurm")
    assert {"output", "script", "worker 0", "worker 1"} <= set(listed(at_slurm, pilot))
    follower = Following.begin(at_slurm, pilot)
    ended(at_slurm, "slurm", pilot)
    assert follower.end() == ""
    assert "of the task" in printed(at_slurm, pilot, 1)
    assert "---- lease" not in at_slurm.command("logs", pilot).stdout


@pytest.mark.over_ssh(long=True)
def test_at_htcondor_the_agent_is_asked_and_leaves_the_end(at_htcondor: Person) -> None:
    notebook = loaded(at_htcondor, "htcondor", {"kind": "htcondor"})
    notebook.run("says('early').result()", 120)
    notebook.restart()
    notebook.run(LOAD.format(name="htcondor"))
    notebook.send("futures = [speaks('first'), speaks('second')]")
    pilot = both_speak(at_htcondor, "htcondor")
    paths = listed(at_htcondor, pilot)
    # They are where the submit host sees nothing of them.
    assert "/leases/" in paths["worker 0"]
    assert paths["worker 0"].partition(":")[0] != ""
    assert "early" not in printed(at_htcondor, pilot, 0)
    follower = Following.begin(at_htcondor, pilot)
    ended(at_htcondor, "htcondor", pilot)
    assert "is in its output" in follower.end()

    end = at_htcondor.command("logs", pilot).stdout
    told = [line for line in end.splitlines() if line.startswith("| ")]
    for word in ("early", "first", "second"):
        assert f"| {word} of the task" in told
    assert {"| first of its child", "| second of its child"} <= set(told)
    # One of the worker that said "early" in the first lease, and both of the second's.
    assert len(re.findall(r"(?m)^---- end of worker-\d\.out", end)) == 3, end
    # The agent's own last word is the last.
    assert "ended: removed" in end.splitlines()[-1], end[-500:]
    gone = at_htcondor.command("logs", pilot, "--worker", "0")
    assert gone.returncode != 0
    assert "output" in gone.stderr
