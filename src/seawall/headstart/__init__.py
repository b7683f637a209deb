"""The head start: how far everything that was reported has come, counted and remembered by day."""
