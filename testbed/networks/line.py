"""A line between two machines, with a router in it that loses, slows or resets what it carries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from testbed.networks.machine import Machine

Cut = Literal["down", "lost"]

RULES = """
table ip testbed {{
  chain forward {{ type filter hook forward priority 0; policy accept; }}
  chain cut {{ }}
  chain leave {{ type nat hook postrouting priority 100; {masquerade} }}
}}
add rule ip testbed forward jump cut
"""


@dataclass(frozen=True)
class Line:
    """From a machine that dials to one that is dialled.

    By a router that puts its own address in place of the first machine's (NAT), so that this one
    cannot be dialled; with `both_ways` it only passes on.
    """

    first: Machine
    router: Machine
    second: Machine
    number: int
    both_ways: bool
    interface: str
    """Of the second machine; that of the first is `eth<number>`."""

    @property
    def address(self) -> str:
        """The second machine's, as the first sees it."""
        return f"198.18.{self.number}.6"

    @property
    def first_address(self) -> str:
        """The first machine's, as it sees itself."""
        return f"198.18.{self.number}.2"

    def lay(self) -> None:
        """Makes it; 198.18.0.0/15 is nobody's (RFC 2544)."""
        near, far = f"198.18.{self.number}", f"198.18.{self.number}.4/30"
        ours, theirs = f"eth{self.number}", self.interface
        _pair(self.first, ours, f"{near}.2/30", self.router, "near", f"{near}.1/30")
        # /29: the first machine's address is on this cable and not beyond any gateway of its own,
        # so that who dials it in vain sends nothing elsewhere.
        _pair(self.second, theirs, f"{near}.6/29", self.router, "far", f"{near}.5/30")
        self.first.run(["ip", "route", "add", far, "via", f"{near}.1"])
        if self.both_ways:
            self.second.run(["ip", "route", "add", f"{near}.0/30", "via", f"{near}.5"])
        self.router.run(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
        rule = "" if self.both_ways else 'oifname "far" masquerade;'
        self.router.run(["nft", "-f", "-"], stdin=RULES.format(masquerade=rule))

    def take_away(self) -> None:
        """Removes its end at this machine, at once; the kernel removes the others with theirs."""
        if self.second.name is None and self.interface in self.second.run(["ip", "-br", "link"]):
            self.second.run(["ip", "link", "del", self.interface])

    @contextmanager
    def cut(self, how: Cut = "lost") -> Iterator[None]:
        """While it lasts nothing passes, and nobody is told.

        `down`: the first machine's cable is out. `lost`: packets vanish on the way.
        """
        self._cut(how, True)
        try:
            yield
        finally:
            self._cut(how, False)

    def _cut(self, how: Cut, now: bool) -> None:
        if how == "down":
            self.router.run(["ip", "link", "set", "near", "down" if now else "up"])
        elif now:
            self.router.run(["nft", "add", "rule", "ip", "testbed", "cut", "drop"])
        else:
            self.router.run(["nft", "flush", "chain", "ip", "testbed", "cut"])

    def reset(self) -> int:
        """Resets all its TCP connections at both ends, as a firewall does; how many there were."""
        # ss(8), -K: the kernel aborts them (RFC 793, ABORT), and the other end has a reset.
        out = self.first.run(["ss", "-H", "-t", "-n", "-K", "dst", self.address])
        return len(out.splitlines())

    def slow(self, kbit_per_second: int | None) -> None:
        """Carries no more than this in either direction; None: as much as it can."""
        for interface in ("near", "far"):
            if kbit_per_second is None:
                self.router.run(["tc", "qdisc", "del", "dev", interface, "root"])
                continue
            limit = ["rate", f"{kbit_per_second}kbit", "burst", "16kb", "latency", "200ms"]
            self.router.run(["tc", "qdisc", "replace", "dev", interface, "root", "tbf", *limit])


def _pair(one: Machine, ours: str, our: str, other: Machine, theirs: str, their: str) -> None:
    """A cable between two machines, veth(4)."""
    other.run(["ip", "link", "add", theirs, "type", "veth", "peer", "name", f"{theirs}-peer"])
    target = one.name if one.name is not None else "1"
    other.run(["ip", "link", "set", f"{theirs}-peer", "name", ours, "netns", target])
    for machine, name, address in ((one, ours, our), (other, theirs, their)):
        machine.run(["ip", "addr", "add", address, "dev", name])
        machine.run(["ip", "link", "set", name, "up"])
