"""Sample sheets of a training run: fixed faces, drawn again from time to time. No torch."""

SEEDS = range(40)
"""The seed of each cell, row by row."""

COLUMNS = 8

PSI = 0.7
