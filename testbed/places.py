"""Where the testbed keeps things, all of them outside the checkout."""

from __future__ import annotations

from pathlib import Path

CACHE = Path("/var/cache/pilothouse-testbed")
"""What is made once: under another name, and then renamed, so that it is whole or not there."""

STATE = Path("/var/lib/pilothouse-testbed")
"""What running sites need; one folder a site, deleted when it goes down. Not in /run, which may
be `noexec`, while Slurm runs batch scripts from its spool folder."""

SHARED = Path("/srv/pilothouse-testbed")
"""A folder with the same path on every site's submit host; `bin/` has HTCondor's commands."""

BIN = SHARED / "bin"
