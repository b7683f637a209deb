"""Reviewed checkers: small programs that look at what a target gave back and judge it.

A checker runs in the sandbox, in a process of its own, after the replay. It reads one JSON object
from standard input, `{"token": "t…", "values": [{"step": 0, "value": …}], "output": "…"}`, and
writes `{"fired": true, "step": 0, "detail": "one sentence"}`. Standard library only. A checker is
written by a reviewer, never by the reporter whose proof it judges.
"""

from pathlib import Path

HERE = Path(__file__).parent


def checker_file(name: str) -> str:
    """Give the file name of a checker: `unescaped-markup` is in `unescaped_markup.py`."""
    return f"{name.replace('-', '_')}.py"


def checker_folder(name: str, extra: Path | None = None) -> Path | None:
    """Give the folder that holds a checker, `extra` before our own; None when none does."""
    for folder in (extra, HERE):
        if folder is not None and (folder / checker_file(name)).is_file():
            return folder
    return None
