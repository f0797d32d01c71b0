"""What is answered to a submit host is in no log, however much Jupyter is told to log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import PilothouseHome

from .jupyter import JupyterServer

SECRET = "correct-horse-4711"
EVERYTHING = """
import logging
logging.basicConfig(level=logging.DEBUG)
c.ServerApp.log_level = 'DEBUG'
c.ServerApp.logging_config = {'loggers': {'ServerApp': {'level': 'DEBUG'}}}
"""


@pytest.fixture
def talkative(pilothouse_home: PilothouseHome) -> Iterator[JupyterServer]:
    """A server in which all loggers of the process write all that they have."""
    file = pilothouse_home.jupyter_config / "jupyter_server_config.py"
    file.write_text(EVERYTHING)
    server = JupyterServer(pilothouse_home, "--debug")
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("answers", [[SECRET], SECRET, [{"secret": SECRET}]])
def test_an_answer_is_in_no_log(
    talkative: JupyterServer, pilothouse_home: PilothouseHome, answers: object
) -> None:
    body = {"login": "0" * 16, "round": 1, "answers": answers}
    reply = talkative.rpc("logins.answer", body)
    # Accepted or refused: neither tells what it was.
    assert reply.status in (400, 404)
    assert SECRET not in str(reply.body)
    talkative.stop()  # A request is logged after its answer.
    said = talkative.log.read_text()
    assert "DEBUG" in said
    assert "logins.answer" in said
    assert SECRET not in said
    log = pilothouse_home.state / "bridge.log"
    assert SECRET not in log.read_text()


def test_a_body_that_cannot_be_read_is_in_no_log(talkative: JupyterServer) -> None:
    for body in (b'{"answers": ["' + SECRET.encode(), b'["' + SECRET.encode() + b'"]'):
        reply = talkative.call("POST", "pilothouse/rpc/logins.answer", body)
        assert reply.status == 400
        assert SECRET not in str(reply.body)
    talkative.stop()
    assert SECRET not in talkative.log.read_text()
