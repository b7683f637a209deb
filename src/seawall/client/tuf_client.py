"""A plain TUF client, as the public tuf-conformance suite drives one (its CLIENT-CLI.md).

For testing what Seawall's client stands on: python-tuf's updater over our own fetching. It
knows nothing of feeds, publishers or logs; operators use `seawall sync`.
"""

from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater

from seawall.client.errors import FeedRefused, Unreachable
from seawall.client.fetching import SourceFetcher, WebSource
from seawall.outbound.urls import read_url

_SAFE = "/%~!*'();:@&=+$,"
"""What an address keeps as it is; python-tuf quotes names of roles, but not paths of targets."""

FAILURES = (FeedRefused, Unreachable, RepositoryError, DownloadError, OSError, ValueError)
"""What may go wrong with what a repository gives."""


class _WebFetcher(SourceFetcher):
    """Downloads whole addresses, over one connection for each server."""

    def __init__(self) -> None:
        self._sources: dict[str, WebSource] = {}

    def _bytes(self, url: str, limit: int) -> bytes:
        target = read_url(quote(url, safe=_SAFE))
        base = f"{target.scheme}://{target.authority}"
        if base not in self._sources:
            self._sources[base] = WebSource(base)
        return self._sources[base].get(target.path.removeprefix("/"), limit=limit)

    def close(self) -> None:
        for source in self._sources.values():
            source.close()


def begin(metadata: Path, root: Path) -> None:
    """Trust `root`: it is copied into the folder `metadata`."""
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "root.json").write_bytes(root.read_bytes())


def refresh(metadata: Path, metadata_url: str) -> None:
    """Bring the top-level metadata up to date; raises one of FAILURES."""
    with closing(_WebFetcher()) as fetcher:
        Updater(str(metadata), metadata_url, fetcher=fetcher, bootstrap=None).refresh()


def download(
    metadata: Path, metadata_url: str, *, name: str, target_url: str, folder: Path
) -> Path:
    """Fetch the target `name` into `folder`, unless it lies there already as it should be.

    Raises one of FAILURES, also when no role knows the target.
    """
    with closing(_WebFetcher()) as fetcher:
        updater = Updater(
            str(metadata), metadata_url, str(folder), target_url, fetcher=fetcher, bootstrap=None
        )
        updater.refresh()
        info = updater.get_targetinfo(name)
        if info is None:
            raise FeedRefused(f"no role of the repository names {name!r}")
        folder.mkdir(parents=True, exist_ok=True)
        return Path(updater.find_cached_target(info) or updater.download_target(info))
