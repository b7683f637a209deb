"""The act in which finders say what they will scan."""

from datetime import timedelta

from django.utils import timezone

from seawall.claims import actions
from seawall.claims.actions import Claimed, Wanted
from seawall.claims.scope import read_scope
from seawall.demo.cast import somebody_of
from seawall.demo.manifest import Manifest
from seawall.parties.models import Party
from seawall.vocab.claims import Lease


def claim(manifest: Manifest) -> list[Claimed]:
    """Make the claims of the manifest, each by somebody of its party."""
    made = []
    for each in manifest.scans:
        now = timezone.now()
        starts_at = now + timedelta(days=each.ahead)
        wanted = Wanted(
            scope=read_scope(each.target),
            lease=Lease(starts_at=starts_at, until_at=starts_at + timedelta(days=each.days)),
            model=each.model,
        )
        party = Party.objects.get(name=each.party)
        made.append(actions.claim(wanted, party=party, by=somebody_of(each.party), now=now))
    return made
