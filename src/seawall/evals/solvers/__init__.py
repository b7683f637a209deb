"""Reference solvers: scripted policies that act through the same tools as a model."""
