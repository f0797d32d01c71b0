"""A worker pool that comes by a name which the interchange still has."""

from __future__ import annotations

import pickle

import parsl
import pytest
import zmq
from parsl import curvezmq

import pilothouse
from pilothouse.interchange import warm
from pilothouse.lending.executor import PilothouseExecutor

from .engine_bridge import BridgeInTest

ANSWER_MS = 10_000


def _probe(context: curvezmq.ClientContext, url: str, name: bytes) -> zmq.Socket[bytes]:
    """A connection as HTEX's pool makes it, that has asked whether somebody is there."""
    made: zmq.Socket[bytes] = context.socket(zmq.DEALER)
    made.setsockopt(zmq.LINGER, 0)
    made.setsockopt(zmq.IDENTITY, name)
    made.connect(url)
    made.send(pickle.dumps({"type": "connection_probe"}))
    return made


@pytest.mark.parametrize("helper", [True, False])
def test_the_newer_connection_is_heard(bridge_in_test: BridgeInTest, helper: bool) -> None:
    if helper:
        warm.start()
    else:
        warm.stop()
    pilothouse.load("local", blocks=0)
    executor = parsl.dfk().executors["local"]
    assert isinstance(executor, PilothouseExecutor)
    context = curvezmq.ClientContext(executor.cert_dir)
    url = f"tcp://127.0.0.1:{executor.worker_port}"
    try:
        first = _probe(context, url, b"a-pool")
        assert first.poll(ANSWER_MS)
        second = _probe(context, url, b"a-pool")
        assert second.poll(ANSWER_MS)
        assert not first.closed
    finally:
        context.destroy(linger=0)
