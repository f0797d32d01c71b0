"""``python agent.pyz FOLDER``: FOLDER holds pilot.json, and takes what the pilot leaves."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

from . import pilot_file
from .agent import Agent
from .checked import InvalidMessage
from .exits import Ending

log = logging.getLogger(__name__)


def main() -> int:
    """Runs one agent; the result is its exit code (:class:`.exits.Ending`)."""
    _log_to_stdout()
    if len(sys.argv) != 2:
        log.error("usage: agent FOLDER, the folder that has pilot.json")
        return Ending.BAD_FILE.code
    umask = os.umask(0o077)
    folder = Path(sys.argv[1]).resolve()
    try:
        pilot = pilot_file.read(folder / "pilot.json")
    except (OSError, InvalidMessage) as problem:
        log.error("this pilot cannot start: %s", problem)
        return Ending.BAD_FILE.code
    try:
        return Agent(folder, pilot, _archive(), umask).run().code
    except Exception:
        log.exception("the agent failed")
        return Ending.FAILED.code


def _archive() -> str:
    """The entry of sys.path that this package comes from."""
    return str(Path(__file__).resolve().parent.parent)


def _log_to_stdout() -> None:
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
