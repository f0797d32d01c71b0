"""What a relay and a bridge say to each other (src/protocol/relay.ts), and their limits."""

import struct

#: Connection, kind, length of what follows.
HEADER = struct.Struct("!IBI")
READY, OPEN, BYTES, CLOSED, TAKEN, PING = range(6)

#: Bytes of one connection that may be under way in one direction.
WINDOW_BYTES = 1024 * 1024
#: Content of one frame.
FRAME_BYTES = 64 * 1024
#: Connections that are carried at one time.
CONNECTIONS = 10_000
PING_SECONDS = 3.0
SILENCE_SECONDS = 15.0


class Violation(Exception):
    """Whoever is at the other end does not keep to the rules; the text says how."""
