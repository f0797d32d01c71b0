"""Pilots of this machine that come home as from elsewhere, so that their pools need a tunnel."""

from __future__ import annotations

NEAR = "127.0.0.1"
"""Where the bridge listens for pilots of its own machine, whose pools need none."""
LISTEN = "127.0.0.2"
"""Where it listens for those of this profile."""

# What leads to the bridge by the nearest way is taken out of what the pilot was told.
_WORKER_INIT = f"""python3 - <<'END'
import json
with open("pilot.json") as file:
    pilot = json.load(file)
pilot["contactFile"] = None
pilot["addresses"] = [each for each in pilot["addresses"] if each["host"] != "{NEAR}"]
with open("pilot.json", "w") as file:
    json.dump(pilot, file)
END
"""


def profile(workers: int, most: int, **uplink: object) -> dict[str, object]:
    """A profile without its name.

    :param uplink: more of its options of that name.
    """
    return {
        "pilot": {"cores": 1, "workers": workers},
        "scaling": {"max": most},
        "environment": {"workerInit": _WORKER_INIT},
        "uplink": {"kinds": ["direct"], "listenAddress": LISTEN, **uplink},
    }
