"""What is there once a face is logged in to: sessions, forwards, shells, schedulers."""

from __future__ import annotations

import socket
import stat
import subprocess
from pathlib import Path

import pytest

from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.processes import wait_until
from testbed.programs import watched
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH
from tests.testbed.openssh import LIMIT_SECONDS, Client


def test_forwarding_and_where_it_is_forbidden(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with watched(client.start("keys", "-W", f"127.0.0.1:{port}")) as process:
            door.settimeout(LIMIT_SECONDS)
            connection, _ = door.accept()
            with connection:
                connection.sendall(b"by the submit host\n")
            assert process.communicate()[0] == "by the submit host\n"
        done = client.run("no-forwarding", "-W", f"127.0.0.1:{port}")
        assert "administratively prohibited" in done.stderr
        client.options = ["ExitOnForwardFailure=yes"]
        back = ("-R", f"0:127.0.0.1:{port}", "echo", "listens")
        done = client.run("keys", *back)
        assert "Allocated port" in done.stderr
        assert done.stdout == "listens\n"
        done = client.run("no-forwarding", *back)
        assert "remote port forwarding failed" in done.stderr
        assert done.returncode == 255


def test_two_sessions_and_no_third(client: Client, folder: Path) -> None:
    control = folder / "c"
    client.options = [f"ControlPath={control}"]
    with watched(client.start("two-sessions", "-M", "cat")) as first:
        assert wait_until(control.exists, LIMIT_SECONDS)
        # Who cannot have a session by the first's connection must not make one of its own.
        client.options.append("ProxyCommand=false")
        with watched(client.start("two-sessions", "echo", "second;", "cat")) as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "second\n"
            done = client.run("two-sessions", "echo", "third")
            assert done.stdout == ""
            assert "Session open refused by peer" in done.stderr
            second.communicate()
        assert client.run("two-sessions", "echo", "third").stdout == "third\n"
        first.communicate()


def test_what_is_silent_is_closed(client: Client) -> None:
    speaks = "while echo; do sleep 0.2; done"
    with (
        watched(client.start("idle", speaks)) as loud,
        watched(client.start("idle", "exec cat")) as silent,
    ):
        assert silent.wait(LIMIT_SECONDS) != 0
        assert loud.poll() is None
        loud.kill()
        loud.communicate()
    with watched(client.start("idle", "-N")) as unused:
        assert "closed by remote host" in unused.communicate(timeout=LIMIT_SECONDS)[1]


def test_what_is_behind_a_jump_host_is_reached_only_from_it(client: Client) -> None:
    for name in ("inner", "key-inner"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", client.site.faces[name].port))
    # It lives where its scheduler is, and the jump host does not.
    networks = {
        name: client.run(name, "readlink", "/proc/self/ns/net").stdout
        for name in ("keys", "key-inner", "key-jump")
    }
    assert networks["keys"] == networks["key-inner"] != networks["key-jump"]


@pytest.mark.parametrize(
    ("account", "before"),
    [
        ("dash", ""),
        ("loud", "\033[1;31m*** Maintenance on Tuesday ***\033[0m\nand a line that does not end"),
        ("zsh", "\033[1;31mzsh of the site\033[0m\n"),
        ("tcsh", "tcsh of the site\n"),
        ("fish", "fish of the site\n"),
    ],
)
def test_login_shells_that_say_something(client: Client, account: str, before: str) -> None:
    done = client.run("keys", "echo", "$0", user=f"pilothouse-{account}")
    shell = "" if account == "fish" else {"loud": "bash"}.get(account, account)
    assert done.stdout == f"{before}{shell}\n"
    number = client.run("keys", "id", "-u", user=f"pilothouse-{account}").stdout
    assert number == f"{before}{user.UID}\n"


def test_a_login_shell_that_starts_something(client: Client) -> None:
    lingering = client.start("keys", "echo", "done", user="pilothouse-lingering")
    with watched(lingering) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        # The command is over, but what it started holds its output.
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.kill()


def test_a_neighbour_sees_no_secret(client: Client) -> None:
    person = client.site.person
    for path in person.folder.iterdir():
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o600 if path.name.startswith(("secrets", "id_")) else 0o644) or (
            path.suffix == ".pub"
        )
    assert stat.S_IMODE(person.folder.stat().st_mode) == 0o700
    for account in ("pilothouse-neighbour", user.NAME):
        done = client.run("keys", "cat", str(person.secrets_file), user=account)
        assert done.returncode != 0


def test_slurms_commands_are_there(client: Client, slurm: Slurm) -> None:
    submit = f"cd {slurm.shared} && sbatch --parsable --hold --wrap true"
    done = client.run("key-inner", submit)
    assert slurm.jobs() == [f"{done.stdout.strip()} PENDING JobHeldUser"], done.stderr


def test_htcondors_are_there(ssh_htcondor: SSH, htcondor: HTCondor, folder: Path) -> None:
    client = Client(ssh_htcondor, folder)
    person = ssh_htcondor.person
    text = "executable = /bin/true\nhold = true\nrequest_memory = 10\nrequest_disk = 10\nqueue\n"
    done = client.run(
        "htcondor",
        f"cd {htcondor.shared} && condor_submit -terse - && python3 -V",
        answers=[person.secrets.password, person.code()],
        stdin=text,
    )
    job, version = done.stdout.splitlines()
    assert version.startswith("Python 3.13")
    first, _, _ = job.partition(" ")
    assert [line.split()[:3] for line in htcondor.jobs()] == [[*first.split("."), "5"]]
