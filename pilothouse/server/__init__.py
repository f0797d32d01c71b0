"""The Jupyter server's side: starts the bridge where none runs, passes messages, nothing else."""
