"""Networks that cannot be crossed: a line leads where it leads, and each cut cuts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from testbed import user
from testbed.errors import TestbedError
from testbed.htcondor.pool import HTCondor
from testbed.networks.condor_node import htcondor_node
from testbed.networks.line import Cut, Line
from testbed.networks.machine import Machine, existing
from testbed.networks.networks import MOST_MACHINES, Networks, sweep
from testbed.networks.workers import slurm_node
from testbed.processes import wait_until
from testbed.programs import run, watched
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH

PYTHON = "/usr/bin/python3"
PORT = 7001
LIMIT_SECONDS = 30
IN_VAIN = ("OSError", "TimeoutError")

LISTENS = """
import socket, sys
door = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listens", flush=True)
while True:
    connection, (address, _) = door.accept()
    print(address, flush=True)
    try:
        while data := connection.recv(65536):
            connection.sendall(data)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""
DIALS = """
import socket, sys
try:
    connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)
    connection.settimeout(None)
    print("connected", flush=True)
    for line in sys.stdin:
        connection.sendall(line.encode())
        print(connection.recv(65536).decode(), end="", flush=True)
except OSError as error:
    print(type(error).__name__, flush=True)
"""


def started(machine: Machine, program: str, address: str) -> subprocess.Popen[str]:
    """A program of ours on a machine, which is told an address and says one line at first."""
    return machine.popen([PYTHON, "-uc", program, address, str(PORT)], stdin=subprocess.PIPE)


def out(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line)
    process.stdin.flush()


@contextmanager
def listening(machine: Machine, address: str) -> Iterator[subprocess.Popen[str]]:
    """Somebody who listens at an address of a machine and echoes."""
    with started(machine, LISTENS, address) as process:
        try:
            assert out(process).readline() == "listens\n"
            yield process
        finally:
            process.kill()


@contextmanager
def dialled(machine: Machine, address: str) -> Iterator[subprocess.Popen[str]]:
    """Somebody on a machine who has dialled; the line that it said first is not read yet."""
    with started(machine, DIALS, address) as process:
        try:
            yield process
        finally:
            process.kill()


def reaches(machine: Machine, address: str) -> str:
    """What it says who dials."""
    with dialled(machine, address) as process:
        return out(process).readline().strip()


def test_a_machine_without_a_line_reaches_nobody(networks: Networks) -> None:
    alone = networks.machine("alone")
    assert alone.listening() == []
    with listening(networks.here, "127.0.0.1"), listening(networks.here, "127.0.0.2"):
        assert reaches(networks.here, "127.0.0.1") == "connected"
        # Its loopback is its own.
        assert reaches(alone, "127.0.0.1") == "ConnectionRefusedError"
    for address in ("198.18.0.6", "192.0.2.2", "10.0.0.1"):
        assert reaches(alone, address) == "OSError"  # no route


def test_a_line_leads_one_way_and_no_further(networks: Networks) -> None:
    laptop, submit, worker = map(networks.machine, ("laptop", "submit host", "worker"))
    out_line = networks.line(laptop, submit)
    inner = networks.line(worker, submit, both_ways=True)
    with listening(submit, "0.0.0.0") as door:
        assert reaches(laptop, out_line.address) == "connected"
        # It is the router whom the submit host sees.
        assert out(door).readline().strip() not in ("", out_line.first_address)
        assert reaches(worker, inner.address) == "connected"
        assert out(door).readline().strip() == inner.first_address
        assert reaches(worker, out_line.address) == "OSError"
    with listening(worker, "0.0.0.0"), listening(laptop, "0.0.0.0"):
        assert reaches(submit, inner.first_address) == "connected"
        assert reaches(submit, out_line.first_address) in IN_VAIN
        assert reaches(worker, out_line.first_address) == "OSError"
        assert reaches(laptop, inner.first_address) == "OSError"


@pytest.fixture
def line(networks: Networks) -> Line:
    """A worker behind NAT, and this machine, its submit host."""
    return networks.line(networks.machine("worker"), networks.here)


@pytest.mark.parametrize("how", ["down", "lost"])
def test_a_cut_line_carries_nothing_and_forgets_nothing(line: Line, how: Cut) -> None:
    with listening(line.second, line.address), dialled(line.first, line.address) as worker:
        assert out(worker).readline() == "connected\n"
        say(worker, "before\n")
        assert out(worker).readline() == "before\n"
        with line.cut(how):
            # Who dials now waits until it gives up: nobody tells it anything.
            assert reaches(line.first, line.address) == "TimeoutError"
            say(worker, "during\n")
            assert worker.poll() is None
        assert out(worker).readline() == "during\n"
        assert reaches(line.first, line.address) == "connected"


def test_a_reset_is_seen_at_both_ends(line: Line) -> None:
    with listening(line.second, line.address) as door:
        with dialled(line.first, line.address) as worker:
            assert out(worker).readline() == "connected\n"
            assert out(door).readline() != ""
            assert line.reset() == 1
            assert out(door).readline() == "ConnectionResetError\n"
            say(worker, "after\n")
            assert out(worker).readline() == "ConnectionAbortedError\n"
        assert line.reset() == 0
        assert reaches(line.first, line.address) == "connected"


def test_a_slow_line_keeps_its_senders_waiting(line: Line) -> None:
    send = (
        "import socket, sys\n"
        "c = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "c.setblocking(False)\n"
        "print(c.send(b'x' * 2 ** 24), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with socket.create_server((line.address, PORT)) as door:
        line.slow(100)
        with started(line.first, send, line.address) as worker:
            connection, _ = door.accept()
            taken = int(out(worker).readline())
            assert taken < 2**24
            connection.settimeout(LIMIT_SECONDS)
            # Less than it has taken is here: 100 kbit are some 12 KB in a second.
            assert len(connection.recv(2**24)) < taken
            line.slow(None)
            received = 0
            worker.communicate("")
            while more := connection.recv(2**20):
                received += len(more)
            assert 0 < received <= taken
            connection.close()


@pytest.mark.usefixtures("networks")
def test_nothing_is_left() -> None:
    with Networks() as networks:
        worker = networks.machine("worker")
        line = networks.line(worker, networks.here)
        names = {worker.name, line.router.name}
        assert names <= set(existing())
        sleeper = worker.popen(["sleep", "4713"])
        assert wait_until(lambda: [p.pid for p in worker.processes()] == [sleeper.pid], 10)
    assert not names & set(existing())
    assert line.interface not in run(["ip", "-br", "link"])
    assert sleeper.wait(LIMIT_SECONDS) < 0


@pytest.mark.usefixtures("networks")
def test_who_crashed_leaves_nothing_either() -> None:
    program = (
        "import sys\n"
        "from testbed.networks.networks import Networks\n"
        "networks = Networks().__enter__()\n"
        "line = networks.line(networks.machine('worker'), networks.here)\n"
        "line.first.popen(['sleep', '4714'])\n"
        "print(line.first.name, line.router.name, line.interface, flush=True)\n"
        "sys.stdin.read()\n"
    )
    root = Path(__file__).resolve().parents[2]
    argv = [sys.executable, "-c", program]
    started = subprocess.Popen(
        argv, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with watched(started) as process:
        *names, interface = out(process).readline().split()
        assert sweep() == []  # it lives
        assert set(names) <= set(existing())
        os.kill(process.pid, signal.SIGKILL)
    assert set(sweep()) >= set(names)
    assert not set(names) & set(existing())
    assert wait_until(lambda: interface not in run(["ip", "-br", "link"]), LIMIT_SECONDS)


def test_a_test_cannot_make_networks_without_end(networks: Networks) -> None:
    for number in range(MOST_MACHINES):
        networks.machine(str(number))
    with pytest.raises(TestbedError, match=f"at most {MOST_MACHINES} machines"):
        networks.machine("one too many")


def test_a_laptop_logs_in_to_a_submit_host(networks: Networks, ssh: SSH) -> None:
    laptop = networks.machine("laptop")
    line = networks.line(laptop, networks.here)
    face = ssh.faces["keys"]
    argv = ["ssh", "-F", "none", "-i", str(ssh.person.key), "-p", str(face.port)]
    argv += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    argv += [f"{user.NAME}@{line.address}", "echo $SSH_CONNECTION; cat"]
    with ssh.also_at("keys", line.address):
        with watched(laptop.popen(argv, stdin=subprocess.PIPE)) as login:
            assert out(login).readline().split()[2] == line.address
            with line.cut():
                say(login, "during\n")
            assert out(login).readline() == "during\n"
            login.communicate("")
        assert reaches(laptop, line.address) == "ConnectionRefusedError"  # another port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((line.address, face.port))


def test_a_node_of_slurms_reaches_its_submit_host_alone(networks: Networks, slurm: Slurm) -> None:
    line = networks.line(networks.machine("n4"), networks.here, both_ways=True)
    script = f"{PYTHON} -c '{DIALS}' {line.address} {PORT} </dev/null; "
    script += f"{PYTHON} -c '{DIALS}' 127.0.0.1 {PORT} </dev/null"
    argv = ["sbatch", "--wait", "-w", "n4", "--output=net.out", "--wrap", script]
    output = slurm.shared / "net.out"
    with listening(networks.here, line.address), listening(networks.here, "127.0.0.1"):
        with slurm_node(slurm, "n4", line):
            user.run(argv, env=slurm.environment, cwd=slurm.shared)
            assert output.read_text().split() == ["connected", "ConnectionRefusedError"]
        user.run(argv, env=slurm.environment, cwd=slurm.shared)
        assert output.read_text().split() == ["connected", "connected"]


def test_a_node_of_htcondors_cannot_be_dialled(networks: Networks, htcondor: HTCondor) -> None:
    line = networks.line(networks.machine("node"), networks.here)
    program = f"{PYTHON} -c '{DIALS}' {line.address} {PORT} </dev/null\n"
    script = htcondor.shared / "dials.sh"
    script.write_text(f"#!/bin/sh\n{program}")
    script.chmod(0o755)
    text = "executable = dials.sh\noutput = net.out\nlog = net.log\n"
    text += "request_memory = 10\nrequest_disk = 10\nqueue\n"
    for name in ("net.out", "net.log"):
        (htcondor.shared / name).unlink(missing_ok=True)
    with htcondor_node(htcondor, line), listening(networks.here, line.address):
        assert reaches(networks.here, line.first_address) in IN_VAIN
        user.run(["condor_submit", "-"], env=htcondor.environment, cwd=htcondor.shared, stdin=text)
        wait = ["condor_wait", "-wait", "90", "net.log"]
        user.run(wait, env=htcondor.environment, cwd=htcondor.shared)
    assert (htcondor.shared / "net.out").read_text() == "connected\n"
