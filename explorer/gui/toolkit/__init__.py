"""Additions to Dear PyGui: theme, icons, keys, file dialogs, dropped files, waiting at no cost."""
