"""What the program's speed is made of, measured on the machine at hand: `python -m benchmarks`."""
