"""The real Slurm: what other tests count on."""

from __future__ import annotations

import pytest

from testbed import user
from testbed.processes import wait_until
from testbed.slurm.cluster import Slurm

LIMIT_SECONDS = 40


def submit(site: Slurm, *words: str, stdin: str = "") -> str:
    """A job's id."""
    argv = ["sbatch", "--parsable", "--output=%j.out", *words]
    done = user.run(argv, env=site.environment, cwd=site.shared, stdin=stdin)
    return done.stdout.strip()


def shown(site: Slurm, job: str, field: str) -> str:
    """One field of `scontrol show job`."""
    words = site.control("show", "job", job).split()
    return next(word.partition("=")[2] for word in words if word.startswith(f"{field}="))


def wait_for_state(site: Slurm, job: str, *states: str) -> None:
    """Waits until a job is in one of the states."""
    assert wait_until(lambda: shown(site, job, "JobState") in states, LIMIT_SECONDS), (
        shown(site, job, "JobState"),
        site.jobs(),
    )


def output(site: Slurm, job: str) -> str:
    return (site.shared / f"{job}.out").read_text()


def test_up_again_starts_nothing_again(slurm: Slurm) -> None:
    before = slurm.status()
    slurm.up()
    assert slurm.status() == before
    assert None not in before.values()


def test_a_job_runs_as_the_person_who_submitted_it(slurm: Slurm) -> None:
    job = submit(slurm, "--wrap", "id -un; echo $SLURMD_NODENAME; exit 3")
    wait_for_state(slurm, job, "FAILED")
    assert shown(slurm, job, "ExitCode") == "3:0"
    assert output(slurm, job).splitlines() == [user.NAME, "n1"]


def test_gpus_are_pretended(slurm: Slurm) -> None:
    job = submit(slurm, "--gres=gpu:a100:1", "--wrap", "echo $SLURM_GPUS_ON_NODE")
    wait_for_state(slurm, job, "COMPLETED")
    assert output(slurm, job) == "1\n"


def test_a_thousand_in_one_array(slurm: Slurm) -> None:
    submit(slurm, "--hold", "--array=0-999", "--wrap", "true")
    argv = ["squeue", "--me", "-h", "-r", "-o", "%t"]
    states = user.run(argv, env=slurm.environment).stdout.split()
    assert states == ["PD"] * 1000


def test_limits_of_arrays_and_partitions(slurm: Slurm) -> None:
    slurm.configure({"MaxArraySize": "101", "EnforcePartLimits": "ALL"})
    for words, said in [
        (["--array=0-101"], "Invalid job array specification"),
        (["-p", "debug", "--time=05:00:00"], "time limit is invalid"),
        (["-p", "grand"], "Invalid account or account/partition combination"),
    ]:
        argv = ["sbatch", *words, "--wrap", "true"]
        done = user.run(argv, env=slurm.environment, check=False)
        assert done.returncode != 0
        assert said in done.stderr


def test_a_job_over_its_memory_is_ended(slurm: Slurm) -> None:
    program = "import time; x = bytearray(2 ** 28); time.sleep(600)"
    job = submit(slurm, "--mem=50M", "--wrap", f"exec python3 -c '{program}'")
    wait_for_state(slurm, job, "FAILED")
    assert "exceeded memory limit" in output(slurm, job)


def test_a_node_that_goes_away(slurm: Slurm) -> None:
    lost = submit(slurm, "-w", "n1", "--no-requeue", "--wrap", "sleep 600")
    again = submit(slurm, "-w", "n1", "--requeue", "--wrap", "sleep 600")
    for job in (lost, again):
        wait_for_state(slurm, job, "RUNNING")
    slurm.down_node("n1")
    wait_for_state(slurm, lost, "NODE_FAIL")
    wait_for_state(slurm, again, "PENDING")
    assert shown(slurm, again, "Restarts") == "1"
    argv = ["sinfo", "-h", "-n", "n1", "-p", "debug", "-o", "%t"]
    assert user.run(argv, env=slurm.environment).stdout == "down\n"
    slurm.up_node("n1")
    # Slurm lets a job that lost its node wait for two minutes.
    slurm.control("update", f"JobId={again}", "StartTime=now")
    wait_for_state(slurm, again, "RUNNING")


def test_ended_jobs_are_forgotten(slurm: Slurm) -> None:
    slurm.configure({"MinJobAge": "2"})
    job = submit(slurm, "--wrap", "true")
    argv = ["squeue", "-h", "-t", "all", "-j", job]

    def forgotten() -> bool:
        done = user.run(argv, env=slurm.environment, check=False)
        return "Invalid job id specified" in done.stderr

    # slurmctld looks for old jobs every 30 s or so, whatever MinJobAge is.
    assert wait_until(forgotten, 90)


@pytest.mark.parametrize(
    ("daemon", "words"),
    [("slurmctld", "Unable to contact slurm controller"), ("munge", "munge")],
)
def test_a_daemon_that_stops_and_starts(slurm: Slurm, daemon: str, words: str) -> None:
    job = submit(slurm, "--wrap", "sleep 600")
    wait_for_state(slurm, job, "RUNNING")
    slurm.stop(daemon)
    assert slurm.status()[daemon] is None
    done = user.run(["squeue"], env=slurm.environment, check=False)
    assert done.returncode != 0
    assert words in done.stderr.lower() or words in done.stderr
    slurm.start(daemon)
    assert shown(slurm, job, "JobState") == "RUNNING"


def test_accounting_answers(slurm_accounting: Slurm) -> None:
    job = submit(slurm_accounting, "--wrap", "exit 3")
    argv = ["sacct", "-X", "-n", "-P", "-j", job, "-o", "State,ExitCode,Account,QOS"]

    def recorded() -> bool:
        done = user.run(argv, env=slurm_accounting.environment)
        return done.stdout.strip() == "FAILED|3:0|physics|normal"

    assert wait_until(recorded, LIMIT_SECONDS)


def test_limits_of_accounts(slurm_accounting: Slurm) -> None:
    environment = slurm_accounting.environment
    for words, said in [
        (["-A", "grand"], "Invalid account or account/partition combination"),
        (["-q", "reserved"], "Invalid qos specification"),
        (["-q", "short", "-t", "5", "--array=1-60"], "QOSMaxSubmitJobPerUserLimit"),
    ]:
        done = user.run(["sbatch", *words, "--wrap", "true"], env=environment, check=False)
        assert done.returncode != 0
        assert said in done.stderr
    argv = ["sacctmgr", "-nP", "show", "assoc", f"user={user.NAME}", "format=account,qos,maxsubmit"]
    assert user.run(argv, env=environment).stdout == "physics|normal,short|6000\n"


def test_without_accounting_sacct_says_so(slurm: Slurm) -> None:
    done = user.run(["sacct"], env=slurm.environment, check=False)
    assert done.returncode != 0
    assert "accounting storage is disabled" in done.stderr


def test_two_sites_know_nothing_of_each_other(slurm: Slurm, slurm_accounting: Slurm) -> None:
    submit(slurm, "--hold", "--wrap", "true")
    assert len(slurm.jobs()) == 1
    assert slurm_accounting.jobs() == []


def test_the_environment_is_a_logins(slurm: Slurm) -> None:
    done = user.run(["env"], env=slurm.environment)
    names = {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert names == {"HOME", "LANG", "LOGNAME", "PATH", "SHELL", "SLURM_CONF", "USER"}
