"""Evaluation of models: a bank of items, graded by effect, and what runs them."""
