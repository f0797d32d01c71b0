"""A notebook whose pilots cannot dial it: they come home through the submit host."""

from __future__ import annotations

import re
import subprocess
import sys

import psutil
import pytest

from testbed import user
from testbed.programs import watched
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH

from .person import Person

LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("far", blocks=2)

@python_app
def square(number):
    import os
    return number ** 2, os.environ["SLURMD_NODENAME"]

@python_app
def mark(path, number):
    import os, time
    time.sleep(0.3)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, b"%d\\n" % number)
    os.close(fd)
    return number

@python_app
def back(data):
    return data
"""


@pytest.fixture
def far(slurm: Slurm, ssh: SSH, at_slurm: Person) -> Person:
    """Logged in to a submit host that forwards nothing; profile `far` is Slurm behind it."""
    at_slurm.profile(
        "far",
        {"kind": "slurm", "partition": "general"},
        submitHost={
            "address": "127.0.0.1",
            "port": ssh.faces["no-forwarding"].port,
            "user": "pilothouse-tester",
            "keyFile": str(ssh.person.key),
        },
        uplink={"kinds": ["submit-host"], "submitHostAddress": "127.0.0.1"},
        pilot={"walltime": "10", "memoryMiB": 500, "cores": 2},
    )
    at_slurm.log_in("far")
    return at_slurm


def relays() -> list[psutil.Process]:
    """Those that run on submit hosts."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any("os.read(0" in word for word in words) and words[0].startswith("python3"):
            found.append(process)
    return found


def test_pilots_of_slurm_come_home_over_a_login_that_allows_no_forward(
    slurm: Slurm, far: Person
) -> None:
    notebook = far.open()
    notebook.run(LOAD)
    printed = notebook.run(
        "print([square(number).result()[0] for number in range(20)])\n"
        "data = bytes(range(256)) * 20_000\n"
        "print(back(data).result() == data)"
    )
    squares, same = printed.splitlines()
    assert squares == str([number**2 for number in range(20)])
    assert same == "True"
    assert "uplink.open" in (far.state / "bridge.log").read_text()
    assert len(slurm.jobs()) == 2


def test_relays_that_are_killed_lose_and_double_no_task(far: Person) -> None:
    notebook = far.open()
    notebook.run(LOAD)
    notebook.run("print(square(1).result()[0])")
    marks = far.root / "work" / "marks"
    notebook.run(f"futures = [mark({str(marks)!r}, number) for number in range(40)]")

    def opened() -> int:
        return (far.state / "bridge.log").read_text().count('"uplink.open"')

    for number, done in enumerate((3, 12, 21)):

        def reached(number: int = number, done: int = done) -> bool:
            ran = marks.exists() and marks.read_text().count("\n") >= done
            # Workers go on without it for a while: it may not be there again.
            return ran and opened() == number + 1

        far.wait_for(f"{done} tasks, and the way home", reached)
        (relay,) = relays()
        relay.kill()
        relay.wait(30)
    assert notebook.run("print(sum(future.result() for future in futures))") == "780\n"
    assert sorted(int(line) for line in marks.read_text().split()) == list(range(40))
    assert opened() == 4
    assert {task["tries"] for task in far.tasks()} == {1}


def test_pilots_and_notebook_meet_at_a_relay_of_its_own(at_slurm: Person, ssh: SSH) -> None:
    secret = at_slurm.root / "relay-secret"
    at_slurm.said("sh", "-c", 'umask 077; cat > "$0"', str(secret), stdin="5e" * 32)
    argv = [sys.executable, "-m", "pilothouse", "relay", "--secret-file", str(secret)]
    started = user.popen(
        [*argv, "--listen", "127.0.0.1:0", "--name", "127.0.0.1"],
        env=at_slurm.environment,
        cwd=at_slurm.root,
        stdout=subprocess.PIPE,
    )
    with watched(started) as relay:
        assert relay.stdout is not None
        found = re.search(r'"127\.0\.0\.1:(\d+)"', relay.stdout.readline())
        assert found is not None
        at_slurm.profile(
            "far",
            {"kind": "slurm", "partition": "general"},
            submitHost={
                "address": "127.0.0.1",
                "port": ssh.faces["no-forwarding"].port,
                "user": "pilothouse-tester",
                "keyFile": str(ssh.person.key),
            },
            uplink={
                "kinds": ["relay"],
                "relay": f"127.0.0.1:{found[1]}",
                "relaySecretFile": str(secret),
            },
            pilot={"walltime": "10", "memoryMiB": 500, "cores": 2},
        )
        at_slurm.log_in("far")
        notebook = at_slurm.open()
        notebook.run(LOAD)
        assert notebook.run("print(square(12).result()[0])") == "144\n"
        assert relays() == []
        at_slurm.close()
        at_slurm.end()
        relay.terminate()
    assert relay.returncode == 0
