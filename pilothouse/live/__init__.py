"""What tasks do, told to the bridge as it happens: states, cells, results' stamps."""
