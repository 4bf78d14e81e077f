"""Generators in the form that makes pictures; see `for_inference`."""
