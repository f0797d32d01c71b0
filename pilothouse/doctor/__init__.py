"""`pilothouse doctor`: walks every hop from a notebook to a worker, and says which one fails."""
