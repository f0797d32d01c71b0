"""The kernel's end of tunnels: there is none where nobody needs it, and none is left."""

from __future__ import annotations

import os
import signal

import parsl
import psutil

import pilothouse
from pilothouse.lending.executor import PilothouseExecutor

from .engine_bridge import BridgeInTest
from .engine_waiting import wait_for


def homes() -> list[psutil.Process]:
    """Home processes of this kernel."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "pilothouse.home" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            continue  # it ended meanwhile
    return found


def registered(bridge: BridgeInTest) -> str:
    """A lease whose pool the interchange has."""
    (first, *_) = wait_for("a pool", lambda: bridge.said("leases.registered"))
    return str(first["lease"])


def test_pilots_of_this_machine_cost_no_home(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", blocks=1)
    registered(bridge_in_test)
    assert homes() == []


def test_the_first_tunnel_starts_a_home_that_ends_with_its_executor(
    bridge_in_test: BridgeInTest,
) -> None:
    pilothouse.load("local", blocks=1)
    lease = registered(bridge_in_test)
    for _ in range(2):
        bridge_in_test.tell_lease(lease, "starting", "pool_started", tunnel="00" * 8)
    (home,) = wait_for("a home", homes)
    (opened,) = bridge_in_test.said("executors.open")
    executor = parsl.dfk().executors["local"]
    assert isinstance(executor, PilothouseExecutor)
    words = home.cmdline()[3:]
    assert words[0] == str(os.getpid())
    assert words[2:] == [opened["executor"], str(executor.worker_port)]
    assert os.getsid(home.pid) == home.pid
    parsl.dfk().cleanup()
    assert homes() == []


def test_a_home_that_dies_is_there_again(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", blocks=1)
    lease = registered(bridge_in_test)
    bridge_in_test.tell_lease(lease, "starting", "pool_started", tunnel="00" * 8)
    (home,) = wait_for("a home", homes)
    home.send_signal(signal.SIGKILL)
    (following,) = wait_for("another", lambda: [one for one in homes() if one.pid != home.pid])
    ignored = wait_for("its deafness", lambda: ignores_interrupts(following.pid))
    assert ignored
    following.send_signal(signal.SIGINT)
    assert following.is_running()


def ignores_interrupts(pid: int) -> bool:
    with open(f"/proc/{pid}/status") as status:
        (mask,) = [line.split()[1] for line in status if line.startswith("SigIgn")]
    return bool(int(mask, 16) >> (signal.SIGINT - 1) & 1)


def test_htex_waits_for_longer_than_a_tunnel_may_be_cut(bridge_in_test: BridgeInTest) -> None:
    bridge_in_test.resume_seconds = 7
    pilothouse.load("local", blocks=1)
    (asked, *_) = wait_for("a lease", lambda: bridge_in_test.said("leases.ask"))
    leases = asked["leases"]
    assert isinstance(leases, list)
    assert "--hb_threshold=67" in leases[0]["command"]
