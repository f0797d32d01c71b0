"""The machines that are submit hosts: this one with an /etc of its own, and HTCondor's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from testbed import debian, user
from testbed.enclosure import INIT
from testbed.htcondor import root as trixie
from testbed.htcondor.configuration import condor_config
from testbed.places import SHARED
from testbed.slurm.cluster import Slurm
from testbed.ssh import kerberos
from testbed.ssh.accounts import ACCOUNTS, BOTH_ROOTS, Account
from testbed.ssh.faces import APART, APART_PORTS, HTCONDORS, KERBEROS, THIS_MACHINE, Face

PACKAGES = (
    *("openssh-server", "openssh-client", "openssl", "libpam-google-authenticator"),
    *("zsh", "tcsh", "fish", "python3-asyncssh"),
    *("gcc", "libc6-dev", "libpam0g-dev"),  # for pam_dialogue.c
)

HERE_SETUP = """
site=$1 python=$2 init=$3
mount --bind "$site/etc" /etc
mount --bind "$site/run" /run
# Logins are written down by nobody, and what the person has is not on this machine.
mount -t tmpfs none /var/log
mount -t tmpfs -o mode=700 none "$site/person"
echo >"$0"
exec "$python" -I -S "$init"
"""

TRIXIE_SETUP = """
site=$1 root=$2 init=$3 shared=$4 home=$5
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount --bind "$site" "$root$site"
mount --bind "$shared" "$root$shared"
mount --bind "$home" "$root$home"
mount --bind /tmp "$root/tmp"
mount --bind "$site/etc" "$root/etc"
mount --bind "$site/run" "$root/run"
mount -t tmpfs none "$root/var/log"
mount -t tmpfs -o mode=700 none "$root$site/person"
cp "$init" "$site/init.py"
mount -o remount,bind,ro "$root"
cd "$root"
pivot_root . old
umount -l /old
echo >"$0"
exec /usr/bin/python3 -I -S "$site/init.py"
"""


@dataclass(frozen=True)
class Root:
    """One machine: its faces and accounts, and how it is made."""

    name: str
    faces: tuple[Face, ...]
    accounts: tuple[Account, ...]
    etc: Path
    """What its /etc is a copy of."""
    setup: str
    own_service: bool
    """configuration.py, `sshd_config`."""
    words: Callable[[Path], tuple[str | Path, ...]]
    """The words of `setup`, for the folder of its files."""
    prepare: Callable[[], None]
    finish_etc: Callable[[Path], None]
    variables: Mapping[str, str]
    """In the environment of each session."""
    realm: bool = False
    """Whether it has a Kerberos realm (kerberos.py)."""


def this_machine() -> Root:
    """This machine, with Slurm's commands."""
    python = os.path.realpath(sys.executable)
    return Root(
        name="ssh",
        faces=THIS_MACHINE,
        accounts=ACCOUNTS,
        etc=Path("/etc"),
        setup=HERE_SETUP,
        own_service=False,
        words=lambda folder: (folder, python, INIT),
        prepare=lambda: debian.install(PACKAGES),
        finish_etc=lambda etc: None,
        variables=Slurm().environment,
    )


def apart() -> Root:
    """This machine once more, for tests that stop it or change its settings and keys."""
    faces = [replace(face, port=face.port + APART_PORTS) for face in THIS_MACHINE]
    few = tuple(face for face in faces if face.name in APART)
    return replace(this_machine(), name="ssh-apart", faces=few)


def tickets() -> Root:
    """This machine once more, as a site with Kerberos has it."""
    packages = (*PACKAGES, *kerberos.PACKAGES)
    return replace(
        this_machine(),
        name="ssh-kerberos",
        faces=KERBEROS,
        prepare=lambda: debian.install(packages),
        realm=True,
    )


def htcondors() -> Root:
    """A machine of HTCondor's pool: its files, not its processes; the schedd is another's."""
    return Root(
        name="ssh-htcondor",
        faces=HTCONDORS,
        accounts=BOTH_ROOTS,
        etc=trixie.ROOT / "etc",
        setup=TRIXIE_SETUP,
        own_service=True,
        words=_trixie_words,
        prepare=_prepare_trixie,
        finish_etc=lambda etc: _configure_condor(etc),
        variables={},
    )


def _prepare_trixie() -> None:
    debian.install(PACKAGES)
    trixie.made()


def _trixie_words(folder: Path) -> tuple[str | Path, ...]:
    paths = (folder, SHARED, user.HOME)
    for path in (*paths, Path("/old")):
        (trixie.ROOT / str(path).lstrip("/")).mkdir(parents=True, exist_ok=True)
    return (folder, trixie.ROOT, INIT, SHARED, user.HOME)


def _configure_condor(etc: Path) -> None:
    text = condor_config(Path("/bin/false"))  # no worker node is started here
    (etc / "condor/config.d/50-testbed").write_text(text)
