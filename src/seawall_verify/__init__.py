"""Verifies a transparency log and what it holds; shares no code with what writes it."""
