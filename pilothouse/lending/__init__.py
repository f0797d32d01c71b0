"""Parsl's executor and provider, and what follows the bridge: pilots lent to a kernel."""
