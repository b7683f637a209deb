"""Content-addressed file store."""
