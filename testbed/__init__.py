"""Real sites for tests, on one Debian 12: Slurm with and without accounting, HTCondor, modules."""
