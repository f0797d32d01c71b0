"""States, times and counts as a person reads them, the same as in the panel."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from pilothouse.command.shapes import Executor, Pilot, Pool, Uplink, Wanted
from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError
from pilothouse.whys import explain

#: In the order of a place's line.
_COUNTED = (
    "busy",
    "idle",
    "starting",
    "queued",
    "requested",
    "held",
    "suspended",
    "draining",
    "lost",
)


def state_word(pilot: Pilot) -> str:
    """What a pilot does: leased is `busy` with tasks and `idle` without."""
    if pilot["state"] == "leased":
        return "busy" if pilot["running"] else "idle"
    return pilot["state"]


def reason(pilot: Pilot) -> str:
    """Why it waits, is held or has ended, in a line."""
    if pilot["state"] == "starting":
        return ""  # its scheduler's RUNNING is not what is meant here by the word
    if pilot["why"] is None:
        return pilot["words"].partition("\n")[0]
    found = explain(pilot["why"])
    return " ".join(part for part in (found.title, found.helps) if part)


def duration(milliseconds: float) -> str:
    """`40 s`, `3 m`, `2 h 5 m`, `3 d 4 h`."""
    seconds = max(0, int(milliseconds // 1000))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def counted(pool: Pool) -> str:
    """`2 busy · 1 queued`, or `no pilots`."""
    counts = pool["counts"]
    parts = [f"{counts[word]:,} {word}" for word in _COUNTED if counts.get(word)]
    return " · ".join(parts) or "no pilots"


def wanted(wanted: Wanted) -> str:
    """`wanted: 8 (typed; notebooks ask for 4)`."""
    text = f"wanted: {wanted['count']:,}"
    if wanted["typed"] is None:
        capped = wanted["asked"] > wanted["count"]
        most = f" (notebooks ask for {wanted['asked']:,}; at most {wanted['max']:,} here)"
        return text + (most if capped else "")
    return f"{text} (typed; notebooks ask for {wanted['asked']:,})"


def whys(pool: Pool, executors: Sequence[Executor]) -> list[str]:
    """What is wrong with a place or with a notebook that uses it, and what helps."""
    said: list[str] = []
    for executor in executors:
        if executor["pool"] == pool["pool"] and executor["failure"] is not None:
            origin = executor["origin"]
            who = origin.get("notebook", "").rpartition("/")[2] or f"process {origin['pid']}"
            said.append(f"{who}: {PilothouseError.of_data(executor['failure'])}")
    trouble = pool["schedulerTrouble"]
    # That nobody is logged in is said of the submit host.
    if trouble is not None and trouble["code"] != "login_needed":
        since = duration(time.time() * 1000 - trouble["sinceMs"])
        # Without its parameters the code's sentence would have gaps.
        words = trouble["words"].strip() or trouble["code"]
        said.append(f"the scheduler has not answered for {since}: {words}")
    said += [way_lost(uplink) for uplink in pool["uplinks"] if uplink["trouble"] is not None]
    said += [way_moved(uplink) for uplink in pool["uplinks"] if "moved" in uplink]
    stopped = pool["stopped"]
    if stopped is not None:
        error = PilothouseError(stopped["code"], stopped["params"], words=stopped["words"] or None)
        said.append(f"stopped after {stopped['failures']} like failures: {error}")
    if pool["waitingWhy"] and (stopped is None or pool["waitingWhy"] not in stopped["words"]):
        said.append(pool["waitingWhy"])
    return said


def way_lost(uplink: Uplink) -> str:
    """`pilots have had no way home by relay.example.org:8443 (relay) for 40 s: ...`."""
    port = "" if uplink["port"] is None else f":{uplink['port']}"
    since = duration(time.time() * 1000 - uplink["sinceMs"])
    trouble = PilothouseError.of_data(uplink["trouble"] or {})
    problem = trouble.params.get("problem") or str(trouble).partition("\n")[0]
    return (
        f"pilots have had no way home by {uplink['machine']}{port} ({uplink['kind']}) for {since}: "
        f"{problem}"
    )


def way_moved(uplink: Uplink) -> str:
    """`login.example.org led to node-2 and no more to node-1 40 s ago: ...`."""
    moved = uplink["moved"]
    since = duration(time.time() * 1000 - moved["atMs"])
    return (
        f"{uplink['machine']} led to {moved['to']} and no more to {moved['from']} {since} ago: "
        f"pilots that were submitted before dial {moved['from']} in vain, until a login leads "
        f"there again; name one login node in the profile's `submitHost.address`"
    )


def apps(running: Sequence[str]) -> str:
    """`pi ×3, mean`."""
    return ", ".join(
        f"{app} ×{number}" if number > 1 else app for app, number in Counter(running).items()
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, two blanks apart; a cell is one line, and nothing a terminal obeys."""
    lines = [
        [shown(cell).replace("\n", "?").replace("\t", "?") for cell in row] for row in (head, *rows)
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
