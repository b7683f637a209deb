"""Where this installation keeps the bytes of reports and attachments."""

from pathlib import Path

from django.conf import settings

from seawall.blobs.store import Blobs, FolderBlobs


def store() -> Blobs:
    """The blob store in the home folder."""
    return FolderBlobs(folder=Path(settings.SEAWALL_HOME) / "blobs")
