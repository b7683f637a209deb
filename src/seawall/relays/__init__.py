"""Passing cases on to other coordinators and vendors, and submissions that come their ways."""
