"""What every job sees of the host: its read-only system libraries and programs, no more."""

import os
from pathlib import Path

ETC = {
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "passwd": "sandbox:x:1000:1000::/tmp:/bin/sh\n",
    "group": "sandbox:x:1000:\n",
}
"""Our own small /etc; nothing in it comes from the host."""

TOP_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_FROM_ETC = ("/etc/alternatives", "/etc/ld.so.cache")


def system_mounts() -> list[str]:
    """bubblewrap options for the read-only runtime of this host."""
    options = ["--ro-bind", "/usr", "/usr"]
    for name in TOP_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    for source in _FROM_ETC:
        options += ["--ro-bind-try", source, source]
    return options
