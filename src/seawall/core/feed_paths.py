"""Where releases and patches lie in a feed. Every path has exactly five components, so that one
pattern `<publisher>/*/*/*/*` names all that a publisher may sign for."""

import re
import unicodedata
from hashlib import sha256

from seawall.vocab.errors import BadInput

_ID = re.compile(r"SEAWALL-([0-9]{4})-(0[0-9]{3}|[1-9][0-9]{3,8})")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_MOST = 40
_TAKEN = frozenset({"root", "targets", "snapshot", "timestamp", "mirrors", "trust"})
"""Names of roles and files that mean something else in a repository."""


def release_path(slug: str, id: str) -> str:
    """`seawall/releases/2026/000/SEAWALL-2026-0001.json`: a folder holds a thousand numbers."""
    year, number = _parts(id)
    return f"{_checked(slug)}/releases/{year}/{number // 1000:03d}/{id}.json"


def patch_path(slug: str, sha256: str) -> str:
    """`seawall/patches/ab/cd/<sha256>.patch`."""
    if not _DIGEST.fullmatch(sha256):
        raise BadInput("a patch is named by its sha256 in hex", where=sha256)
    return f"{_checked(slug)}/patches/{sha256[:2]}/{sha256[2:4]}/{sha256}.patch"


def release_of_path(path: str) -> tuple[str, str] | None:
    """The publisher's slug and the id of a release's path; None when it is no such path."""
    slug, _, rest = path.partition("/")
    id = rest.rpartition("/")[2].removesuffix(".json")
    if not (is_slug(slug) and _ID.fullmatch(id)):
        return None
    return (slug, id) if path == release_path(slug, id) else None


def publisher_slug(name: str) -> str:
    """A publisher's name as the name of a role and a folder: ASCII letters, digits, hyphens.

    The same name always gives the same slug. A name with nothing to keep is named by its digest.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MOST].strip("-")
    if not slug:
        return f"publisher-{sha256(name.encode()).hexdigest()[:8]}"
    return slug if is_slug(slug) else f"{slug[: _MOST - 2]}-1"


def is_slug(text: str) -> bool:
    """Whether `text` may name a publisher's role and folder."""
    return bool(_SLUG.fullmatch(text)) and text not in _TAKEN and not text.endswith("-packs")


def _checked(slug: str) -> str:
    if not is_slug(slug):
        raise BadInput("a publisher is named by lower-case letters, digits, hyphens", where=slug)
    return slug


def _parts(id: str) -> tuple[str, int]:
    parts = _ID.fullmatch(id)
    if parts is None:
        raise BadInput("an advisory's id looks like SEAWALL-2026-0001", where=id)
    return parts[1], int(parts[2])
