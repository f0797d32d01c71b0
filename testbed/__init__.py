"""Real sites for tests on one Debian 12 machine: Slurm with and without accounting, HTCondor, modules."""
