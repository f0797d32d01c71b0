"""A person who never opens a browser, at both sites."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from testbed.htcondor.pool import HTCondor
from testbed.slurm.cluster import Slurm

from .person import Person


@dataclass(frozen=True)
class Here:
    """A person at a site, and what the site's own list of jobs shows."""

    person: Person
    site: Slurm | HTCondor
    scheduler: dict[str, object]
    submitted: tuple[str, ...]

    def jobs(self) -> list[str]:
        return self.site.jobs()


@pytest.fixture(params=["slurm", "htcondor"])
def here(request: pytest.FixtureRequest) -> Here:
    """Each of the sites."""
    kind: str = request.param
    site: Slurm | HTCondor = request.getfixturevalue(kind)
    person: Person = request.getfixturevalue(f"at_{kind}")
    scheduler: dict[str, object] = {"kind": kind}
    if kind == "slurm":
        scheduler["partition"] = "general"
    submitted = ("pilot.sh",) if kind == "slurm" else ("job.sub", "pilot.sh")
    return Here(person, site, scheduler, submitted)


def profile(here: Here, worker_init: str = "echo 'hello from init'") -> Path:
    return here.person.profile(
        "site",
        here.scheduler,
        pilot={"walltime": "10", "memoryMiB": 300, "cores": 1},
        environment={"workerInit": worker_init},
    )


def test_a_day_without_a_browser(here: Here) -> None:
    person = here.person
    profile(here)
    assert "site" in person.command("profiles").stdout
    checked = person.command("check", "site", "--deep")
    assert checked.returncode == 0, (checked.stdout, checked.stderr)
    assert json.loads(person.command("show", "site").stdout)["name"] == "site"

    shown = person.root / "shown"
    made = person.command("script", "site", "-n", "2", "--into", str(shown))
    assert made.returncode == 0, made.stderr
    assert sorted(file.name for file in shown.iterdir()) == sorted(here.submitted)
    assert here.jobs() == []

    up = person.command("up", "site", "-n", "2")
    assert up.returncode == 0, up.stderr
    one, _ = person.wait_for_states("site", "idle", "idle")
    assert len(here.jobs()) == 2

    listed = person.command("logs", one["pilot"], "--list")
    rows = [line.split() for line in listed.stdout.splitlines()[1:]]
    paths = {row[0]: Path(row[2]) for row in rows}
    assert {"output", "error", "script"} <= set(paths)
    # What was shown is what was submitted.
    for name in here.submitted:
        sent = (paths["script"].parent / name).resolve()
        written = person.said("cat", sent)
        assert written == person.said("cat", shown / name).replace("SUBMISSION", sent.parent.name)
    printed = person.command("logs", one["pilot"])
    assert "hello from init" in printed.stdout

    down = person.command("down", "site")
    assert down.returncode == 0, down.stderr
    assert here.jobs() == []
    status = person.status("site")
    assert [pilot["state"] for pilot in status["pilots"]] == ["ended", "ended"]
    assert status["pools"][0]["wanted"]["typed"] is None
    # What they wrote is there after their end, too.
    assert "hello from init" in person.command("logs", one["pilot"]).stdout
    assert "kept until" in person.command("logs", one["pilot"], "--list").stderr


def test_doctor_walks_to_a_worker_and_back(here: Here) -> None:
    person = here.person
    profile(here, "export A_PASSWORD=xyzzy-4711")
    found = person.command("doctor", "site", "--bundle", str(person.root / "bundle.tar.gz"))
    assert found.returncode == 0, found.stdout + found.stderr
    hops = [line[2:].partition(":")[0] for line in found.stdout.splitlines() if line[0] == "✓"]
    assert hops == [
        "profile",
        "folder",
        "scheduler",
        "what pilots need",
        "pilot",
        "way home",
        "Python and Parsl",
        "task",
    ]
    with tarfile.open(person.root / "bundle.tar.gz") as bundle:
        members = [(member.name, bundle.extractfile(member)) for member in bundle]
        texts = {Path(name).name: file.read().decode() for name, file in members if file}
    assert "profile.json" in texts
    assert not [name for name, text in texts.items() if "xyzzy-4711" in text]
    assert person.command("down", "site").returncode == 0


def test_doctor_says_what_is_wrong_and_what_helps(here: Here) -> None:
    person = here.person
    profile(here, "echo looking for it; exit 7")
    found = person.command("doctor", "site")
    assert found.returncode == 1
    (ill,) = [line for line in found.stdout.splitlines() if line.startswith("✗")]
    assert ill.startswith("✗ pilot")
    assert "worker_init" in found.stdout
    assert "looking for it" in found.stdout
    assert person.command("down", "site").returncode == 0
