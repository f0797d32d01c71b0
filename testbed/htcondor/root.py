"""The folder that is HTCondor's whole world: Debian trixie, whose Python is 3.13."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from testbed import user
from testbed.debian import NO_DAEMONS, install, mirror, sources
from testbed.places import CACHE
from testbed.programs import environment, run

ROOT = CACHE / "trixie-2"
"""The number rises whenever this file makes another root of it."""

PACKAGES = (
    *("minicondor", "python3", "python3-venv", "procps", "ca-certificates"),
    *("openssh-server", "libpam-google-authenticator"),
)


def made() -> Path:
    """The root, built if it is not there; it appears whole or not at all."""
    if ROOT.exists():
        return ROOT
    install(["debootstrap", "debian-archive-keyring"])
    making = ROOT.with_name(ROOT.name + ".new")
    # A root whose building was interrupted has nothing mounted: no mount is made in it.
    shutil.rmtree(making, ignore_errors=True)
    making.parent.mkdir(parents=True, exist_ok=True)
    address = mirror(sources())
    print("making a Debian trixie with HTCondor; this is done once", file=sys.stderr, flush=True)
    run(
        ["debootstrap", "--variant=minbase", "trixie", making, address],
        timeout_seconds=900,
    )
    for file in Path("/etc/apt/apt.conf.d").iterdir():
        shutil.copy(file, making / "etc/apt/apt.conf.d" / file.name)
    for file in (Path("/etc/hosts"), Path("/etc/resolv.conf")):
        shutil.copy(file, making / "etc" / file.name)
    policy = making / "usr/sbin/policy-rc.d"
    policy.write_text(NO_DAEMONS)
    policy.chmod(0o755)
    _inside(making, ["apt-get", "update"])
    _inside(making, ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES])
    _inside(making, ["apt-get", "clean"])
    user.make(making)
    for folder in ("testbed", "old", str(user.HOME).lstrip("/"), "srv/pilothouse-testbed"):
        (making / folder).mkdir(parents=True, exist_ok=True)
    os.sync()
    making.rename(ROOT)
    return ROOT


def _inside(root: Path, argv: list[str]) -> None:
    """Runs a program in the root, with what it needs mounted for that long."""
    script = (
        'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && '
        'mount --rbind /sys "$0/sys" && exec chroot "$0" "$@"'
    )
    run(
        ["unshare", "--mount", "sh", "-c", script, root, *argv],
        more={**environment(), "DEBIAN_FRONTEND": "noninteractive"},
        timeout_seconds=900,
    )
