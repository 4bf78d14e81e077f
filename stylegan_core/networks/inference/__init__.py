"""Generators in the form in which pictures are made; see `for_inference`."""
