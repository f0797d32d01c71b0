"""What an sshd of the testbed is told: pure text, by sshd_config(5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.ssh.faces import ADDRESS, QUESTIONS, Face

SFTP = "/usr/lib/openssh/sftp-server"
BANNER = """\
*****************************************************************
*  \u001b[1mTestbed\u001b[0m: authorised use only.  https://testbed.invalid/rules  *
*****************************************************************
"""


@dataclass(frozen=True)
class Place:
    """Where a submit host's files are."""

    folder: Path

    def host_key(self, face: Face, kind: str = "ed25519") -> Path:
        """A private key of a face; its certificate and public half are beside it."""
        return self.folder / "keys" / f"{face.name}_{kind}"

    def conf(self, face: Face) -> Path:
        """A face's sshd_config."""
        return self.folder / "conf" / face.name

    @property
    def authorized_keys(self) -> Path:
        """A folder with a file for each account."""
        return self.folder / "authorized_keys"

    @property
    def pam(self) -> Path:
        """What PAM's modules read; root's alone."""
        return self.folder / "pam"

    @property
    def banner(self) -> Path:
        """Shown to everybody who dials a face that shows one."""
        return self.folder / "banner"

    @property
    def person(self) -> Path:
        """The person's own files: keys, known_hosts, password; on the notebook's machine."""
        return self.folder / "person"


def kinds(face: Face) -> tuple[str, ...]:
    """The kinds of its host keys: one face has several."""
    return ("ed25519", "ecdsa", "rsa") if face.name == "any" else ("ed25519",)


def sshd_config(
    face: Face,
    place: Place,
    *,
    variables: Mapping[str, str],
    own_service: bool,
    address: str = ADDRESS,
) -> str:
    """A face's configuration.

    `variables` are in each session's environment; `own_service`: whether this sshd can be told the
    name of its PAM service (9.8 and later), which else is the name of its program.
    """
    used = face.asks.replace(",", " ").split()
    values: dict[str, object] = {
        "ListenAddress": f"{address}:{face.port}",
        "AuthenticationMethods": face.asks,
        "PubkeyAuthentication": _yes("publickey" in used),
        "PasswordAuthentication": _yes("password" in used),
        "KbdInteractiveAuthentication": _yes(QUESTIONS in used),
        "AuthorizedKeysFile": place.authorized_keys / "%u",
        "UsePAM": "yes",
        "PermitRootLogin": "no",
        "PidFile": "none",
        "LogLevel": "VERBOSE",
        "UseDNS": "no",
        "PrintMotd": "no",
        # Tests log in many times at once; sites' own limit drops one in three of these.
        "MaxStartups": "100:30:200",
        **face.options,
    }
    if face.certified:
        values["HostCertificate"] = f"{place.host_key(face)}-cert.pub"
    if face.banner:
        values["Banner"] = place.banner
    if own_service:
        values["PAMServiceName"] = service_name(face)
        values.setdefault("PerSourcePenalties", "no")
    lines = [f"{name} {value}" for name, value in values.items()]
    lines += [f"HostKey {place.host_key(face, kind)}" for kind in kinds(face)]
    if variables:
        lines += [f"SetEnv {' '.join(f'{name}={value}' for name, value in variables.items())}"]
    lines += [f"Subsystem sftp {SFTP}"]
    return "\n".join(lines) + "\n"


def service_name(face: Face) -> str:
    """The name of its PAM service."""
    return f"pilothouse-{face.service}"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
