"""The submit hosts that are logged in to, changed, stopped and ended by a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed import user
from testbed.alone import alone
from testbed.errors import TestbedError
from testbed.processes import wait_until
from testbed.programs import watched
from testbed.sessions import mark
from testbed.ssh.host import SSH
from tests.testbed.openssh import LIMIT_SECONDS, Client


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


def test_there_is_no_other_face(ssh: SSH) -> None:
    with pytest.raises(TestbedError, match="ssh has no sshd-nobody: it has"):
        ssh.start("sshd-nobody")
