"""``python -m pilothouse.runtime FOLDER [--python]``: prints the runtime, or what is in its way."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from .building import make
from .problem import RuntimeProblem


def main() -> int:
    """0 with the runtime as JSON on standard output; 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m pilothouse.runtime", description=__doc__)
    parser.add_argument("folder", type=Path, help="where archives are kept")
    parser.add_argument("--python", action="store_true", help="with this Python itself")
    given = parser.parse_args()
    try:
        runtime = make(given.folder.absolute(), carries_python=given.python)
    except (RuntimeProblem, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(runtime)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
