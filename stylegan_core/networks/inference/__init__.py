"""Generators prepared for making pictures; see `for_inference`."""
