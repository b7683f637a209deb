"""The one way out over HTTP: which addresses may be called, within which limits, and signed how."""
