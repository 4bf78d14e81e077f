"""Other people's files, read through key tables that are strict both ways."""
