"""Folders among the temporary files that carry their process's name, so that what a killed one left
behind can be told and deleted."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seawall.sandbox.leftovers import is_leftover, owned_name


def make_folder() -> Path:
    """A fresh folder that only its owner can read."""
    folder = Path(tempfile.gettempdir(), owned_name())
    folder.mkdir(mode=0o700)
    return folder


@contextmanager
def folder_for_a_while() -> Iterator[Path]:
    """A fresh folder, deleted when the block ends."""
    folder = make_folder()
    try:
        yield folder
    finally:
        delete_folder(folder)


def delete_folder(folder: Path) -> None:
    """Delete a tree that hostile code has made: closed folders, or deeper than Python can walk."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        for command in (("chmod", "-R", "u+rwx"), ("rm", "-rf")):  # both do not follow links
            subprocess.run([*command, "--", str(folder)], capture_output=True, check=False)


def clear_leftovers() -> None:
    """Delete the folders of Seawall processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("seawall-*"):
        if is_leftover(folder.name) and not folder.is_symlink():
            delete_folder(folder)
