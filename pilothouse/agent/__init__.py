"""The program inside a pilot: dials home, reports, runs worker pools under a lease.

Shipped to pilots as a zip archive whose top-level package is ``pilothouse_agent``
(:mod:`.archive` makes it), so that everything here uses relative imports and the
standard library only. Parsl is imported in the processes of a pool alone
(:mod:`.zygote`, :mod:`.pool_process`, :mod:`.worker`), never in the agent itself.
"""
