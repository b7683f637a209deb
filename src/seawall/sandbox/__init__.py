"""Run untrusted code: one protocol, bubblewrap or gVisor, never bare."""

from seawall.sandbox.choose import find_sandbox
from seawall.sandbox.protocol import (
    Job,
    Limits,
    Mount,
    Outcome,
    Sandbox,
    SandboxUnavailable,
)

__all__ = [
    "Job",
    "Limits",
    "Mount",
    "Outcome",
    "Sandbox",
    "SandboxUnavailable",
    "find_sandbox",
]
