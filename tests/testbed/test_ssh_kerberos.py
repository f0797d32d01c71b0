"""A submit host that takes Kerberos tickets: its faces do what they say."""

from __future__ import annotations

import subprocess
from pathlib import Path

from testbed import user
from testbed.programs import environment
from testbed.ssh.host import SSH
from testbed.ssh.kerberos import Cache


def ssh_to(site: SSH, face: str, cache: Cache) -> subprocess.CompletedProcess[str]:
    """Whom a login without a question is."""
    options = ["-o", "GSSAPIAuthentication=yes", "-o", "BatchMode=yes"]
    return subprocess.run(
        ["ssh", "-F", site.person.config, *options, face, "id", "-un"],
        env=environment(cache.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_ticket_lets_its_owner_in(ssh_kerberos: SSH, tmp_path: Path) -> None:
    cache = Cache(ssh_kerberos.person.kerberos, tmp_path / "tickets")
    before = ssh_to(ssh_kerberos, "kerberos", cache)
    assert (before.returncode, before.stdout) == (255, "")
    assert "Permission denied (gssapi-with-mic)" in before.stderr
    cache.fill(ssh_kerberos.person.secrets.password)
    for face in ssh_kerberos.faces:
        inside = ssh_to(ssh_kerberos, face, cache)
        assert (inside.returncode, inside.stdout) == (0, f"{user.NAME}\n"), inside
    other = Cache(ssh_kerberos.person.kerberos, tmp_path / "others")
    assert ssh_to(ssh_kerberos, "kerberos", other).returncode == 255
