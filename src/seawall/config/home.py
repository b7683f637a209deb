"""The home folder of an installation: where it is and how its secret files are kept."""

import os
import secrets
import stat
from pathlib import Path


def home_path() -> Path:
    """`$SEAWALL_HOME`, else `~/.local/share/seawall` (or below `$XDG_DATA_HOME`)."""
    if chosen := os.environ.get("SEAWALL_HOME"):
        return Path(chosen).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "seawall"


def make_home(home: Path) -> Path:
    """Create `home` for its owner alone when it is absent; give it back."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def secret_text(path: Path) -> str:
    """The secret in `path`, made on first use: 50 random bytes in a file of mode 0600.

    Two processes that start at once get the same secret: the file appears complete or not at all.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its secret counts
        finally:
            draft.unlink()
    return path.read_text().strip()


def is_private(path: Path) -> bool:
    """Whether nobody but the owner may read or write `path`."""
    return not stat.S_IMODE(path.stat().st_mode) & 0o077
