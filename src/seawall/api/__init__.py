"""The REST API: translate in, make one call, translate out. `root` collects the resources."""
