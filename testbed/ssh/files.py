"""The files of a submit host: its /etc, keys, PAM stacks and settings, and what its person has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed import user
from testbed.compiled import library
from testbed.programs import run
from testbed.ssh.accounts import add, make_homes
from testbed.ssh.configuration import BANNER, Place, kinds, sshd_config
from testbed.ssh.faces import ADDRESS, SEVERAL, Face
from testbed.ssh.kerberos import CLIENT, Realm
from testbed.ssh.person import Person, Secrets, fingerprint, make_key
from testbed.ssh.roots import Root
from testbed.ssh.services import DIALOGUES, NOT_ACTIVE, services

SOURCE = Path(__file__).resolve().parent / "pam_dialogue.c"
SSHD = Path("/usr/sbin/sshd")
FAR = "inner.testbed.invalid"
"""A name of the faces that are behind others, which only those know."""


@dataclass(frozen=True)
class Files:
    """Those of one submit host."""

    root: Root
    place: Place
    person: Person

    def write(self) -> None:
        """The site's files."""
        place = self.place
        for name in ("keys", "conf", "bin", "run", "run/sshd", "authorized_keys"):
            (place.folder / name).mkdir(mode=0o755)
        place.pam.mkdir(mode=0o700)
        place.banner.write_text(BANNER)
        secrets = self.person.write()
        run(["cp", "-a", self.root.etc, place.folder / "etc"])
        hashed = run(["openssl", "passwd", "-6", "-stdin"], stdin=secrets.password).strip()
        add(self.root.accounts, place.folder / "etc", hashed)
        make_homes(self.root.accounts)
        with (place.folder / "etc/hosts").open("a") as hosts:
            hosts.write(f"{ADDRESS} {FAR}\n")
        self.root.finish_etc(place.folder / "etc")
        if self.root.realm:
            Realm(place.folder / "kerberos", place.folder / "etc").write(secrets.password)
            self.person.kerberos.write_text(CLIENT)
        self._write_pam(secrets.totp)
        self._write_several(secrets)
        keys = [self.person.key, self.person.protected_key]
        allowed = "".join(path.with_name(f"{path.name}.pub").read_text() for path in keys)
        for account in self.root.accounts:
            (place.authorized_keys / account.name).write_text(allowed)
        make_key(place.folder / "keys/authority", "ed25519", "authority")
        for face in self.root.faces:
            for kind in kinds(face):
                make_key(place.host_key(face, kind), kind, face.name)
            if face.certified:
                self._certify(face)
            self.configure(face)
        self._describe()
        self.person.give()

    def _write_pam(self, totp: str) -> None:
        place = self.place
        module = place.folder / "pam_dialogue.so"
        shutil.copy(dialogue_module(), module)
        for service, text in services(place.pam, module).items():
            (place.folder / f"etc/pam.d/pilothouse-{service}").write_text(text)
            (place.folder / f"bin/pilothouse-{service}").symlink_to(SSHD)
        for name, text in DIALOGUES.items():
            (place.pam / name).write_text(text)
        (place.pam / "not-active").write_text(NOT_ACTIVE)
        code = place.pam / "code"
        code.touch(mode=0o600)
        # A code may be used again, as elsewhere it may not: tests log in more often than people.
        code.write_text(f'{totp}\n" WINDOW_SIZE 3\n" TOTP_AUTH\n')

    @property
    def several(self) -> Path:
        """What the server is told that asks several questions at once."""
        return self.place.pam / "several"

    def _write_several(self, secrets: Secrets) -> None:
        faces = [face for face in self.root.faces if face.service == SEVERAL]
        for face in faces:
            text = {
                "key": str(self.place.host_key(face)),
                "user": user.NAME,
                "uid": user.UID,
                "home": str(user.HOME),
                "password": secrets.password,
                "totp": secrets.totp,
            }
            self.several.touch(mode=0o600)
            self.several.write_text(json.dumps(text))

    def _certify(self, face: Face) -> None:
        key = self.place.host_key(face)
        run(
            [
                *("ssh-keygen", "-q", "-s", self.place.folder / "keys/authority", "-h"),
                *("-I", face.name, "-n", ADDRESS, f"{key}.pub"),
            ]
        )

    def configure(self, face: Face) -> None:
        """Writes what a face's sshd reads."""
        self.place.conf(face).write_text(self.text(face))

    def text(self, face: Face, address: str = ADDRESS) -> str:
        """What a face's sshd reads, listening at some address."""
        return sshd_config(
            face,
            self.place,
            variables=self.root.variables,
            own_service=self.root.own_service,
            address=address,
        )

    def _describe(self) -> None:
        """known_hosts, and the faces for tests of all languages."""
        known, described = [], {}
        authority = (self.place.folder / "keys/authority.pub").read_text()
        for face in self.root.faces:
            publics = [Path(f"{self.place.host_key(face, kind)}.pub") for kind in kinds(face)]
            names = f"[{ADDRESS}]:{face.port}" + (f",[{FAR}]:{face.port}" if face.behind else "")
            if face.certified:
                known.append(f"@cert-authority {names} {authority}")
            else:
                known += [f"{names} {public.read_text()}" for public in publics]
            described[face.name] = {
                "address": FAR if face.behind else ADDRESS,
                "port": face.port,
                "asks": face.asks,
                "behind": face.behind,
                "fingerprints": [fingerprint(public) for public in publics],
            }
        self.person.known_hosts.write_text("".join(known))
        self.person.config.write_text(ssh_config(self.root.faces, self.person))
        text = {
            "user": user.NAME,
            "accounts": [account.name for account in self.root.accounts],
            "key": str(self.person.key),
            "protectedKey": str(self.person.protected_key),
            "knownHosts": str(self.person.known_hosts),
            "secrets": str(self.person.secrets_file),
            "kerberos": str(self.person.kerberos) if self.root.realm else None,
            "faces": described,
        }
        self.person.faces_file.write_text(json.dumps(text, indent=2) + "\n")


def ssh_config(faces: Sequence[Face], person: Person) -> str:
    """The person's configuration, by ssh_config(5)."""
    lines = []
    for face in faces:
        lines += [f"Host {face.name}", f"  HostName {FAR if face.behind else ADDRESS}"]
        lines += [f"  Port {face.port}"]
        lines += [] if face.behind is None else [f"  ProxyJump {face.behind}"]
    lines += ["Host *", f"  User {user.NAME}", f"  IdentityFile {person.key}"]
    lines += ["  IdentitiesOnly yes", f"  UserKnownHostsFile {person.known_hosts}"]
    return "\n".join(lines) + "\n"


def dialogue_module() -> Path:
    """The PAM module, compiled once."""
    return library(SOURCE, "-lpam")
