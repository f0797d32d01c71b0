"""`python -m pilothouse`, where the command is not on PATH."""

from __future__ import annotations

import sys

from pilothouse.command import main

if __name__ == "__main__":
    sys.exit(main())
