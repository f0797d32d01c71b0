"""What an agent may say, as src/protocol exports it (`npm run build:schemas`)."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import jsonschema

_FILE = Path(__file__).resolve().parents[2] / "pilothouse" / "schemas" / "protocol.json"


@functools.cache
def _schemas() -> dict[str, dict[str, object]]:
    protocol = json.loads(_FILE.read_text())
    methods = {name: each["params"] for name, each in protocol["agentMethods"].items()}
    return {**methods, **protocol["agentNotifications"]}


def violation(message: dict[str, object]) -> str | None:
    """What is wrong with a message of an agent; None if nothing is."""
    method = str(message.get("method"))
    if method not in _schemas():
        return f"{method} is no message of an agent"
    try:
        jsonschema.validate(message["params"], _schemas()[method])
    except jsonschema.ValidationError as problem:
        return f"{method}: {problem.json_path}: {problem.message}"
    return None
