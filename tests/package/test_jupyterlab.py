"""JupyterLab's own checks of an extension, against the installed wheel."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import PilothouseHome
from tests.package.conftest import ROOT, Installed
from tests.ports import HeldPort

#: Playwright's own way to another browser is an argument of `launch`, and
#: jupyterlab/browser-test.js gives none.
MACHINES_CHROMIUM = """
const { chromium } = require('playwright');
const launch = chromium.launch.bind(chromium);
chromium.launch = options =>
  launch({ ...options, executablePath: process.env.CHROMIUM, args: %(args)s });
"""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def chromium() -> str:
    """Path of this machine's Chromium."""
    named = os.environ.get("CHROMIUM")
    found = named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    assert found, "no Chromium here; set CHROMIUM to its path"
    return found


def test_browser_check(installed: Installed, pilothouse_home: PilothouseHome) -> None:
    """JupyterLab starts with the extension and nothing is logged as an error, here or there."""
    programs = pilothouse_home.root / "programs"
    programs.mkdir()
    modules = ROOT / "ui-tests" / "node_modules"
    assert (modules / "playwright").is_dir(), "make ui-tests' packages first: make test"
    node = Path(os.path.realpath(shutil.which("node") or "")).as_posix()
    (programs / "node").symlink_to(node)
    # `npx playwright install` would download a browser; the machine's is used.
    npx = programs / "npx"
    npx.write_text("#!/bin/sh\nexit 0\n")
    npx.chmod(0o755)
    target = installed.folder / "share" / "jupyter" / "lab" / "browser_test"
    target.mkdir(parents=True)
    (target / "node_modules").symlink_to(modules)
    preload = target / "chromium.js"
    preload.write_text(MACHINES_CHROMIUM % {"args": json.dumps(ARGUMENTS)})
    isolated = {
        name: value
        for name, value in pilothouse_home.environment.items()
        if name.startswith(("PILOTHOUSE", "JUPYTER", "IPYTHON"))
    }
    try:
        check = installed.run(
            ["python", "-m", "jupyterlab.browser_check", "--allow-root"],
            {
                **isolated,
                "PATH": f"{programs}:{installed.environment['PATH']}",
                "NODE_OPTIONS": f"--require={preload}",
                "CHROMIUM": chromium(),
            },
        )
    finally:
        shutil.rmtree(target)
    assert check.returncode == 0, check.stdout[-3000:] + check.stderr[-6000:]


@pytest.fixture
def port() -> Iterator[int]:
    with HeldPort() as held:
        yield held.number


def test_no_handler_lets_anyone_in(
    installed: Installed, pilothouse_home: PilothouseHome, port: int
) -> None:
    """A server that allows no unauthenticated handler has nothing to say of ours."""
    log = pilothouse_home.root / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [
                str(installed.folder / "bin" / "jupyter"),
                "lab",
                "--no-browser",
                "--allow-root",
                "--ServerApp.ip=127.0.0.1",
                f"--ServerApp.port={port}",
                "--ServerApp.port_retries=0",
                "--ServerApp.allow_unauthenticated_access=False",
                "--IdentityProvider.token=secret",
                "--ServerApp.base_url=/user/x/",
            ],
            cwd=pilothouse_home.root,
            env={
                **installed.environment,
                **{
                    name: value
                    for name, value in pilothouse_home.environment.items()
                    if name.startswith(("PILOTHOUSE", "JUPYTER", "IPYTHON"))
                },
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        base = f"http://127.0.0.1:{port}/user/x"
        deadline = time.monotonic() + 60
        while status(f"{base}/api") != 200:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        for path in ("log", "stream", "rpc/pools.status", "start"):
            assert status(f"{base}/pilothouse/{path}") in (401, 403, 405), path
        assert status(f"{base}/pilothouse/log?token=secret") in (200, 404, 503)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    words = log.read_text()
    assert "pilothouse" in words
    # jupyter_lsp, which JupyterLab brings, has such a handler itself; it is no business of ours.
    open_to_all = re.findall(r"^\s*- .* of \w+ registered for (\S+)", words, re.MULTILINE)
    assert not [path for path in open_to_all if "pilothouse" in path], words
    assert not re.search(r"^\[E ", words, re.MULTILINE), words


def status(url: str) -> int:
    """HTTP status of a GET; 0 while nobody listens. Redirects to a login page count as 403."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return 403 if "/login" in answer.geturl() else int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError:
        return 0
