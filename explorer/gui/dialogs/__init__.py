"""Dialogs, and the file dialogs among them."""
