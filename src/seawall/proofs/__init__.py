"""Prepare, run and grade reproducers; see docs/reproducer.md."""
