"""Where advisories are published, and under which name the log speaks.

SEAWALL_PUBLIC      folder of the public tree (default `public` in the home folder); what a web
                    server or a bucket gives out is its `current`
SEAWALL_FEED_URL    where people reach that tree (default SEAWALL_ORIGIN with /feed)
SEAWALL_LOG_ORIGIN  the log's name in its checkpoints (default: the publisher's namespace with /log)
SEAWALL_WITNESSES   file that names the log's witnesses (default: none)
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

UNNAMED_ORIGIN = "unnamed.invalid/log"


def public_folder(home: Path) -> Path:
    """The folder of the public tree."""
    chosen = os.environ.get("SEAWALL_PUBLIC", "")
    return Path(chosen).expanduser() if chosen else home / "public"


def feed_url(origin: str) -> str:
    """Where the public tree is reached, without a slash at the end; "" when nobody said."""
    return os.environ.get("SEAWALL_FEED_URL", f"{origin}/feed" if origin else "").rstrip("/")


def log_origin(namespace: str) -> str:
    """The origin line of the log's checkpoints (C2SP tlog-checkpoint)."""
    if chosen := os.environ.get("SEAWALL_LOG_ORIGIN", ""):
        return chosen
    parts = urlsplit(namespace)
    return f"{parts.netloc}{parts.path.rstrip('/')}/log" if parts.netloc else UNNAMED_ORIGIN
