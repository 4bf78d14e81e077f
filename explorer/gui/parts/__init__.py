"""The larger pieces that panels are made of. A piece imports no panel."""
