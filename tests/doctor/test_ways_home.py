"""What the doctor says of ways home that the bridge has tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from pilothouse.bridge.client import BridgeClient
from pilothouse.doctor.folder import folder
from pilothouse.doctor.hops import Found
from pilothouse.doctor.ways_home import ways_home
from pilothouse.errors import PilothouseError

Answer = Mapping[str, object]


def step(
    what: str, by: str, host: str = "ap40", port: int = 9000, error: Answer | None = None
) -> Answer:
    return {"what": what, "by": by, "host": host, "port": port, "tookMs": 120.0, "error": error}


def tried(verdict: str, *steps: Answer, **more: str) -> Answer:
    return {"result": {"verdict": verdict, **more}, "steps": list(steps)}


DIALLED = tried("works", step("open", "ap40"), step("dial", "ap40"))
DIRECT = tried("works", step("open", "here", "nb", 443), step("dial", "ap40", "nb", 443))
CONSENT = tried("untried", why="consent")
AWAY: Answer = {
    "code": "uplink_failed",
    "params": {
        "kind": "relay",
        "field": "uplink.relay",
        "problem": "relay.example.org:8443: connect ECONNREFUSED",
        "passing": True,
    },
    "words": "Check whether a relay runs there.",
}
REFUSED: Answer = {
    "code": "host_unreachable",
    "params": {"address": "nb:443"},
    "machine": "ap40",
    "words": "[Errno 111] Connection refused",
}
NO_RELAY = tried("fails", step("open", "here", "relay.example.org", 8443, AWAY))
BLOCKED = tried(
    "fails", step("open", "here", "nb", 443), step("dial", "ap40", "nb", 443, error=REFUSED)
)


class Bridge:
    """Answers as the real one has."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[Answer] = []

    def request(self, method: str, params: Answer) -> Answer:
        self.asked.append(params)
        if method == "checks.folder":
            return self.answers["folder"]
        kind = str(params["kind"])
        return self.answers[f"{kind}, listening" if params["mayListen"] else kind]


def walk(
    answers: Mapping[str, Answer], kinds: Sequence[str], *, listen: bool = False
) -> list[tuple[str, Found, str]]:
    bridge = cast(BridgeClient, Bridge(answers))
    found = ways_home(bridge, "site", kinds, lambda: listen)
    return [(each.hop, each.found, each.says) for each in found]


def test_all_work_and_the_one_with_the_fewest_machines_comes_first() -> None:
    answers = {"submit-host": DIALLED, "direct": CONSENT, "direct, listening": DIRECT}
    found = walk(answers, ["submit-host", "direct"], listen=True)
    assert [each[:2] for each in found] == [
        ("way home by submit-host", Found.WELL),
        ("way home by submit-host", Found.WELL),
        ("way home by direct", Found.WELL),
        ("way home by direct", Found.WELL),
        ("ways home", Found.WELL),
        ("ways home", Found.SKIPPED),
    ]
    assert found[1][2] == "ap40 dials ap40:9000, and this bridge answers (0.1 s)"
    assert found[4][2] == 'use "uplink": {"kinds": ["direct", "submit-host"]}'
    assert found[5][2].startswith("that worker nodes reach ap40:9000, nb:443")


def test_one_that_fails_is_a_doubt_where_another_works() -> None:
    found = walk({"relay": NO_RELAY, "submit-host": DIALLED}, ["relay", "submit-host"])
    assert found[0][:2] == ("way home by relay", Found.DOUBT)
    assert "relay.example.org:8443: connect ECONNREFUSED" in found[0][2]
    assert found[-2][2] == 'use "uplink": {"kinds": ["submit-host"]}'
    assert Found.ILL not in [each[1] for each in found]


def test_where_none_works_the_doctor_stops_with_the_words_of_who_dialled() -> None:
    answers = {"direct": BLOCKED}
    *_, last = ways_home(cast(BridgeClient, Bridge(answers)), "site", ["direct"], lambda: False)
    assert (last.hop, last.found) == ("way home by direct", Found.ILL)
    assert last.says == "ap40 dials nb:443 in vain (0.1 s)"
    assert last.words == "[Errno 111] Connection refused"
    assert "uplink.advertiseAddress" in last.helps
    found = walk({"relay": NO_RELAY, "direct": BLOCKED}, ["relay", "direct"])
    assert [each[1] for each in found] == [Found.DOUBT, Found.WELL, Found.ILL]


def test_no_port_is_opened_unasked() -> None:
    bridge = Bridge({"direct": CONSENT})
    (only,) = ways_home(cast(BridgeClient, bridge), "site", ["direct"], lambda: False)
    assert only.found is Found.SKIPPED
    assert "`--listen`" in only.says
    assert [each["mayListen"] for each in bridge.asked] == [False]


def test_names_of_a_submit_host_that_lead_nowhere_matter_little_where_one_does() -> None:
    answers = {
        "submit-host": tried(
            "works",
            step("open", "ap40"),
            step("dial", "ap40", "ap40.inside", error=REFUSED),
            step("dial", "ap40", "::1"),
        )
    }
    found = walk(answers, ["submit-host"])
    assert [each[1] for each in found[:3]] == [Found.WELL, Found.DOUBT, Found.WELL]
    assert "[::1]:9000" in found[2][2]
    assert found[3][2].endswith("as the profile has it")


@pytest.mark.parametrize("why", ["unnamed", "login", "here"])
def test_what_is_not_tried_is_said(why: str) -> None:
    ((hop, found, says),) = walk({"direct": tried("untried", why=why)}, ["direct"])
    assert (hop, found) == ("way home by direct", Found.SKIPPED)
    assert says


@pytest.mark.parametrize(
    ("free", "runs", "found", "part"),
    [
        (20_000.0, True, Found.WELL, "19.5 GiB free"),
        (None, True, Found.WELL, "can be written"),
        (20.4, True, Found.DOUBT, "20 MiB left"),
        (20_000.0, False, Found.DOUBT, "noexec"),
    ],
)
def test_the_folder_there(free: float | None, runs: bool, found: Found, part: str) -> None:
    answer = {"machine": "alice@ap40", "path": "/home/alice/x", "freeMiB": free, "runs": runs}
    finding = folder(cast(BridgeClient, Bridge({"folder": answer})), "site")
    assert (finding.hop, finding.found) == ("folder", found)
    assert part in finding.says
    assert "/home/alice/x on alice@ap40" in finding.says


def test_a_folder_of_somebody_else_fails_with_what_helps() -> None:
    class Refuses:
        def request(self, method: str, params: Answer) -> Answer:
            problem = "the folder is there and belongs to user id 0: name another"
            raise PilothouseError("file_failed", {"path": "/x", "problem": problem}, "ap40")

    finding = folder(cast(BridgeClient, Refuses()), "site")
    assert finding.found is Found.ILL
    assert "belongs to user id 0" in finding.says
    assert "submitHost.folder" in finding.helps
