"""StyleGAN Explorer: the application. Importing it loads neither torch nor the window."""

__version__ = "0.1.0"
