"""A runtime: what a pilot needs to serve this Python's kernels, as one archive.

``python -m pilothouse.runtime FOLDER [--python]``, run by the Python whose Parsl it is, writes
``runtime-<hash>.tar.gz`` into FOLDER and prints what it is as JSON. In the archive:

- ``needs``: what a machine must have, as lines ``key value``; the first member;
- ``site/``: Parsl and the distributions that it requires;
- ``lib/``: shared libraries that these need from outside themselves, but for the C library;
- ``lib-else/``: those of the C++ compiler, for machines that have none;
- ``libraries``: sh that tells which of the two a machine needs;
- ``python/``: with ``--python`` the interpreter itself; ``python/bin/python3`` starts it.

The name's hash is that of the uncompressed archive, which holds no times and no owners: the same
installation gives the same name.
"""
