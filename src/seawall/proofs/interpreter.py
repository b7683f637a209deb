"""The Python interpreter of this process, shown read-only in a sandbox."""

import os
import sys
from pathlib import Path, PurePosixPath

from seawall.sandbox.protocol import Mount


def python_path() -> tuple[str, ...]:
    """Give the argv that starts the interpreter inside: isolated, without site, writing no .pyc."""
    prefix = Path(sys.base_prefix)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return (str(prefix / "bin" / name), "-I", "-S", "-B")


def interpreter_mounts() -> tuple[Mount, ...]:
    """Give the mounts that it needs: none when it belongs to the system."""
    prefix = Path(os.path.realpath(sys.base_prefix))
    if prefix.is_relative_to("/usr"):
        return ()
    return (Mount(source=prefix, target=PurePosixPath(sys.base_prefix)),)
