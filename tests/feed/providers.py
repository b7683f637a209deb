"""A provider of the public tree and published releases for tests of its files."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from formats.bundles import a_release, documents_of
from formats.releases import PUBLISHER
from seawall.feed.provider import Provider
from seawall.feed.published_tree import render
from seawall.formats.published import published_release
from seawall.vocab.published import PublishedRelease

URL = "https://clearinghouse.example/feed"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FINGERPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


class CountingKey:
    """Stands for an OpenPGP key: signatures that tell how many were made before."""

    fingerprint = FINGERPRINT
    public = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"

    def __init__(self):
        self.made = 0

    def detached(self, data):
        self.made += 1
        return f"signature {self.made} of {len(data)} bytes\n"

    def clear(self, text):
        self.made += 1
        begin, end = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"
        return f"{begin}\nHash: SHA512\n\n{text}{end}\nsignature {self.made}\n"


def provider(**fields):
    return replace(Provider(publisher=PUBLISHER, url=URL, key=CountingKey()), **fields)


def published(number=1, *, revision=1, **fields) -> PublishedRelease:
    """A release with genuine documents."""
    release = a_release(number, revision=revision, **fields)
    return published_release(
        id=release.tracking_id, revision=revision, documents=documents_of(release)
    )


class Files(dict):
    """A tree in memory, path → content."""

    def show(self, *releases, provider, now=NOW):
        """Render releases into it; give what was rendered."""
        made = render(releases, provider=provider, read=self.get, now=now)
        for path, data in made.items():
            if data is None:
                self.pop(path, None)
            else:
                self[path] = data
        return made


DAY = timedelta(days=1)
