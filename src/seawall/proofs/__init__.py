"""Proofs: read, prepare, run and grade reproducers; see docs/reproducer.md and ADR 1."""
