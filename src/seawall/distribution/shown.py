"""A release as the public tree shows it, read from the documents that were signed."""

from dataclasses import replace

from seawall.advisories.models import Release
from seawall.formats import published
from seawall.formats.release_bundle import ReleaseBundle, read_bundle
from seawall.vocab.published import PublishedRelease


def bundle_of(release: Release) -> ReleaseBundle:
    """The release bundle, read."""
    return read_bundle(release.bundle.encode())


def published_release(release: Release) -> PublishedRelease:
    """What everybody may read of a release; its revision and advisory must be at hand."""
    advisory = release.revision.advisory
    read = published.published_release(
        id=advisory.public_id,
        revision=release.revision.number,
        documents=bundle_of(release).documents,
    )
    return replace(
        read,
        first_published_at=advisory.published_at or release.released_at,
        updated_at=release.released_at,
    )
