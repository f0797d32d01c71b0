"""The submit hosts that are logged in to: each face does what it says."""

from __future__ import annotations

import re
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testbed import user
from testbed.alone import alone
from testbed.errors import TestbedError
from testbed.htcondor.pool import HTCondor
from testbed.processes import wait_until
from testbed.programs import watched
from testbed.sessions import mark
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH
from testbed.ssh.person import Secrets
from testbed.ssh.totp import code
from tests.testbed.openssh import Client

LIMIT_SECONDS = 40
Answers = Callable[[Secrets, str], list[str]]

PASSWORD, CODE = "Password: ", "Verification code: "
DUO = (
    "Duo two-factor login for pilothouse-tester\n\n"
    "Enter a passcode or select one of the following options:\n\n"
    " 1. Duo Push to XXX-XXX-1234\n 2. Phone call to XXX-XXX-1234\n\n"
    "Passcode or option (1-2): "
)
DEVICE = (
    "Authenticate at\n-----------------\n"
    "https://login.testbed.invalid/device?user_code=QXT-RRL-ZHK\n-----------------\n"
    "Type return when you have approved it: "
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose name is short enough for a control socket, as another user may enter it."""
    with tempfile.TemporaryDirectory(prefix="ph-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def client(ssh: SSH, folder: Path) -> Client:
    """A person with a notebook."""
    return Client(ssh, folder)


def questions(client: Client) -> list[str]:
    """What was asked, without the account and host that ssh(1) puts before it."""
    return [re.sub(r"^\(\S+@\S+\) ", "", asked) for asked in client.asked]


@pytest.mark.parametrize(
    ("face", "answers", "asked"),
    [
        ("keys", lambda s, c: [], []),
        ("password", lambda s, c: [s.password], ["pilothouse-tester@127.0.0.1's password: "]),
        ("totp", lambda s, c: [s.password, c], [PASSWORD, CODE]),
        ("key-totp", lambda s, c: [c], [CODE]),
        ("key-password-totp", lambda s, c: [s.password, c], [PASSWORD, CODE]),
        ("partial", lambda s, c: [s.password], ["pilothouse-tester@127.0.0.1's password: "]),
        ("duo", lambda s, c: [s.password, "1"], [PASSWORD, DUO]),
        ("device", lambda s, c: [s.password, ""], [PASSWORD, DEVICE]),
        (
            "several",
            lambda s, c: ["physics", s.password, c, ""],
            ["Project: ", PASSWORD, "Code: ", "Remark: "],
        ),
        ("inner", lambda s, c: [s.password, c] * 2, [PASSWORD, CODE] * 2),
        ("key-inner", lambda s, c: [], []),
        ("any", lambda s, c: [], []),
        ("certified", lambda s, c: [], []),
    ],
)
def test_a_face_asks_what_it_says(
    client: Client, face: str, answers: Answers, asked: list[str]
) -> None:
    person = client.site.person
    done = client.run(face, "id", "-un", answers=answers(person.secrets, person.code()))
    assert done.stdout == "pilothouse-tester\n", done.stderr
    assert questions(client) == asked


def test_who_has_no_key_is_refused(client: Client, folder: Path) -> None:
    client.key = folder / "none"
    for face in ("keys", "key-totp", "partial"):
        done = client.run(face, "true", answers=[client.site.person.secrets.password] * 9)
        assert done.returncode == 255
        assert "Permission denied" in done.stderr


def test_a_key_with_a_passphrase(client: Client) -> None:
    client.options = ["IdentityAgent=none"]
    person = client.site.person
    client.key = person.protected_key
    done = client.run("keys", "true", answers=["wrong", person.secrets.passphrase])
    assert done.returncode == 0, done.stderr
    assert [asked.partition(" for")[0] for asked in client.asked] == ["Enter passphrase"] * 2


def test_a_wrong_code_is_asked_again_and_not_for_ever(client: Client) -> None:
    person = client.site.person
    password = person.secrets.password
    done = client.run("totp", "true", answers=[password, "000000", password, person.code()])
    assert done.returncode == 0, done.stderr
    # Whatever was wrong, both are asked, so that nobody learns which it was.
    done = client.run("totp", "true", answers=["wrong", person.code()] * 3)
    assert done.returncode == 255
    assert questions(client) == [PASSWORD, CODE] * 3
    assert "Permission denied (keyboard-interactive)" in done.stderr


def test_a_second_factor_says_more(client: Client) -> None:
    secrets = client.site.person.secrets
    done = client.run("duo", "true", answers=[secrets.password, "7", "push"])
    assert done.returncode == 0
    assert questions(client)[2] == (
        "Incorrect passcode. Please try again.\nPasscode or option (1-2): "
    )
    # What is said last is a round without a question.
    assert done.stderr.endswith("Success. Logging you in...\n")
    assert "authorised use only" in done.stderr
    done = client.run("device", "true", answers=[secrets.password, "x", "y", "z"])
    assert done.returncode == 255
    client.options = ["NumberOfPasswordPrompts=1"]
    client.run("several", "true", answers=["physics", "wrong", "1", ""])
    assert questions(client) == ["Project: ", PASSWORD, "Code: ", "Remark: "]


@pytest.mark.parametrize("method", ["publickey", "keyboard-interactive"])
def test_an_account_that_is_not_active_yet(client: Client, method: str) -> None:
    client.options = [f"PreferredAuthentications={method}"]
    done = client.run("inactive", "true", answers=[client.site.person.secrets.password])
    assert done.returncode == 255
    assert "Your account is not active yet: its project has not been approved." in done.stderr


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
    with client.start("two-sessions", "-M", "cat") as first:
        assert wait_until(control.exists, LIMIT_SECONDS)
        # Who cannot have a session by the first's connection must not make one of its own.
        client.options.append("ProxyCommand=false")
        with client.start("two-sessions", "echo", "second;", "cat") as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "second\n"
            done = client.run("two-sessions", "echo", "third")
            assert done.stdout == ""
            assert "Session open refused by peer" in done.stderr
            second.communicate()
        assert client.run("two-sessions", "echo", "third").stdout == "third\n"
        first.communicate()


def test_who_does_not_answer_in_time_is_put_off(ssh: SSH) -> None:
    with socket.create_connection(("127.0.0.1", ssh.faces["hasty"].port)) as dialled:
        dialled.settimeout(LIMIT_SECONDS)
        said = b""
        while more := dialled.recv(1000):
            said += more
    assert said.startswith(b"SSH-2.0-OpenSSH_9.2")


def test_what_is_silent_is_closed(client: Client) -> None:
    speaks = "while echo; do sleep 0.2; done"
    with client.start("idle", speaks) as loud, client.start("idle", "exec cat") as silent:
        assert silent.wait(LIMIT_SECONDS) != 0
        assert loud.poll() is None
        loud.kill()
        loud.communicate()
    with client.start("idle", "-N") as unused:
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


def test_who_was_refused_waits(ssh_htcondor: SSH, folder: Path) -> None:
    client = Client(ssh_htcondor, folder)
    assert client.run("penalties", "true").returncode == 0
    client.options = ["PreferredAuthentications=password", "NumberOfPasswordPrompts=1"]
    assert client.run("penalties", "true", answers=["wrong"]).returncode == 255

    def first_words() -> bytes:
        address = ("127.0.0.1", ssh_htcondor.faces["penalties"].port)
        with socket.create_connection(address) as dialled:
            return dialled.recv(100)

    assert wait_until(lambda: first_words().startswith(b"Not allowed at this time"), 10)
    assert wait_until(lambda: first_words().startswith(b"SSH-2.0-OpenSSH_10"), LIMIT_SECONDS)


def test_another_key_is_noticed_and_gone_with_the_test(ssh_apart: SSH, folder: Path) -> None:
    client = Client(ssh_apart, folder)
    assert client.run("keys", "true").returncode == 0
    ssh_apart.change_key("keys")
    done = client.run("keys", "true")
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr
    ssh_apart.configure("totp", {"AuthenticationMethods": "none"})
    ssh_apart.restore()
    assert client.run("keys", "true").returncode == 0
    assert client.run("totp", "true").returncode == 255


def test_a_login_that_is_cut(ssh_apart: SSH, folder: Path) -> None:
    client = Client(ssh_apart, folder)
    with watched(client.start("key-inner", "echo in; cat")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        ssh_apart.log_out("key-inner")
        assert process.wait(LIMIT_SECONDS) == 255
    ssh_apart.stop("sshd-key-inner")
    assert client.run("key-inner", "true").returncode == 255
    ssh_apart.start("sshd-key-inner")
    assert client.run("key-inner", "true").returncode == 0
    ssh_apart.stop("sshd-keys")
    done = client.run("keys", "true")
    assert "Connection refused" in done.stderr


def test_down_leaves_nothing(ssh_apart: SSH, folder: Path) -> None:
    client = Client(ssh_apart, folder)
    login = client.start("keys", "trap '' TERM HUP; echo in; setsid sleep 4711")
    try:
        assert login.stdout is not None
        assert login.stdout.readline() == "in\n"

        def asleep() -> bool:
            return any("4711" in process.words for process in ssh_apart.enclosure.processes())

        assert wait_until(asleep, LIMIT_SECONDS)
        processes = list(ssh_apart.enclosure.processes())
        by_a_test = mark(ssh_apart).exists()
        with alone():
            ssh_apart.down()
            try:
                assert not any(process.alive for process in processes)
                assert not ssh_apart.enclosure.folder.exists()
                assert "pilothouse-testbed" not in Path("/proc/self/mountinfo").read_text()
                assert user.NAME + ":" in Path("/etc/passwd").read_text()
                assert "pilothouse-zsh" not in Path("/etc/passwd").read_text()
                ssh_apart.down()  # again, which is no error
            finally:
                ssh_apart.up()
                if by_a_test:
                    mark(ssh_apart).touch()
        login.wait(LIMIT_SECONDS)
    finally:
        login.kill()
        login.communicate()


@pytest.mark.parametrize(
    ("at_seconds", "shown"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(at_seconds: int, shown: str) -> None:
    # Its appendix B, the last six of eight digits.
    assert code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at_seconds) == shown


def test_there_is_no_other_face(ssh: SSH) -> None:
    with pytest.raises(TestbedError, match="ssh has no sshd-nobody: it has"):
        ssh.start("sshd-nobody")
