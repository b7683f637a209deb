"""Graded runs of reproducers and the best evidence for each finding."""
