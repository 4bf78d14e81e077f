"""Hostile files with structure: made from a seed, read in a process with bounds."""
