"""HTCondor of Debian trixie, in a root of its own."""
