"""The ways by which pilots are to reach home, each tried before there is any pilot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from pilothouse.bridge.client import BridgeClient
from pilothouse.doctor.hops import Finding, Found, ill, well
from pilothouse.doctor.shapes import CheckedUplink, Step
from pilothouse.errors import PilothouseError

#: The fewer machines lie between, the better.
_PREFERRED = ("direct", "submit-host", "relay")

_UNTRIED = {
    "consent": "not tried: nobody has agreed that this machine listens for it "
    "(`--listen`, or answer yes)",
    "unnamed": "pilots on this machine find it; for others the profile names no address",
    "login": "not tried: nobody is logged in to the submit host",
    "here": "not needed: the submit host is this machine",
}


@dataclass(frozen=True)
class Tried:
    """What trying one way has come to."""

    kind: str
    verdict: str
    findings: Sequence[Finding]
    dialled: str = ""
    """The address that answered, as pilots will dial it."""


def ways_home(
    bridge: BridgeClient, name: str, kinds: Sequence[str], may_listen: Callable[[], bool]
) -> Iterator[Finding]:
    """Tries them in order, and says which to choose.

    Only if none of them works, of those that were tried, the last finding is ILL.

    :param kinds: as the profile lists them.
    :param may_listen: asked once, if a port of this machine would have to be opened.
    """
    tried: list[Tried] = []
    for at, kind in enumerate(kinds):
        found = _try(bridge, name, kind, may_listen)
        tried.append(found)
        is_last = at == len(kinds) - 1
        is_hopeless = is_last and all(each.verdict == "fails" for each in tried)
        for finding in found.findings:
            yield finding if is_hopeless else _doubted(finding)
        if is_hopeless:
            return
    yield from _advice(kinds, tried)


def _try(bridge: BridgeClient, name: str, kind: str, may_listen: Callable[[], bool]) -> Tried:
    hop = f"way home by {kind}"
    try:
        checked = _check(bridge, name, kind, may_listen=False)
        if checked["result"].get("why") == "consent" and may_listen():
            checked = _check(bridge, name, kind, may_listen=True)
    except PilothouseError as error:
        return Tried(kind, "fails", [ill(hop, str(error), "")])
    result = checked["result"]
    verdict = result["verdict"]
    if verdict == "untried":
        says = _UNTRIED[result.get("why", "unnamed")]
        return Tried(kind, verdict, [Finding(hop, Found.SKIPPED, says)])
    answers = [step for step in checked["steps"] if step["what"] == "dial" and not step["error"]]
    findings = [_step(hop, kind, step, bool(answers)) for step in checked["steps"]]
    return Tried(kind, verdict, findings, _address(answers[0]) if answers else "")


def _check(bridge: BridgeClient, name: str, kind: str, *, may_listen: bool) -> CheckedUplink:
    params = {"pool": name, "kind": kind, "mayListen": may_listen}
    return cast(CheckedUplink, bridge.request("checks.uplink", params))


def _step(hop: str, kind: str, step: Step, is_reached: bool) -> Finding:
    where = _address(step)
    seconds = f"{step['tookMs'] / 1000:.1f} s"
    error = None if step["error"] is None else PilothouseError.of_data(step["error"])
    if step["what"] == "open":
        if error is None:
            does = "has proved itself to" if kind == "relay" else "listens at"
            return well(hop, f"{step['by']} {does} {where} ({seconds})")
        sentence = str(error).partition("\n")[0]
        return ill(hop, f"{sentence} ({seconds})", "", error.words or "")
    if error is None:
        return well(hop, f"{step['by']} dials {where}, and this bridge answers ({seconds})")
    says = f"{step['by']} dials {where} in vain ({seconds})"
    words = error.words or str(error)
    if is_reached:
        # Pilots are told of all of them, and try one after another.
        return Finding(hop, Found.DOUBT, says, "", words)
    return ill(hop, says, _HELPS[kind], words)


_HELPS = {
    "direct": "Is a firewall between, and is this the address by which the site knows this "
    "machine? Give it by `uplink.advertiseAddress` and `uplink.advertisePort`.",
    "submit-host": "Give the name by which that machine is known inside the site by "
    "`uplink.submitHostAddress`, and ports that its firewall lets through by "
    "`uplink.submitHostPorts`.",
    "relay": "Does a relay run there, and does its firewall let this port through? "
    "See `pilothouse relay --help`.",
}


def _advice(kinds: Sequence[str], tried: Sequence[Tried]) -> Iterator[Finding]:
    works = [each.kind for each in tried if each.verdict == "works"]
    unproven = [each.kind for each in tried if each.verdict == "unproven"]
    chosen = sorted(works, key=_PREFERRED.index) + sorted(unproven, key=_PREFERRED.index)
    if not chosen:
        return
    quoted = ", ".join(f'"{kind}"' for kind in chosen)
    answered = ", ".join(dict.fromkeys(each.dialled for each in tried if each.dialled))
    says = f'use "uplink": {{"kinds": [{quoted}]}}'
    if list(kinds) == chosen:
        says += ", as the profile has it"
    yield well("ways home", says)
    yield Finding(
        "ways home",
        Found.SKIPPED,
        f"that worker nodes reach {answered or 'it'}, too, was not tried: a pilot shows it",
    )


def _doubted(finding: Finding) -> Finding:
    if finding.found is not Found.ILL:
        return finding
    return Finding(finding.hop, Found.DOUBT, finding.says, finding.helps, finding.words)


def _address(step: Step) -> str:
    host = f"[{step['host']}]" if ":" in step["host"] else step["host"]
    return f"{host}:{step['port']}" if step["port"] else host
