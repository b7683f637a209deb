"""The command line: translate in, make one call, translate out."""
