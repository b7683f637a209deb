"""How renderers see the tree as it is, and what they never put into it."""

from collections.abc import Callable

from seawall.vocab.published import PublishedRelease
from seawall.vocab.tlp import Tlp

Read = Callable[[str], bytes | None]
"""Gives the content of a path of the tree, None when there is no such file."""


class NotPublic(ValueError):
    """A document is not for everybody and must not come into the public tree."""


def check_public(release: PublishedRelease) -> None:
    """Raise NotPublic unless the release is TLP:CLEAR."""
    if release.tlp is not Tlp.CLEAR:
        raise NotPublic(f"{release.id} is {release.tlp}.")
