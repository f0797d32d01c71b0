"""The walk: first all that needs no pilot, then a pilot, its way home, its Python, one task."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import cast

from pilothouse.bridge.client import BridgeClient
from pilothouse.command.shapes import Checked, Pilot, Plan, Pool, Profile, Status, Written
from pilothouse.doctor.folder import folder
from pilothouse.doctor.hops import Finding, Found, ill, well
from pilothouse.doctor.ways_home import ways_home
from pilothouse.errors import PilothouseError
from pilothouse.whys import explain

_LOOK_SECONDS = 0.3
_TASK_SECONDS = 120.0


def without_pilot(
    bridge: BridgeClient,
    name: str,
    submit_hosts: Iterator[Finding],
    may_listen: Callable[[], bool],
) -> Iterator[Finding]:
    """Hops that take seconds and submit nothing; ends with the first that fails.

    :param submit_hosts: the hops to those, walked once the profile is known to be good.
    :param may_listen: whether a port of this machine may be opened, asked where it would have to.
    """
    for finding in _without_pilot(bridge, name, submit_hosts, may_listen):
        yield finding
        if finding.found is Found.ILL:
            return


def _without_pilot(
    bridge: BridgeClient,
    name: str,
    submit_hosts: Iterator[Finding],
    may_listen: Callable[[], bool],
) -> Iterator[Finding]:
    yield _profile(bridge, name)
    yield from submit_hosts
    yield folder(bridge, name)
    yield _scheduler(bridge, name)
    yield _files(bridge, name)
    profile = cast(Profile, bridge.request("profiles.get", {"name": name}))
    yield from ways_home(bridge, name, profile["uplink"]["kinds"], may_listen)


def pilot(bridge: BridgeClient, name: str, patience_seconds: float) -> Iterator[Finding]:
    """A pilot and its way home: uses one that is there, else asks for one.

    One that is still queued when patience is over stays queued, and the number typed for it too.
    """
    pool, there = _pilots(bridge, name)
    if not any(_is_there(each) for each in there):
        if pool["wanted"]["count"] < 1:
            bridge.request("pools.setWanted", {"pool": name, "count": 1})
        began = time.monotonic()
        while not any(_is_there(each) for each in there):
            if pool["stopped"] is not None or _all_held(there):
                yield _did_not_come(pool, there)
                return
            if time.monotonic() - began > patience_seconds:
                yield _still_waits(name, there, patience_seconds)
                return
            time.sleep(_LOOK_SECONDS)
            pool, there = _pilots(bridge, name)
        yield well("pilot", f"one came within {time.monotonic() - began:.0f} s")
        if pool["wanted"]["typed"] == 1:
            # It was typed here: the pilot leaves by its idle time-out.
            bridge.request("pools.setWanted", {"pool": name, "count": None})
    else:
        yield well("pilot", "one is there already")
    found = next(each for each in there if _is_there(each))
    where = found["site"] or found["host"] or "its node"
    yield well("way home", f"the pilot's agent on {where} speaks with the bridge")
    yield _runtime(found)


def task(name: str) -> Finding:
    """One task, from this process through Parsl to a worker and back."""
    # Parsl takes a second to import; who only wants the first hops does not wait for it.
    import parsl

    import pilothouse

    # A function that every Python has: one of this package's would be looked for there.
    where = parsl.python_app(platform.node)
    began = time.monotonic()
    try:
        with parsl.load(pilothouse.config(name, blocks=1)):
            future = where()
            problem = future.exception(timeout=_TASK_SECONDS)
    except (PilothouseError, TimeoutError) as failed:
        problem = failed
    if problem is None:
        took = time.monotonic() - began
        return well("task", f"ran on {future.result()}, there and back in {took:.1f} s")
    return ill(
        "task",
        f"it failed: {type(problem).__name__}",
        "`pilothouse logs PILOT --file pool` shows what the worker pool wrote.",
        str(problem),
    )


def _profile(bridge: BridgeClient, name: str) -> Finding:
    try:
        checked = _checked(bridge, name, deep=False)
    except PilothouseError as error:
        return ill("profile", str(error), "")
    return _judged("profile", checked, "it can be read, and nothing is wrong with it")


def _scheduler(bridge: BridgeClient, name: str) -> Finding:
    pool, _ = _pilots(bridge, name)
    began = time.monotonic()
    try:
        checked = _checked(bridge, name, deep=True)
    except PilothouseError as error:
        return ill("scheduler", str(error), f"Try its commands by hand on {pool['submitHost']}.")
    answered = f"it answered on {pool['submitHost']} within {time.monotonic() - began:.1f} s"
    return _judged("scheduler", checked, f"{answered} and would take a pilot")


def _files(bridge: BridgeClient, name: str) -> Finding:
    profile = cast(Written, bridge.request("profiles.read", {"name": name}))["profile"]
    try:
        plan = cast(Plan, bridge.request("profiles.script", {"profile": profile, "pilots": 1}))
    except PilothouseError as error:
        return ill("what pilots need", str(error), "")
    sent = "; ".join(f"{other['path']}: {other['what']}" for other in plan["others"])
    return well("what pilots need", sent or "pilots find all they need on this machine")


def _checked(bridge: BridgeClient, name: str, *, deep: bool) -> Checked:
    profile = cast(Written, bridge.request("profiles.read", {"name": name}))["profile"]
    return cast(Checked, bridge.request("profiles.check", {"profile": profile, "deep": deep}))


def _judged(hop: str, checked: Checked, says: str) -> Finding:
    problems = [
        problem["message"]
        if problem["field"] in ("", hop)
        else f"{problem['field']}: {problem['message']}"
        for problem in checked["problems"]
    ]
    if any(problem["severity"] == "error" for problem in checked["problems"]):
        helps = "Correct it in the panel or in the profile's file."
        return ill(hop, "; ".join(problems), helps, checked["dryRun"] or "")
    if problems:
        return Finding(hop, Found.DOUBT, "; ".join(problems), words=checked["dryRun"] or "")
    return well(hop, says)


def _pilots(bridge: BridgeClient, name: str) -> tuple[Pool, list[Pilot]]:
    found = cast(Status, bridge.request("pools.status", {"pool": name}))
    return found["pools"][0], [each for each in found["pilots"] if each["state"] != "ended"]


def _is_there(each: Pilot) -> bool:
    return each["state"] in ("idle", "leased")


def _all_held(there: list[Pilot]) -> bool:
    return bool(there) and all(each["state"] == "held" for each in there)


def _did_not_come(pool: Pool, there: list[Pilot]) -> Finding:
    stopped = pool["stopped"]
    if stopped is not None:
        error = PilothouseError(stopped["code"], stopped["params"], words=stopped["words"] or None)
        return ill("pilot", str(error), "Correct the cause, then `pilothouse up` asks again.")
    why = there[0]["why"]
    if why is None:
        return ill("pilot", "it is held", "", there[0]["words"])
    found = explain(why)
    return ill("pilot", f"it is held: {found.says or found.title}", found.helps, found.words)


def _still_waits(name: str, there: list[Pilot], patience_seconds: float) -> Finding:
    state = there[0]["state"] if there else "requested"
    why = there[0]["why"] if there else None
    reason = "" if why is None else f": {explain(why).says}"
    return Finding(
        "pilot",
        Found.DOUBT,
        f"it is {state} after {patience_seconds:.0f} s{reason}",
        f"It is left in the queue. `pilothouse doctor {name}` goes on once it runs; "
        f"`pilothouse down {name}` removes it.",
        "" if why is None else why["words"],
    )


def _runtime(found: Pilot) -> Finding:
    runtime = found["runtime"]
    here, parsl_here = platform.python_version(), version("parsl")
    there, parsl_there = runtime.get("python", "unknown"), runtime.get("parsl", "none")
    says = f"Python {there} and Parsl {parsl_there} there, {here} and {parsl_here} here"
    if there.split(".")[:2] != here.split(".")[:2] or parsl_there != parsl_here:
        helps = "Both must be of one minor version of Python and one version of Parsl."
        return ill("Python and Parsl", says, helps, found["words"])
    return well("Python and Parsl", says)
