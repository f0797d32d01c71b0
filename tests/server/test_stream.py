"""The state on its way to tabs: the same for all, and again after every fault."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed

from conftest import PilothouseHome

from .jupyter import JupyterServer, read


def test_a_tab_starts_the_bridge_and_sees_what_happens(
    jupyter: JupyterServer, pilothouse_home: PilothouseHome
) -> None:
    assert pilothouse_home.bridge_pid() is None
    with jupyter.stream() as one, jupyter.stream() as other:
        first, second = read(one, "snapshot"), read(other, "snapshot")
        assert first["instance"] == second["instance"]
        reply = jupyter.rpc("pools.setWanted", {"pool": "local", "count": 1})
        assert reply.status == 200
        for tab, seq in ((one, first["seq"]), (other, second["seq"])):
            delta = read(tab, "delta")
            assert isinstance(seq, int)
            assert delta["seq"] == seq + 1
            assert delta["instance"] == first["instance"]
    # And who comes later sees the same, in one snapshot.
    with jupyter.stream() as late:
        pools = read(late, "snapshot")["pools"]
        assert isinstance(pools, list)
        [wanted] = [pool["wanted"]["typed"] for pool in pools if pool["pool"] == "local"]
        assert wanted == 1


def test_a_killed_bridge_is_said_and_comes_back(
    jupyter: JupyterServer, pilothouse_home: PilothouseHome
) -> None:
    with jupyter.stream() as tab:
        before = read(tab, "snapshot")
        pid = pilothouse_home.bridge_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        error = read(tab, "offline")["error"]
        assert isinstance(error, dict)
        assert error["code"] == "bridge_unreachable"
        after = read(tab, "snapshot")
        assert after["instance"] != before["instance"]
        assert pilothouse_home.bridge_pid() != pid


def test_a_bridge_that_a_person_stopped_waits_for_a_person(
    jupyter: JupyterServer, pilothouse_home: PilothouseHome
) -> None:
    with jupyter.stream() as tab:
        read(tab, "snapshot")
        first = pilothouse_home.bridge_pid()
        _pilothouse(pilothouse_home, "bridge", "stop")
        read(tab, "offline")
        # A second tab is told so too and starts nothing.
        with jupyter.stream() as other:
            read(other, "offline")
            with pytest.raises(TimeoutError):
                read(other, "snapshot", seconds=1.5)
        assert jupyter.call("POST", "pilothouse/start", {}).body == {"result": {}}
        read(tab, "snapshot")
        assert pilothouse_home.bridge_pid() != first


def test_a_bridge_that_somebody_else_starts_is_found(
    jupyter: JupyterServer, pilothouse_home: PilothouseHome
) -> None:
    with jupyter.stream() as tab:
        before = read(tab, "snapshot")
        _pilothouse(pilothouse_home, "bridge", "restart")
        assert read(tab, "snapshot")["instance"] != before["instance"]


def test_the_jupyter_server_can_be_restarted(
    jupyter: JupyterServer, pilothouse_home: PilothouseHome
) -> None:
    with jupyter.stream() as tab:
        before = read(tab, "snapshot")
    jupyter.stop()
    again = JupyterServer(pilothouse_home)
    try:
        again.wait()
        with again.stream() as tab:
            assert read(tab, "snapshot")["instance"] == before["instance"]
    finally:
        again.stop()


def test_twenty_tabs_at_once_are_one_client_of_the_bridge(jupyter: JupyterServer) -> None:
    with contextlib.ExitStack() as stack:
        tabs = [stack.enter_context(jupyter.stream()) for _ in range(20)]
        with ThreadPoolExecutor(20) as threads:
            instances = set(threads.map(lambda tab: str(read(tab, "snapshot")["instance"]), tabs))
        assert len(instances) == 1
        status = jupyter.rpc("bridge.status").body["result"]
        assert isinstance(status, dict)
        assert status["clients"]["view"] == 1


def test_a_tab_that_talks_is_cut_off(jupyter: JupyterServer) -> None:
    with jupyter.stream() as tab:
        read(tab, "snapshot")
        tab.send("hello?")
        with pytest.raises(ConnectionClosed, match="1003"):
            read(tab, "offline")


def test_a_missing_node_is_said_to_the_panel_and_mended_without_a_restart(
    pilothouse_home: PilothouseHome,
) -> None:
    node = pilothouse_home.root / "node"
    pilothouse_home.environment["PILOTHOUSE_NODE"] = str(node)
    server = JupyterServer(pilothouse_home)
    try:
        server.wait()
        with server.stream() as tab:
            error = read(tab, "offline")["error"]
            assert isinstance(error, dict)
            assert error["code"] == "node_missing"
            reply = server.call("POST", "pilothouse/start", {})
            assert reply.status == 503
            assert "node_missing" in str(reply.body["error"])
            node.symlink_to(_a_node())
            # A reload of the page is reason enough to try again, for all tabs.
            with server.stream() as reloaded:
                read(reloaded, "snapshot")
            read(tab, "snapshot")
    finally:
        server.stop()


def _a_node() -> str:
    from pilothouse.bridge.node import find_node

    return str(find_node())


def _pilothouse(home: PilothouseHome, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pilothouse", *words], env=home.environment, check=True, timeout=60
    )
