"""Run untrusted code: one protocol, bubblewrap or gVisor, never bare."""
