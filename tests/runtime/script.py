"""The pilot's script, as the bridge writes it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from pilothouse.bridge.node import find_node

ROOT = Path(__file__).resolve().parents[2]
_WRITE = """
const { build } = require('esbuild');
const { runInThisContext } = require('node:vm');
const contents = `
  import { Profile, textOf } from './src/protocol';
  import { pilotScript } from './src/bridge/schedulers/pilotScript';
  const { profile, frame } = JSON.parse(process.argv[1]);
  const lines = pilotScript(Profile.parse({ name: 'test', ...profile }), frame);
  process.stdout.write(textOf({ path: 'pilot.sh', language: 'shell', lines }));
`;
build({
  stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
  bundle: true, platform: 'node', format: 'iife', write: false, logLevel: 'warning'
}).then(({ outputFiles }) => runInThisContext(outputFiles[0].text));
"""


def pilot_script(
    environment: dict[str, object], prelude: list[str], makings: dict[str, object]
) -> str:
    """The script for a profile's environment, in a frame without a scheduler's lines."""
    given = {
        "profile": {"environment": environment},
        "frame": {"header": [], "prelude": prelude, "makings": makings},
    }
    return subprocess.run(
        [str(find_node()), "-e", _WRITE, json.dumps(given)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
