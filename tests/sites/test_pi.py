"""The example notebook at each site, changed only in the profile's name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypedDict, cast

from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.modules import Modules
from testbed.slurm.cluster import Slurm

from .person import POLLING, ROOT, Person
from .shapes import Pilot

EXAMPLES = ROOT / "examples"


class Example(TypedDict):
    """A profile of the examples, as far as it is changed here."""

    name: str
    scheduler: dict[str, object]


def example(name: str) -> Example:
    """A profile of the examples, whose scheduler is asked often."""
    found = cast(Example, json.loads((EXAMPLES / "profiles" / f"{name}.json").read_text()))
    found["scheduler"]["polling"] = POLLING
    return found


def cells(profile: str) -> list[str]:
    """The code of pi.ipynb, for another profile."""
    text = (EXAMPLES / "pi.ipynb").read_text()
    assert text.count('\\"local\\"') == 1
    found = json.loads(text.replace('\\"local\\"', f'\\"{profile}\\"'))["cells"]
    return [cell["source"] for cell in found if cell["cell_type"] == "code"]


def run_pi(
    person: Person, profile: str, changes: Mapping[str, Mapping[str, object]] | None = None
) -> list[Pilot]:
    """Runs it with the example's profile, and looks at what it says; the pilots are idle then.

    :param changes: fields of the profile that are others here.
    """
    person.write(
        person.jupyter_config / "pilothouse" / "profiles" / f"{profile}.json",
        json.dumps({**example(profile), **(changes or {})}),
    )
    assert person.command("check", profile).returncode == 0
    notebook = person.open("pi")
    printed = "".join(notebook.run(code, seconds=120) for code in cells(profile))
    values, average = printed.splitlines()
    numbers = [float(value) for value in values.removeprefix("values: ").split()]
    assert len(numbers) == 3
    assert all(3.1 < number < 3.2 for number in numbers)
    assert abs(float(average.removeprefix("average: ")) - sum(numbers) / 3) < 1e-9
    pilots = person.wait_for_states(profile, *["leased"] * 4)
    tasks = person.tasks()
    assert [(task["app"], task["state"]) for task in tasks] == [
        *[("pi", "done")] * 3,
        ("mean", "done"),
    ]
    for task in tasks:
        (pilot,) = [pilot for pilot in pilots if pilot["pilot"] == task["pilot"]]
        assert (task["site"], task["host"], task["slot"]) == (
            pilot["site"],
            pilot["host"],
            pilot["slot"],
        )
        assert task["startedAtMs"] is not None
    return pilots


def field(slurm: Slurm, job: str, name: str) -> str:
    """A field of `scontrol show job`."""
    words = slurm.control("show", "job", job).split()
    return next(word.partition("=")[2] for word in words if word.startswith(f"{name}="))


def output(person: Person, pilot: Pilot) -> str:
    """What `pilothouse logs` shows of it."""
    done = person.command("logs", pilot["pilot"])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_on_slurm(slurm: Slurm, modules: Modules, at_slurm: Person) -> None:
    pilots = run_pi(at_slurm, "slurm")
    for pilot in pilots:
        job = str(pilot["schedulerId"])
        assert field(slurm, job, "UserId") == f"{user.NAME}({user.UID})"
        assert field(slurm, job, "TimeLimit") == "2-15:59:00"
        assert field(slurm, job, "MailUser") == "you@example.org"
        assert field(slurm, job, "MailType") == "FAIL,TIME_LIMIT_90"
        started, ends = pilot["startedAtMs"], pilot["endsByMs"]
        assert started is not None
        assert ends is not None
        assert 230_000_000 < ends - started <= 230_340_000
    assert len({str(pilot["schedulerId"]).partition("_")[0] for pilot in pilots}) == 1
    said = output(at_slurm, pilots[0])
    assert "== pilothouse module load pilothouse-test/1.0" in said

    # What was previewed is what lies in the submission's folder.
    script = at_slurm.command("script", "slurm", "-n", "4").stdout
    for line in ("#SBATCH --time=2-15:59:00", "#SBATCH --array=0-3"):
        assert line in script
    submitted = at_slurm.command("logs", pilots[0]["pilot"], "--file", "script").stdout
    assert submitted in script


def test_on_htcondor(htcondor: HTCondor, at_htcondor: Person) -> None:
    pilots = run_pi(at_htcondor, "htcondor")
    job = str(pilots[0]["schedulerId"])
    ad = htcondor.admin("condor_q", job, "-allusers", "-long").splitlines()
    assert 'ProjectName = "OSG-Staff"' in ad
    (requirements,) = [line for line in ad if line.startswith("Requirements = ")]
    assert "Memory >= 500" in requirements
    assert f'Owner = "{user.NAME}"' in ad
    said = output(at_htcondor, pilots[0])
    assert "== pilothouse worker_init end" in said
    assert "exit code 0" in said
    assert {pilot["site"] for pilot in pilots} == {"Testbed"}
