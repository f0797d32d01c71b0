"""Benchmarks: each prints its figure beside a peer's, measured in the same run.

`python -m bench [PART...]`; the parts are throughput, restart, loss, sharing, sites, strip. Ratios
are to be trusted, absolute figures are this machine's.
"""
