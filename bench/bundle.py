"""Programs of the benchmark that are written in TypeScript, with what they use of the bridge."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.processes import ROOT

ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"


def bundled(name: str, folder: Path) -> Path:
    """`bench/NAME.ts` as one program for Node, in a folder."""
    program = folder / f"{name}.mjs"
    subprocess.run(
        [
            *(str(ESBUILD), f"bench/{name}.ts", "--bundle", "--platform=node", "--format=esm"),
            *("--target=node22", "--log-level=warning", f"--outfile={program}"),
            # What packages of another kind ask for at run time.
            "--banner:js=import { createRequire } from 'node:module';"
            "const require = createRequire(import.meta.url);",
        ],
        cwd=ROOT,
        check=True,
    )
    return program
