"""Speed of the program, measured on the machine at hand: `python -m benchmarks`."""
