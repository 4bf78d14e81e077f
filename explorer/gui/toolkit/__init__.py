"""What Dear PyGui lacks: theme, icons, keys, file dialogs, dropped files, waiting without cost."""
