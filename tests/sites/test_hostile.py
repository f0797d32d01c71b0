"""Text made to break out of its field: it reaches the scheduler as it is, or is refused there."""

from __future__ import annotations

import json
import re
import shlex
from typing import cast

from testbed.htcondor.pool import HTCondor
from testbed.slurm.cluster import Slurm
from tests.files import below

from .person import POLLING, Person
from .test_slurm_queue import LATER, SHAPE

CANARY = "canary-was-here"
TEXTS = {
    "quotes": 'a "b" \'c\' `d` \\ \\" \\\' "',
    "a shell": f"$(touch {CANARY}); touch {CANARY} & `touch {CANARY}` | cat > {CANARY} # $HOME",
    "lines": f"a\n#SBATCH --array=0-99\nqueue 50\nexecutable = /bin/touch {CANARY}\n",
    "expressions": ") || true || (",
    "macros": "$(Cluster) $$(Machine) $ENV(HOME) %j %a",
    "non-ASCII": "Größe 日本 \U0001f600",
    "length": "x y" * 3333 + "z",
}
NOWHERE = 'Machine == "nowhere"'


def problems(person: Person, profile: dict[str, object], *, deep: bool) -> list[str]:
    """The fields in which something is wrong."""
    found = cast(
        "list[dict[str, str]]",
        person.request("profiles.check", profile=profile, deep=deep)["problems"],
    )
    return [each["field"] for each in found if each["severity"] == "error"]


def with_scheduler(name: str, kind: str, **scheduler: object) -> dict[str, object]:
    """A profile as it is written."""
    return {
        "name": name,
        "scheduler": {"kind": kind, "polling": POLLING, **scheduler},
        "pilot": SHAPE,
    }


def accepted(person: Person, kind: str, text: str, *fields: str) -> dict[str, str]:
    """Those of these fields that may have this text; each of the others says that it may not."""
    found = {}
    for field in fields:
        refused = problems(person, with_scheduler("tried", kind, **{field: text}), deep=False)
        assert set(refused) <= {f"scheduler.{field}"}
        if not refused:
            found[field] = text
    return found


def submit(person: Person, profile: dict[str, object]) -> str:
    """What the scheduler calls the one pilot that was submitted."""
    name = str(profile["name"])
    file = person.jupyter_config / "pilothouse" / "profiles" / f"{name}.json"
    person.write(file, json.dumps(profile))
    person.request("pools.setWanted", pool=name, count=1)
    (pilot,) = person.wait_for_states(name, "queued")
    return str(pilot["schedulerId"])


def no_canary(person: Person) -> None:
    """Nothing that was only text has been run."""
    assert [path for path in below(person.root) if path.name == CANARY] == []


def test_in_slurms_fields(slurm: Slurm, at_slurm: Person) -> None:
    for number, (kind, text) in enumerate(TEXTS.items()):
        names = ("partition", "constraint", "gres", "reservation")
        for field in accepted(at_slurm, "slurm", text, "qos", *names):
            if field != "qos":  # without accounting Slurm has none, and looks at none
                written = with_scheduler("tried", "slurm", **{field: text})
                assert f"scheduler.{field}" in problems(at_slurm, written, deep=True), kind
        fields = accepted(at_slurm, "slurm", text, "account", "mailUser")
        assert ("mailUser" in fields) == (kind not in ("lines", "length"))
        more = {"further": LATER, "mailType": ["FAIL"], **fields}
        job = submit(at_slurm, with_scheduler(f"slurm{number}", "slurm", **more))
        if "account" in fields:
            assert at_slurm.said("squeue", "-h", "-j", job, "-o", "%a") == f"{text}\n"
        if "mailUser" in fields:
            shown = slurm.control("show", "job", job)
            found = re.search(r"(?m)MailUser=(.*) MailType=", shown)
            assert found is not None
            assert found[1] == text
        assert len(slurm.jobs()) == number + 1
    for sign in "%\\":
        profile = {**with_scheduler("tried", "slurm"), "submitHost": {"folder": f"/tmp/a{sign}b"}}
        assert problems(at_slurm, profile, deep=False) == ["submitHost.folder"]
    no_canary(at_slurm)


def test_in_htcondors_fields(htcondor: HTCondor, at_htcondor: Person) -> None:
    for number, (kind, text) in enumerate(TEXTS.items()):
        for field, value in (
            ("requirements", text),
            ("attributes", {"Hostile": text}),
            ("further", f"concurrency_limits = {text}\nqueue 3"),
        ):
            written = with_scheduler("tried", "htcondor", **{field: value})
            refused = problems(at_htcondor, written, deep=False)
            assert refused, (kind, field)
            assert all(each.startswith(f"scheduler.{field}") for each in refused)
        fields = accepted(at_htcondor, "htcondor", text, "projectName", "notifyUser")
        assert ("projectName" in fields) == (kind not in ("lines", "length", "macros"))
        more = {"requirements": NOWHERE, **fields}
        job = submit(at_htcondor, with_scheduler(f"condor{number}", "htcondor", **more))
        ad = json.loads(at_htcondor.said("condor_q", job, "-json"))[0]
        assert {field: ad[field[0].upper() + field[1:]] for field in fields} == fields
        assert len(htcondor.jobs()) == number + 1
    no_canary(at_htcondor)


def test_in_the_fields_of_all(slurm: Slurm, at_slurm: Person) -> None:
    for text in TEXTS.values():
        for section, field in (
            ("", "jobName"),
            ("pilot", "walltime"),
            ("pilot", "memoryMiB"),
            ("pilot", "cores"),
            ("submitHost", "port"),
            ("uplink", "listenPorts"),
        ):
            profile = with_scheduler("tried", "slurm")
            if section == "":
                profile[field] = text
            else:
                before = SHAPE if section == "pilot" else {}
                profile[section] = {**before, field: text}
            path = f"{section}.{field}".lstrip(".")
            assert set(problems(at_slurm, profile, deep=False)) == {path}
    no_canary(at_slurm)


LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("hostile", blocks=1)

@python_app
def hostile():
    import os
    return os.environ["HOSTILE"], os.getcwd()
"""
FOLDER = f'it\'s "a" folder; $(touch {CANARY}) `x` Größe #1 &'


def run_in_a_hostile_folder(person: Person, kind: str) -> None:
    """A task in a pilot whose folder and worker_init hold all that is special."""
    text = "\n".join(text for text in TEXTS.values() if len(text) < 1000)
    folder = person.root / "work" / FOLDER
    profile = {
        **with_scheduler("hostile", kind),
        "title": text[:200],
        "submitHost": {"folder": str(folder)},
        "environment": {"workerInit": f"export HOSTILE={shlex.quote(text)}\n"},
    }
    file = person.jupyter_config / "pilothouse" / "profiles" / "hostile.json"
    person.write(file, json.dumps(profile))
    notebook = person.open()
    notebook.run(LOAD)
    printed = notebook.run("value, cwd = hostile().result()\nprint(ascii(value))", 120)
    assert printed.strip() == ascii(text)
    assert (folder / next(folder.iterdir()).name).exists()
    no_canary(person)


def test_in_a_folders_name_and_worker_init_at_slurm(slurm: Slurm, at_slurm: Person) -> None:
    run_in_a_hostile_folder(at_slurm, "slurm")


def test_in_a_folders_name_and_worker_init_at_htcondor(
    htcondor: HTCondor, at_htcondor: Person
) -> None:
    run_in_a_hostile_folder(at_htcondor, "htcondor")
