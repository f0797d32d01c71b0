"""A runtime on a machine of HTCondor's whose only Python is another."""

from __future__ import annotations

import json
import shutil
import sys
import uuid
from ast import literal_eval
from pathlib import Path

import pytest

from pilothouse.agent.job import of, parse_ad
from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.processes import wait_until

from .conftest import Made
from .script import pilot_script

LIMIT_SECONDS = 180
AGENT = """
import json, os, socket, ssl, sqlite3, subprocess, sys
import parsl, zmq
ads = [open(os.environ[name]).read() for name in ("_CONDOR_JOB_AD", "_CONDOR_MACHINE_AD")]
child = subprocess.run(
    [sys.executable, "-c", "import parsl; print(parsl.__version__)"], capture_output=True, text=True
)
print("AGENT", json.dumps({
    "version": sys.version, "parsl": parsl.__file__, "executable": sys.executable,
    "child": child.stdout, "home": os.environ.get("PYTHONHOME"),
    "job": ads[0], "machine": ads[1], "slot": os.environ.get("_CONDOR_SLOT"),
}))
"""


@pytest.fixture
def folder(htcondor: HTCondor) -> Path:
    """A folder of the tester's on the submit host."""
    made = htcondor.shared / uuid.uuid4().hex
    user.run(["mkdir", str(made)])
    return made


def submit(site: HTCondor, folder: Path, whole: Made, agent: str, *lines: str) -> str:
    script = pilot_script(
        {"workerInit": "export FROM_SETUP=yes"},
        ["pilothouse_folder=$_CONDOR_SCRATCH_DIR", "pilothouse_home=$pilothouse_folder"],
        {
            "agent": "agent.py",
            "python": None,
            "minor": whole.minor,
            "runtime": {"name": whole.name, "hash": whole.hash},
        },
    )
    for name, text in (("pilot.sh", script), ("agent.py", agent)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    shutil.copy(whole.path, folder / whole.name)
    (folder / whole.name).chmod(0o644)
    description = [
        "executable = pilot.sh",
        "should_transfer_files = YES",
        f"transfer_input_files = agent.py, {whole.name}",
        'transfer_output_files = ""',
        "request_memory = 100",
        "request_disk = 200MB",
        "stream_output = True",
        "stream_error = True",
        "log = log",
        "output = out",
        "error = err",
        *lines,
        "queue 1",
    ]
    done = user.run(
        ["condor_submit", "-terse", "-"],
        env=site.environment,
        cwd=folder,
        stdin="\n".join(description) + "\n",
    )
    return done.stdout.split(".")[0]


def wait(site: HTCondor, folder: Path) -> str:
    user.run(
        ["condor_wait", "-wait", str(LIMIT_SECONDS), "log"],
        env=site.environment,
        cwd=folder,
        timeout_seconds=LIMIT_SECONDS + 30,
    )
    return (folder / "out").read_text() + (folder / "err").read_text()


def test_this_python_runs_where_there_is_another(
    htcondor: HTCondor, folder: Path, whole: Made
) -> None:
    submit(htcondor, folder, whole, AGENT)
    words = wait(htcondor, folder)
    assert "python: the runtime's own" in words, words
    said = json.loads(words.partition("AGENT ")[2].splitlines()[0])
    assert said["version"] == sys.version
    assert said["executable"].endswith("/tree/python/bin/python3")
    assert said["child"].strip() == whole.parsl
    assert said["home"] is None
    job = of({"_CONDOR_SLOT": said["slot"]}, parse_ad(said["job"]), parse_ad(said["machine"]))
    assert job.restarts == 0
    assert job.slot is not None
    assert "@" in job.slot
    assert job.site == "Testbed"


EVICTED = """
import os, time
ad = open(os.environ["_CONDOR_JOB_AD"]).read()
print("ADS", repr(ad), flush=True)
if not os.path.exists("/tmp/pilothouse-evicted-FOLDER"):
    open("/tmp/pilothouse-evicted-FOLDER", "x").close()
    time.sleep(600)
os.remove("/tmp/pilothouse-evicted-FOLDER")
"""


def test_a_job_that_was_evicted_knows_how_often(
    htcondor: HTCondor, folder: Path, whole: Made
) -> None:
    job = submit(htcondor, folder, whole, EVICTED.replace("FOLDER", folder.name))

    def ads() -> list[str]:
        out = folder / "out"
        lines = out.read_text().splitlines() if out.exists() else []
        return [str(literal_eval(line[4:])) for line in lines if line.startswith("ADS ")]

    assert wait_until(lambda: len(ads()) == 1, LIMIT_SECONDS)
    assert of({}, parse_ad(ads()[0]), {}).restarts == 0
    htcondor.admin("condor_vacate_job", "-fast", job)
    wait(htcondor, folder)
    assert of({}, parse_ad(ads()[-1]), {}).restarts == 1
