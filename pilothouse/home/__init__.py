"""The kernel's end of tunnels: a process beside the interchange (docs/architecture.md, "The way
home").

``process.py`` is the kernel's handle of it. It runs ``__main__.py``: ``line.py`` is its connection
to the bridge, ``home.py`` its loop; the ends of tunnels are those of ``pilothouse.agent.tunnel``.
"""
