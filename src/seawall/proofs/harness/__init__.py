"""Trusted programs that run inside the sandbox; standard library only, never imported here."""
