"""HTCondor's worker node on a machine of its own network, as one far away is."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed.errors import TestbedError
from testbed.htcondor.configuration import PORT, overrides
from testbed.htcondor.pool import HTCondor
from testbed.networks.line import Line
from testbed.places import STATE
from testbed.processes import wait_until

OVERRIDES = "config.d/90-test"
MASTER = "condor_node"
FOLDERS = ("log", "lock", "run", "spool")


@contextmanager
def htcondor_node(htcondor: HTCondor, line: Line) -> Iterator[None]:
    """The pool's only node lives on the line's first machine; this machine is the second.

    Its other daemons are then at the line's end. Where the node cannot be dialled it is reached
    by HTCondor's connection broker (CCB), as a glidein is. All of the pool is started again,
    before and after.

    Raises:
        TestbedError: a daemon did not answer.
    """
    folder = htcondor.folder
    # Those of other machines of the pool are told, too, where its collector is.
    others = [STATE / "ssh-htcondor/etc/condor"]
    places = [folder / "etc", *(path for path in others if path.is_dir())]
    settings = {
        "CONDOR_HOST": line.address,
        "NETWORK_INTERFACE": line.address,
        "DAEMON_LIST": "MASTER COLLECTOR NEGOTIATOR SCHEDD",
    }
    # The node has no files in common with the collector, by which it could prove itself.
    words = ("-identity", "condor@testbed.invalid", "-token", "node")
    htcondor.enclosure.run(["condor_token_create", *words])
    htcondor.clear()
    htcondor.stop("condor")
    for place in places:
        (place / OVERRIDES).write_text(overrides(settings))
    try:
        htcondor.enclosure.daemon("condor_master", ["condor_master", "-f"])
        if not wait_until(lambda: _listens(line.address), 30):
            raise TestbedError(f"htcondor: nobody listens at {line.address}:{PORT}")
        _start_node(htcondor, line)
        htcondor.start("condor")
        yield
    finally:
        htcondor.clear()
        htcondor.enclosure.stop(MASTER, grace_seconds=30)
        htcondor.stop("condor")
        for place in places:
            (place / OVERRIDES).unlink(missing_ok=True)
        htcondor.start("condor")


def _start_node(htcondor: HTCondor, line: Line) -> None:
    own = Path("/var/lib/condor/node")  # in its root
    here = htcondor.folder / "lib/node"
    owner = (htcondor.folder / "spool").stat()
    variables = {
        "_CONDOR_DAEMON_LIST": "MASTER STARTD",
        "_CONDOR_NETWORK_INTERFACE": line.first_address,
        # Then the startd itself is at the broker before it says where it is.
        "_CONDOR_USE_SHARED_PORT": str(line.both_ways),
        "_CONDOR_CCB_ADDRESS": "" if line.both_ways else "$(COLLECTOR_HOST)",
        # By default its host's name: daemons of one name dial each other without the broker.
        "_CONDOR_PRIVATE_NETWORK_NAME": "node",
    }
    for name in ("", *FOLDERS):
        path = here / name
        path.mkdir(exist_ok=True)
        os.chown(path, owner.st_uid, owner.st_gid)
        if name:
            variables[f"_CONDOR_{name.upper()}"] = str(own / name)
    htcondor.enclosure.daemon(MASTER, ["condor_master", "-f"], variables, line.first.file)


def _listens(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, PORT)) == 0
