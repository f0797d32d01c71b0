"""How an agent finds home, what it trusts, and when it gives up."""

from __future__ import annotations

import json
import signal
import struct
from pathlib import Path

import pytest

from pilothouse.agent.exits import Ending
from tests.ports import HeldPort

from .conftest import StartPilot
from .home import Certificate, Home, until
from .pilot import Pilot


def test_says_who_it_is(home: Home, start_pilot: StartPilot) -> None:
    pilot = start_pilot({"GLIDEIN_Site": "Nebraska", "CUDA_VISIBLE_DEVICES": "GPU-5f3a,GPU-77"})
    hello = home.next("agent.hello")
    assert hello["pilot"] == "p-test"
    assert hello["secret"] == "ab" * 32
    assert hello["site"] == "Nebraska"
    assert hello["gpus"] == ["GPU-5f3a", "GPU-77"]
    assert hello["memoryMiB"] == 1000
    assert hello["starts"] == "zygote"
    assert hello["pools"] == []
    runtime = hello["runtime"]
    assert isinstance(runtime, dict)
    assert runtime["problem"] is None
    assert runtime["parsl"]
    home.next("ping")
    home.send("pilot.end", {"reason": "finished"})
    assert home.next("agent.ending")["reason"] == "finished"
    assert pilot.ended() == 0
    assert "ab" * 32 not in pilot.output()


def test_sends_nothing_to_another_certificate(home: Home, start_pilot: StartPilot) -> None:
    pilot = start_pilot(fingerprint="0" * 64)
    until(lambda: len(home.bytes_before_close) >= 2, "a second try")
    assert set(home.bytes_before_close) == {0}
    assert not home.heard
    assert "is not this pilot's bridge" in pilot.output()


def test_ends_when_not_welcome(home: Home, start_pilot: StartPilot) -> None:
    home.welcome = False
    pilot = start_pilot()
    assert pilot.ended() == Ending.REFUSED.code
    assert home.connections == 1
    assert "does not take this pilot: old" in pilot.output()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xff\xff\xff\0",
        struct.pack(">I", 0),
        struct.pack(">I", 5) + b"\0nonsense"[:5],
        struct.pack(">I", 3) + b"\x09{}",
        struct.pack(">I", 3) + b"\0[]",
    ],
    ids=["oversized", "empty", "no JSON", "unknown kind", "no object"],
)
def test_garbage_costs_the_connection_only(
    home: Home, start_pilot: StartPilot, garbage: bytes
) -> None:
    pilot = start_pilot()
    home.next("agent.hello")
    home.send_raw(garbage)
    home.next("agent.hello")
    assert pilot.process.poll() is None


def test_a_strange_request_costs_nothing(home: Home, start_pilot: StartPilot) -> None:
    pilot = start_pilot()
    home.next("agent.hello")
    home.send("pool.start", {"lease": 3})
    home.send("pool.stop", {})
    home.send("tea.serve", {})
    home.send("pilot.end", {"reason": "removed"})
    assert pilot.ended() == Ending.REMOVED.code
    assert home.connections == 1
    output = pilot.output()
    assert "pool.start.lease is a int, not of type str" in output
    assert "'tea.serve'" in output


def test_dials_again_where_the_contact_file_says(
    home: Home, certificate: Certificate, start_pilot: StartPilot, tmp_path: Path
) -> None:
    contact = tmp_path / "contact.json"
    contact.write_text(json.dumps({"host": "127.0.0.1", "port": home.port}))
    start_pilot(contactFile=str(contact), addresses=[])
    home.next("agent.hello")
    home.close()
    with Home(certificate) as following:
        contact.write_text("{")  # half written
        contact.write_text(json.dumps({"host": "127.0.0.1", "port": following.port}))
        following.next("agent.hello")


@pytest.mark.parametrize("content", [None, "{"])
def test_dials_as_first_told_where_the_contact_file_cannot_be_read(
    home: Home, start_pilot: StartPilot, tmp_path: Path, content: str | None
) -> None:
    contact = tmp_path / "contact.json"
    if content is not None:
        contact.write_text(content)
    pilot = start_pilot(contactFile=str(contact))
    home.next("agent.hello")
    assert "the addresses of pilot.json are tried" in pilot.output()


def test_dials_first_where_it_has_been_welcome(home: Home, start_pilot: StartPilot) -> None:
    with HeldPort() as nobody:
        ways = [{"host": "127.0.0.1", "port": port} for port in (home.port, nobody.number)]
        pilot = start_pilot(silenceMs=300, addresses=ways)
        until(lambda: len(home.hellos) >= 3, "a third hello")
    assert "refused" not in pilot.output()


def test_silence_is_a_lost_connection(home: Home, start_pilot: StartPilot) -> None:
    pilot = start_pilot(silenceMs=300)
    until(lambda: len(home.hellos) >= 2, "a second hello")
    assert "nothing heard for 0.3 s" in pilot.output()


def ends_by_itself(pilot: Pilot, ending: Ending) -> str:
    assert pilot.ended() == ending.code
    return pilot.output()


def test_ends_idle(home: Home, start_pilot: StartPilot) -> None:
    pilot = start_pilot(idleSeconds=1)
    assert home.next("agent.ending")["reason"] == "idle_timeout"
    ends_by_itself(pilot, Ending.IDLE)


def test_ends_without_contact(home: Home, start_pilot: StartPilot) -> None:
    home.close()
    pilot = start_pilot(noContactSeconds=2)
    assert "no contact for 2 s" in ends_by_itself(pilot, Ending.NO_CONTACT)


def test_ends_at_its_walltime(start_pilot: StartPilot) -> None:
    pilot = start_pilot(walltimeSeconds=2)
    assert "ending: walltime (its 2 s are over)" in ends_by_itself(pilot, Ending.WALLTIME)


def test_ends_on_sigterm(home: Home, start_pilot: StartPilot) -> None:
    pilot = start_pilot()
    home.next("agent.hello")
    home.next("ping")
    pilot.process.send_signal(signal.SIGTERM)
    assert home.next("agent.ending")["words"] == "SIGTERM"
    ends_by_itself(pilot, Ending.REMOVED)


def test_names_what_is_wrong_with_its_file(start_pilot: StartPilot) -> None:
    pilot = start_pilot(idleSeconds="long")
    assert "idleSeconds is a str, not of type float" in ends_by_itself(pilot, Ending.BAD_FILE)


def test_says_why_parsl_cannot_be_imported(
    home: Home, start_pilot: StartPilot, tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "parsl"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise OSError('libzmq.so.5 is missing')")
    start_pilot({"PYTHONPATH": str(broken.parent)})
    hello = home.next("agent.hello")
    runtime = hello["runtime"]
    assert isinstance(runtime, dict)
    assert runtime["parsl"] is None
    assert "libzmq.so.5 is missing" in runtime["problem"]
