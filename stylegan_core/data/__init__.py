"""Training data: rendered portraits, or the pictures of a folder or zip file."""
