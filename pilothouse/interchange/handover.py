"""Lets the second connection of a worker pool in while the interchange still has the first.

HTEX's pool connects twice by one name: a probe, which it closes, and then the connection that it
keeps. The interchange's ROUTER forgets the probe only when it has run twice since, and until then
drops, unsaid, whatever else comes by that name: on a busy machine a pool then waits for ever for
the answer to its first message. ZMQ_ROUTER_HANDOVER (zmq_setsockopt(3)) gives the name to the
newer one.
"""

from __future__ import annotations

import zmq
from parsl import curvezmq


class HandoverContext(curvezmq.ServerContext):
    """Parsl's, but for its ROUTER sockets."""

    def socket(self, socket_type: int, *args: object, **kwargs: object) -> zmq.Socket[bytes]:
        """As Parsl's."""
        made: zmq.Socket[bytes] = super().socket(socket_type, *args, **kwargs)
        if socket_type == zmq.ROUTER:
            made.setsockopt(zmq.ROUTER_HANDOVER, 1)
        return made


def let_newer_in() -> None:
    """For all that this process makes by ``parsl.curvezmq`` from now on."""
    vars(curvezmq)["ServerContext"] = HandoverContext
