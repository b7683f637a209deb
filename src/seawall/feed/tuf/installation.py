"""What an offline machine needs to know of an installation to prepare its feed: public keys and
names, format `seawall-installation/1`. Nothing in it is secret; all of it must be true."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seawall.core.feed_paths import is_slug
from seawall.feed.tuf.keys import ONLINE
from seawall.feed.tuf.roles import packs_role
from seawall.formats.bounded import parse_json
from seawall.formats.feed_trust import Trust, read_trust, write_trust
from seawall.signing.keys import PublicKey
from seawall.vocab.errors import BadInput

FORMAT = "seawall-installation/1"
PUBLISHED = "{slug}/*/*/*/*"
"""What a publisher may sign: release_path and patch_path have five components."""
RESTRICTED = "restricted"
OPAQUE = "*/*"
"""What the restricted repository names: paths that tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Its publisher's role, the online keys of the repository, and what trust.json will say."""

    slug: str
    online: Mapping[str, PublicKey]
    trust: Trust
    opaque: bool = False

    @property
    def paths(self) -> dict[str, list[str]]:
        """Delegated role → the paths it may sign."""
        if self.opaque:
            return {self.slug: [OPAQUE]}
        packs = packs_role(self.slug)
        return {self.slug: [PUBLISHED.format(slug=self.slug)], packs: [f"{packs}/*"]}


def write_installation(installation: Installation) -> bytes:
    """The file, to be carried to the ceremony."""
    document = {
        "format": FORMAT,
        "slug": installation.slug,
        "opaque": installation.opaque,
        "online": {name: key.raw.hex() for name, key in installation.online.items()},
        "trust": json.loads(write_trust(installation.trust)),
    }
    return f"{json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()


def read_installation(data: bytes) -> Installation:
    """The installation in `data`, checked; else BadInput."""
    document = parse_json(data, max_bytes=1 << 20, name="installation")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadInput(
            f"not in the format {FORMAT}",
            where="installation",
            mend="`seawall feed ceremony describe` writes it",
        )
    opaque = document.get("opaque") is True
    slug = document.get("slug")
    if not isinstance(slug, str) or not is_slug(slug):
        raise BadInput("not a publisher's folder", where="installation /slug")
    return Installation(
        slug=slug,
        opaque=opaque,
        online=_online(document.get("online")),
        trust=read_trust(json.dumps(document.get("trust")).encode()),
    )


def _online(value: Any) -> dict[str, PublicKey]:
    try:
        keys = {name: PublicKey(raw=bytes.fromhex(value[name])) for name in ONLINE}
    except (KeyError, TypeError, ValueError):
        raise BadInput("three raw keys in hex", where="installation /online") from None
    if any(len(key.raw) != 32 for key in keys.values()) or len({k.id for k in keys.values()}) < 3:
        raise BadInput("three keys that differ", where="installation /online")
    return keys
