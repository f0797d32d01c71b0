"""A real Jupyter server, as a hub would start one for a user."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from websockets.sync.client import ClientConnection, connect

from conftest import PilothouseHome
from tests.ports import HeldPort

BASE_URL = "/user/x/"
START_SECONDS = 60.0
#: Others only take their time at the start.
EXTENSIONS = {
    "pilothouse": True,
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    "jupyterlab": False,
    "notebook_shim": False,
}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: dict[str, object]


class JupyterServer:
    """`jupyter server` with a token, below a base URL, that lets nobody in unauthenticated."""

    def __init__(self, home: PilothouseHome, *words: str) -> None:
        self.token = secrets.token_hex(16)
        self.log = home.root / "jupyter.log"
        self._held = HeldPort()
        self.port = self._held.number
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "jupyter_server",
                    f"--port={self.port}",
                    "--ip=127.0.0.1",
                    "--no-browser",
                    "--allow-root",
                    f"--ServerApp.base_url={BASE_URL}",
                    f"--ServerApp.root_dir={home.root}",
                    f"--IdentityProvider.token={self.token}",
                    "--ServerApp.allow_unauthenticated_access=False",
                    f"--ServerApp.jpserver_extensions={EXTENSIONS}",
                    *words,
                ],
                env=home.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Wait until it answers; fails with its log otherwise."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.call("GET", "api/status").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"Jupyter did not start:\n{self.log.read_text()}")

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: bool = True,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """One request below the base URL; `body` is sent as JSON, or as it is if bytes."""
        data = body if isinstance(body, bytes) else None
        if body is not None and data is None:
            data = json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.origin}{BASE_URL}{path}", data, dict(headers or {}), method=method
        )
        if token:
            request.add_header("Authorization", f"token {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Reply(answer.status, json.loads(answer.read() or b"{}"))
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
                is_json = "json" in (error.headers.get("Content-Type") or "")
                return Reply(error.code, json.loads(text) if is_json else {})

    def rpc(self, method: str, params: object = None) -> Reply:
        """Call one of the bridge's methods."""
        return self.call("POST", f"pilothouse/rpc/{method}", {} if params is None else params)

    def stream(
        self, *, token: bool = True, headers: dict[str, str] | None = None
    ) -> ClientConnection:
        """A tab's websocket, used as a context manager."""
        query = f"?token={self.token}" if token else ""
        return connect(
            f"ws://127.0.0.1:{self.port}{BASE_URL}pilothouse/stream{query}",
            additional_headers=headers,
            max_size=None,
            proxy=None,
        )

    def log_in(self) -> str:
        """The cookies of a browser in which a person has logged in with the token."""
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        log_in(browser, self)
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    def stop(self) -> None:
        """End it as a person would with Ctrl-C twice."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self._held.close()


def log_in(browser: urllib.request.OpenerDirector, jupyter: JupyterServer) -> None:
    """As a person does: with the token as the password, in the login form."""
    url = f"{jupyter.origin}{BASE_URL}login"
    with browser.open(url, timeout=30) as page:
        form = page.read().decode()
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form)
    assert xsrf is not None
    body = f"_xsrf={xsrf[1].replace('|', '%7C')}&password={jupyter.token}".encode()
    # Behind the login is the page of whatever extension has one.
    with contextlib.suppress(urllib.error.HTTPError):
        browser.open(url, body, timeout=30).close()


def read(tab: ClientConnection, kind: str, seconds: float = 30.0) -> dict[str, object]:
    """The next frame of this kind; others before it are passed over."""
    end = time.monotonic() + seconds
    while True:
        frame = json.loads(tab.recv(timeout=max(0.0, end - time.monotonic())))
        assert isinstance(frame, dict)
        if frame["kind"] == kind:
            return frame
