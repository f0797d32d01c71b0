"""Slurm, as Debian packages it, with several pretended nodes on this machine."""
