"""Endpoints that play models: chat completions on loopback, for tests, demos, simulations."""
