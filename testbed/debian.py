"""Debian's packages and mirror, as this machine is set up to use them."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from testbed.errors import TestbedError
from testbed.programs import run

POLICY = Path("/usr/sbin/policy-rc.d")
NO_DAEMONS = "#!/bin/sh\n# Packages start no daemon of their own.\nexit 101\n"


def cannot_start() -> str | None:
    """Why no site can be started on this machine, or None."""
    if os.geteuid() != 0:
        return "not root: sites are daemons of several users; run it as root"
    release = Path("/etc/os-release")
    words = release.read_text() if release.exists() else ""
    if not re.search(r"^ID=debian$", words, re.M):
        return "not Debian: the sites are made of Debian 12's packages"
    if not re.search(r'^VERSION_ID="?12"?$', words, re.M):
        return "not Debian 12 (bookworm): another release has another Slurm"
    return None


def sources(folder: Path = Path("/etc/apt")) -> str:
    """The text of apt's source lists."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    return "\n\n".join(
        file.read_text()
        for file in files
        if file.suffix in (".list", ".sources") and file.is_file()
    )


def mirror(text: str) -> str:
    """The URI of Debian's own archive among apt's sources, of either format.

    Raises:
        TestbedError: there is none.
    """
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", stanza, re.M))
        if (
            "deb" in fields.get("Types", "").split()
            and "bookworm" in fields.get("Suites", "").split()
            and fields.get("Enabled", "yes") != "no"
        ):
            return str(fields["URIs"]).split()[0]
    line = re.search(r"^deb[ \t]+(?:\[[^\]]*\][ \t]+)?(\S+)[ \t]+bookworm[ \t]", text, re.M)
    if line is not None:
        return line.group(1)
    raise TestbedError("apt's sources name no archive with the suite bookworm; add one")


def missing(packages: Sequence[str]) -> list[str]:
    """Those that are not installed."""
    status = Path("/var/lib/dpkg/status").read_text(errors="replace")
    installed = set(re.findall(r"^Package: (\S+)\nStatus: \S+ ok installed$", status, re.M))
    return [name for name in packages if name not in installed]


@contextmanager
def _no_daemons(policy: Path) -> Iterator[None]:
    """Keeps maintainer scripts from starting what they install."""
    if policy.exists():
        yield
        return
    policy.write_text(NO_DAEMONS)
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def install(packages: Sequence[str]) -> None:
    """Installs what is missing, without recommendations and without starting daemons.

    Raises:
        TestbedError: apt refuses, in its words.
    """
    wanted = missing(packages)
    if not wanted:
        return
    print(f"installing {' '.join(wanted)}", file=sys.stderr, flush=True)
    argv = ["apt-get", "install", "-y", "--no-install-recommends", *wanted]
    more = {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_daemons(POLICY):
        try:
            run(argv, more=more, timeout_seconds=600)
        except TestbedError:
            run(["apt-get", "update"], more=more, timeout_seconds=300)
            run(argv, more=more, timeout_seconds=600)


def unpack(packages: Sequence[str], folder: Path, finish: Callable[[Path], None]) -> None:
    """Unpacks packages into a folder without installing them; it appears whole or not at all.

    `finish` is called with the folder that will be renamed to it.
    """
    if folder.exists():
        return
    making = folder.with_name(folder.name + ".new")
    shutil.rmtree(making, ignore_errors=True)
    downloads = making / "debs"
    downloads.mkdir(parents=True)
    # apt drops its privileges for a download, and the folder is root's.
    argv = ["apt-get", "-o", "APT::Sandbox::User=root", "download", *packages]
    try:
        run(argv, cwd=downloads, timeout_seconds=300)
    except TestbedError:
        run(["apt-get", "update"], timeout_seconds=300)
        run(argv, cwd=downloads, timeout_seconds=300)
    for file in sorted(downloads.glob("*.deb")):
        run(["dpkg", "-x", file, making])
    shutil.rmtree(downloads)
    finish(making)
    making.rename(folder)
