"""`login` and `logout`: what a submit host asks, asked and answered on a terminal."""
