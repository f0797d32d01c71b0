"""What the person has who logs in: keys, a password, a telephone that shows codes, known_hosts."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from testbed import user
from testbed.programs import run
from testbed.ssh.totp import code


@dataclass(frozen=True)
class Secrets:
    """In a file of mode 0600, and made anew whenever the site is started."""

    password: str
    """Of all accounts."""
    totp: str
    """The secret of the codes, base32."""
    passphrase: str
    """Of the protected key."""


@dataclass(frozen=True)
class Person:
    """A folder of mode 0700 on the notebook's machine; the submit hosts do not see it."""

    folder: Path

    @property
    def key(self) -> Path:
        """A private key without a passphrase, which all accounts accept."""
        return self.folder / "id_ed25519"

    @property
    def protected_key(self) -> Path:
        """Another, with a passphrase."""
        return self.folder / "id_protected"

    @property
    def known_hosts(self) -> Path:
        """Has all faces."""
        return self.folder / "known_hosts"

    @property
    def kerberos(self) -> Path:
        """A krb5.conf, where the site has a realm; the password is the account's."""
        return self.folder / "krb5.conf"

    @property
    def config(self) -> Path:
        """For `ssh -F`: each face by its name; ssh_config(5)."""
        return self.folder / "config"

    @property
    def secrets_file(self) -> Path:
        """JSON: `Secrets`."""
        return self.folder / "secrets.json"

    @property
    def faces_file(self) -> Path:
        """JSON: all that is no secret; docs/testbed.md."""
        return self.folder / "faces.json"

    @property
    def secrets(self) -> Secrets:
        """Password and all."""
        return Secrets(**json.loads(self.secrets_file.read_text()))

    def code(self) -> str:
        """What the telephone shows now."""
        return code(self.secrets.totp, time.time())

    def write(self) -> Secrets:
        """Makes all that does not depend on the faces."""
        self.folder.mkdir(mode=0o700)
        made = Secrets(
            password=secrets.token_urlsafe(12),
            totp=base64.b32encode(secrets.token_bytes(20)).decode(),
            passphrase=secrets.token_urlsafe(12),
        )
        self.secrets_file.touch(mode=0o600)
        self.secrets_file.write_text(json.dumps(asdict(made)))
        make_key(self.key, "ed25519", "pilothouse-testbed")
        make_key(self.protected_key, "ed25519", "pilothouse-testbed-protected", made.passphrase)
        return made

    def give(self) -> None:
        """Makes all of it the tester's; ssh(1) takes keys of its user only."""
        for path in (self.folder, *self.folder.iterdir()):
            os.chown(path, user.UID, user.UID)


def make_key(path: Path, kind: str, comment: str, passphrase: str = "") -> None:
    """A pair of keys; ssh-keygen(1)."""
    # The passphrase of a key of the testbed, of which nobody is to be kept from.
    run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", comment, "-f", path])


def fingerprint(public: Path) -> str:
    """As ssh-keygen(1) prints it."""
    blob = base64.b64decode(public.read_text().split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
