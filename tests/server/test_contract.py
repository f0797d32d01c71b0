"""What Python says twice must be what src/protocol says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pilothouse.bridge import messages
from pilothouse.bridge.node import find_node
from pilothouse.command import logs
from pilothouse.server import files
from pilothouse.server.methods import OF_THE_CONNECTION, VIEW_METHODS, http_status

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
const { buildSync } = require('esbuild');
const { outputFiles } = buildSync({
  entryPoints: ['src/protocol/index.ts'],
  bundle: true, platform: 'node', format: 'cjs', write: false
});
const built = { exports: {} };
new Function('module', 'exports', 'require', outputFiles[0].text)(built, built.exports, require);
const { METHODS, ErrorCode, LIMITS } = built.exports;
const roles = Object.entries(METHODS).map(([name, method]) => [name, method.roles]);
console.log(JSON.stringify({
  roles: Object.fromEntries(roles), codes: ErrorCode.options, limits: LIMITS
}));
"""


@pytest.fixture(scope="module")
def contract() -> dict[str, object]:
    """Roles of methods, error codes and limits, from the TypeScript source."""
    done = subprocess.run(
        [str(find_node()), "-e", PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    contract = json.loads(done.stdout)
    assert isinstance(contract, dict)
    return contract


def test_a_browser_may_call_what_view_may(contract: dict[str, object]) -> None:
    roles = contract["roles"]
    assert isinstance(roles, dict)
    of_view = {method for method, allowed in roles.items() if "view" in allowed}
    assert of_view == VIEW_METHODS | OF_THE_CONNECTION
    assert not VIEW_METHODS & OF_THE_CONNECTION


def test_only_what_makes_the_bridge_unusable_is_a_503(contract: dict[str, object]) -> None:
    codes = contract["codes"]
    assert isinstance(codes, list)
    assert {code for code in codes if http_status(code) == 503} == {
        "bridge_not_built",
        "bridge_start_failed",
        "bridge_unreachable",
        "folder_taken",
        "folder_unsafe",
        "internal",
        "node_missing",
        "node_too_old",
        "path_too_long",
        "too_many_clients",
        "version_mismatch",
    }


def test_limits_are_the_same(contract: dict[str, object]) -> None:
    limits = contract["limits"]
    assert isinstance(limits, dict)
    assert limits["clientMessageBytes"] == messages.CLIENT_MESSAGE_BYTES
    assert limits["bridgeMessageBytes"] == messages.BRIDGE_MESSAGE_BYTES
    assert limits["logBytes"] == logs.PIECE_BYTES
    assert limits["fileBytes"] == files.PIECE_BYTES
