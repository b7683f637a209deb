"""The two feeds of this installation, and what a key ceremony must know of it."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from seawall.advisories.models import Release
from seawall.advisories.releases import public_release_key
from seawall.core.feed_paths import publisher_slug
from seawall.feed.tuf.installation import RESTRICTED, Installation
from seawall.feed.tuf.keys import ONLINE
from seawall.feed.tuf.places import Feed
from seawall.formats.feed_trust import (
    ReleaseKey,
    Trust,
    TrustedLog,
    TrustedPublisher,
    TrustedWitness,
)
from seawall.ledger import checkpoints, cosigning
from seawall.signing.openpgp import OpenPgpKey
from seawall.signing.witnesses import NONE
from seawall.vocab.errors import BadInput


def public() -> Feed:
    """What everybody may read."""
    return Feed.public(home=Path(settings.SEAWALL_HOME), public=Path(settings.SEAWALL_PUBLIC))


def restricted() -> Feed:
    """What recipients of restricted deliveries read."""
    return Feed.restricted(home=Path(settings.SEAWALL_HOME))


def slug() -> str:
    """The publisher's role and folder; BadInput when nobody said who publishes here."""
    if not (settings.SEAWALL_PUBLISHER_NAME and settings.SEAWALL_PUBLISHER_NAMESPACE):
        raise BadInput(
            "nobody said who publishes here",
            mend="set SEAWALL_PUBLISHER_NAME and SEAWALL_PUBLISHER_NAMESPACE",
        )
    return publisher_slug(settings.SEAWALL_PUBLISHER_NAME)


def describe(feed: Feed, *, opaque: bool = False, now: datetime | None = None) -> Installation:
    """What the offline holders are to entrust: the online keys of `feed` (made when absent), the
    release key, the log, the OpenPGP key. `opaque`: it is the restricted feed. Raises BadInput,
    KeyUnusable."""
    folder = slug()
    return Installation(
        slug=RESTRICTED if opaque else folder,
        online={name: feed.keys.ensure(name).public for name in ONLINE},
        trust=trust(RESTRICTED if opaque else folder, now=now),
        opaque=opaque,
    )


def trust(folder: str, *, now: datetime | None = None) -> Trust:
    """What trust.json says of this installation as it is set up now. The release key counts from
    when it was made, or from the first release if that is earlier, and no later than `now`."""
    name, namespace = settings.SEAWALL_PUBLISHER_NAME, settings.SEAWALL_PUBLISHER_NAMESPACE
    key = public_release_key()
    publisher = TrustedPublisher(
        slug=folder,
        name=name,
        namespace=namespace,
        release_keys=(ReleaseKey(key=key.raw.hex(), starts_at=_key_starts(now)),),
    )
    return Trust(publishers=(publisher,), log=_log(), openpgp=_openpgp())


def updated(former: Trust) -> Trust:
    """trust.json as the settings are now, with the keys that it names already."""
    if len(former.publishers) != 1:
        raise BadInput("this feed has not one publisher")
    old = former.publishers[0]
    new = trust(old.slug)
    publisher = replace(new.publishers[0], release_keys=old.release_keys)
    log = new.log
    if log is not None and former.log is not None and log.origin == former.log.origin:
        log = replace(log, key=former.log.key, former_keys=former.log.former_keys)
    return replace(new, publishers=(publisher,), log=log)


def _log() -> TrustedLog:
    url = settings.SEAWALL_FEED_URL
    witnesses, need = _witnesses()
    return TrustedLog(
        origin=settings.SEAWALL_LOG_ORIGIN,
        key=checkpoints.log_key().text,
        url=f"{url}/log" if url else "",
        witnesses=witnesses,
        need=need,
    )


def _witnesses() -> tuple[tuple[TrustedWitness, ...], int]:
    """The witnesses whose word counts and how many of them must have cosigned; trust.json can say
    no more than that, so that a policy of groups in groups is refused."""
    policy = cosigning.policy()
    group = policy.groups.get(policy.quorum)
    names = group.members if group else (policy.quorum,)
    if any(name in policy.groups for name in names):
        raise BadInput(
            "groups of groups of witnesses cannot be said to clients",
            where=settings.SEAWALL_WITNESSES,
            mend="let the quorum be one witness or one group of witnesses",
        )
    counted = tuple(
        TrustedWitness(name=each.key.name, key=each.key.text, url=each.url)
        for each in policy.witnesses
        if each.name in names or policy.quorum == NONE
    )
    if policy.quorum == NONE:
        return counted, 0
    return counted, group.need if group else 1


def _openpgp() -> tuple[str, ...]:
    """The key that signs CSAF documents, once it was made."""
    path = Path(settings.SEAWALL_HOME) / "keys" / "openpgp.asc"
    return (OpenPgpKey.load(path).fingerprint,) if path.exists() else ()


def _key_starts(now: datetime | None) -> datetime:
    path = Path(settings.SEAWALL_HOME) / "keys" / "release.pem"
    made = datetime.fromtimestamp(os.stat(path).st_mtime, UTC)
    first = Release.objects.order_by("released_at").values_list("released_at", flat=True).first()
    return min(at for at in (made, first, now) if at is not None).replace(microsecond=0)
