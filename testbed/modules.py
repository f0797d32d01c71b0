"""Environment modules, of both kinds: Lmod, and the older ones in Tcl.

Debian's packages of the two exclude each other, and change every login shell of a machine. So they
are unpacked, not installed, and only the tester's login shells know them, or who sources `init`.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Literal

from testbed import debian, user
from testbed.places import CACHE, SHARED

Kind = Literal["lmod", "tcl"]

NEEDS = ("lua5.3", "lua-filesystem", "lua-json", "lua-posix", "lua-term", "tcl8.6")
PACKAGES: dict[Kind, str] = {"lmod": "lmod", "tcl": "environment-modules"}
UNPACKED = CACHE / "modules-1"
SOURCED: dict[Kind, str] = {"lmod": "usr/share/lmod/lmod/init", "tcl": "usr/share/modules/init"}
OWN_PATHS = ("/usr/share/lmod", "/usr/lib/lmod", "/etc/lmod", "/usr/share/modules")
OWN_PATHS_TOO = ("/usr/lib/x86_64-linux-gnu/modulecmd.tcl", "/etc/environment-modules")

SCRIPTS = SHARED / "modules"
MODULEFILES = SHARED / "modulefiles"


def _at_load(script: str) -> str:
    """What happens only when a module is loaded: Lmod reads every module to find one."""
    return f"if {{[module-info mode load]}} {{{script}}}\n"


FILES = {
    "pilothouse-test/1.0": "setenv PILOTHOUSE_TEST_MODULE 1.0\nprepend-path PATH /opt/test/1.0\n",
    "pilothouse-test/2.0": "setenv PILOTHOUSE_TEST_MODULE 2.0\nprepend-path PATH /opt/test/2.0\n",
    "needy/1.0": "prereq pilothouse-test/2.0\nsetenv PILOTHOUSE_NEEDY yes\n",
    "broken/1.0": _at_load('puts stderr "broken: no licence server answers"; break'),
    "slow/1.0": _at_load("exec sleep 3600"),
    "flood/1.0": _at_load('for {set i 0} {$i < 200000} {incr i} {puts stderr "flood $i"}'),
}
"""Modules for tests: two versions, one that needs another, one that fails, hangs, floods."""

PROFILE_LINE = f"[ ! -r {SCRIPTS}/login.sh ] || . {SCRIPTS}/login.sh"


class Modules:
    """The two module systems, and the modules that tests load."""

    name = "modules"
    enclosure = None
    daemons: tuple[str, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """A bash that is no login shell reads this first: `module` is then Lmod's."""
        return {"BASH_ENV": str(self.init("lmod"))}

    def init(self, kind: Kind) -> Path:
        """A file that defines `module` in the sh or bash that sources it."""
        return SCRIPTS / f"{kind}.sh"

    def prepare(self) -> None:
        """Unpacks both, once."""
        debian.install(NEEDS)
        user.make()
        UNPACKED.mkdir(parents=True, exist_ok=True)
        for kind, package in PACKAGES.items():
            debian.unpack([package], UNPACKED / kind, partial(_move, to=UNPACKED / kind))

    def up(self) -> None:
        """Makes the modules, and gives the tester's login shells Lmod."""
        self.prepare()
        SCRIPTS.mkdir(parents=True, exist_ok=True)
        for kind in PACKAGES:
            folder = UNPACKED / kind
            self.init(kind).write_text(
                f"export MODULEPATH={MODULEFILES}\n"
                f'if [ -n "${{BASH_VERSION:-}}" ]; then . {folder / SOURCED[kind]}/bash\n'
                f"else . {folder / SOURCED[kind]}/sh\nfi\n"
            )
        for name, text in FILES.items():
            file = MODULEFILES / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("#%Module1.0\n" + text)
        profile = user.HOME / ".profile"
        words = profile.read_text() if profile.exists() else ""
        if PROFILE_LINE not in words:
            profile.write_text(f"{words}\n{PROFILE_LINE}\n")
            shutil.chown(profile, user.UID, user.UID)
        self.use("lmod")

    def use(self, kind: Kind | None) -> None:
        """What the tester's login shells have from now on: one of the two, or no `module`."""
        link = SCRIPTS / "login.sh"
        link.unlink(missing_ok=True)
        if kind is not None:
            link.symlink_to(self.init(kind))

    def down(self) -> None:
        """Takes `module` away from the tester."""
        for folder in (SCRIPTS, MODULEFILES):
            if folder.exists():
                shutil.rmtree(folder)

    def restore(self) -> None:
        """The tester's login shells have Lmod again."""
        self.use("lmod")

    def start(self, daemon: str) -> None:
        """There is no daemon."""
        raise AssertionError(daemon)

    def stop(self, daemon: str) -> None:
        """There is no daemon."""
        raise AssertionError(daemon)

    def status(self) -> dict[str, int | None]:
        """There is no daemon."""
        return {}


def _move(unpacked: Path, to: Path) -> None:
    """Tells the unpacked scripts where they will be."""
    for file in unpacked.rglob("*"):
        if not file.is_file() or file.is_symlink():
            continue
        data = file.read_bytes()
        moved = data
        if b"\0" not in data:
            for path in (*OWN_PATHS, *OWN_PATHS_TOO):
                moved = moved.replace(path.encode(), f"{to}{path}".encode())
        if moved != data:
            file.write_bytes(moved)
