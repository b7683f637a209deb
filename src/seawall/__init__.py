"""Seawall: pre-release cyber review and vulnerability clearinghouse."""

__version__ = "0.1.0"
