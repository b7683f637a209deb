"""python-tuf's own client over a folder: what every client of the feed must be able to do."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from feed.house import House


class FolderFetcher(FetcherInterface):
    """Gives files of a folder; `asked` are the files it gave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.bytes = 0

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = unquote(url.removeprefix("http://feed.example/"))
        try:
            data = (self.folder / path).read_bytes()
        except FileNotFoundError:
            raise DownloadHTTPError("not found", 404) from None
        self.asked.append(path)
        self.bytes += len(data)
        return iter([data])


class Follower:
    """A client that trusts the house's first root, with its own memory in `folder`."""

    def __init__(self, folder: Path, house: House, *, root: bytes | None = None) -> None:
        self.folder = folder
        self.house = house
        self.fetcher = FolderFetcher(house.folder)
        (folder / "metadata").mkdir(parents=True)
        (folder / "targets").mkdir()
        self._bootstrap: bytes | None = root or house.root

    def update(self, now: datetime | None = None) -> Updater:
        """Refresh as one process of a client does, at `now` (default: the house's time)."""
        self.fetcher.asked.clear()
        self.fetcher.bytes = 0
        updater = Updater(
            metadata_dir=str(self.folder / "metadata"),
            metadata_base_url="http://feed.example/tuf/metadata/",
            target_dir=str(self.folder / "targets"),
            target_base_url="http://feed.example/tuf/targets/",
            fetcher=self.fetcher,
            bootstrap=self._bootstrap,
        )
        updater._trusted_set.reference_time = now or self.house.now
        updater.refresh()
        self._bootstrap = None
        return updater

    def read(self, path: str, now: datetime | None = None) -> bytes | None:
        """The content of a target after a refresh; None when there is none."""
        return self.read_all([path], now)[path]

    def read_all(
        self, paths: Iterable[str], now: datetime | None = None
    ) -> dict[str, bytes | None]:
        """The contents of targets after one refresh."""
        updater = self.update(now)
        found = {path: updater.get_targetinfo(path) for path in paths}
        return {
            path: None if info is None else Path(updater.download_target(info)).read_bytes()
            for path, info in found.items()
        }

    def expected(self, path: str) -> bytes:
        """The newest content that the house's tree has for a target."""
        folder, _, name = path.rpartition("/")
        found = (self.house.folder / "tuf" / "targets" / folder).glob(f"*.{name}")
        return max(found, key=lambda file: file.stat().st_mtime_ns).read_bytes()
