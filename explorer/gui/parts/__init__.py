"""The larger parts that panels are made of. A part imports no panel."""
