"""Labels of portraits: a network that reads them, and what training makes of its readings."""
