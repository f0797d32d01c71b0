"""Worker nodes of the sites that are on machines of their own networks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed.networks.line import Line
from testbed.slurm.cluster import Slurm


@contextmanager
def slurm_node(slurm: Slurm, node: str, line: Line) -> Iterator[None]:
    """A node of Slurm's lives on the line's first machine; this machine is the second.

    The line must go both ways, since slurmctld dials its nodes. Jobs there have this machine's
    files, and reach what the line reaches.

    Raises:
        TestbedError: Slurm does not find the node again.
    """
    daemon = f"slurmd-{node}"
    conf = Path(slurm.site.folder) / f"slurm-{node}.conf"
    # slurmctld listens at all addresses; only nodes and commands are told one.
    host = f"SlurmctldHost={slurm.site.host}"
    text = slurm.site.conf.read_text()
    conf.write_text(text.replace(f"{host}(127.0.0.1)", f"{host}({line.address})"))
    slurm.stop(daemon)
    slurm.control("update", f"NodeName={node}", f"NodeAddr={line.first_address}")
    argv: list[str | Path] = ["slurmd", "-D", "-N", node, "-f", conf]
    slurm.enclosure.daemon(daemon, argv, {"SLURM_CONF": str(conf)}, line.first.file)
    try:
        slurm.wait_until_idle()
        yield
    finally:
        slurm.stop(daemon)
        slurm.control("update", f"NodeName={node}", "NodeAddr=127.0.0.1")
        slurm.up_node(node)
