"""Sessions on the disk: what a user would miss, written as it changes and opened again later."""
