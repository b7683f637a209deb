"""Names that tell whose a thing is, so that what a killed process left behind can be cleared."""

import os
import re
import secrets
from pathlib import Path

_NAME = re.compile(r"seawall-(\d+)-(\d+)-(\d+)-[0-9a-f]+")


def owned_name() -> str:
    """A fresh name that carries this process: its process-ID namespace, number and start."""
    return f"seawall-{_namespace()}-{os.getpid()}-{_started(os.getpid())}-{secrets.token_hex(8)}"


def is_leftover(name: str) -> bool:
    """Whether `name` was made by a process of our process-ID namespace that is no more."""
    match = _NAME.fullmatch(name)
    if match is None or int(match[1]) != _namespace():
        return False
    return _started(int(match[2])) != int(match[3])


def _namespace() -> int:
    return os.stat("/proc/self/ns/pid").st_ino


def _started(pid: int) -> int:
    """Start of a process in clock ticks since boot; 0 when there is none (proc(5), field 22)."""
    try:
        text = Path("/proc", str(pid), "stat").read_text(errors="replace")
    except OSError:
        return 0
    return int(text[text.rindex(")") + 2 :].split()[19])
