"""Networks that cannot be crossed: machines that reach each other only where a line is laid."""
