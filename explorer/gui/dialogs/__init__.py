"""Dialogs, including those that ask for a file or a folder."""
