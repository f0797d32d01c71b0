"""Both ends of tunnels between a worker pool and its interchange (src/protocol/tunnel.ts).

Here because the agent's end is in the agent's archive; the kernel's end is ``pilothouse.home``.
``frames``, ``records`` and ``pipe`` are pure; ``end`` joins them to sockets, ``mux`` has the ends
of one process.
"""
