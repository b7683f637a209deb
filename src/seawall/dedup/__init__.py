"""Findings × findings: which are one vulnerability, and why."""
