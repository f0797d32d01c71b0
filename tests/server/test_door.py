"""Who gets in: nobody without Jupyter's leave, on any route."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus

from conftest import PilothouseHome

from .jupyter import BASE_URL, JupyterServer, log_in, read

ROUTES = [
    ("POST", "pilothouse/rpc/pools.status"),
    ("POST", "pilothouse/start"),
    ("GET", "pilothouse/log"),
    ("GET", "pilothouse/files/local/etc/hostname"),
]


def test_nothing_without_a_token(jupyter: JupyterServer, pilothouse_home: PilothouseHome) -> None:
    for method, path in ROUTES:
        assert jupyter.call(method, path, {}, token=False).status == 403
        wrong = {"Authorization": "token wrong"}
        assert jupyter.call(method, path, {}, token=False, headers=wrong).status == 403
    with pytest.raises(InvalidStatus) as refused:
        jupyter.stream(token=False).__enter__()
    assert refused.value.response.status_code == 403
    assert not (pilothouse_home.state / "bridge.lock").exists(), "a stranger started the bridge"
    # Jupyter names at its start each handler that lets strangers in.
    assert f"registered for {BASE_URL}pilothouse" not in jupyter.log.read_text()


def test_a_browser_needs_its_xsrf_cookie_said_twice(jupyter: JupyterServer) -> None:
    """A page of another site can send the cookies of a logged-in browser, but not read them."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    log_in(browser, jupyter)
    [xsrf] = [cookie.value for cookie in jar if cookie.name == "_xsrf"]
    assert xsrf is not None
    for method, path in ROUTES[:2]:
        url = f"{jupyter.origin}{BASE_URL}{path}"
        without = urllib.request.Request(url, b"{}", method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            browser.open(without, timeout=30)
        refused.value.close()
        assert refused.value.code == 403
        with_it = urllib.request.Request(url, b"{}", {"X-XSRFToken": xsrf}, method=method)
        with browser.open(with_it, timeout=60) as answer:
            assert "result" in json.loads(answer.read())


def test_a_page_of_another_origin_gets_in_nowhere(jupyter: JupyterServer) -> None:
    """With the cookies of a logged-in browser, which that sends along."""
    cookies = jupyter.log_in()
    evil = {"Origin": "https://evil.example.org", "Cookie": cookies}
    with pytest.raises(InvalidStatus) as refused:
        jupyter.stream(token=False, headers=evil).__enter__()
    assert refused.value.response.status_code == 403
    for method, path in ROUTES:
        assert jupyter.call(method, path, {}, token=False, headers=evil).status in (403, 404)
    # The same browser on the server's own page.
    own = {"Origin": jupyter.origin, "Cookie": cookies}
    with jupyter.stream(token=False, headers=own) as tab:
        assert read(tab, "snapshot")["seq"] is not None
