"""The TUF repository inside the public tree: its keys, its roles, its bins, its ceremonies."""
