"""Recipients of the restricted lane: what one needs, and who says who is one."""

import pyrage
import pytest

from distribution.founded import DAY
from parties.members import actor, lead, member, party, person
from seawall.distribution import access, recipients
from seawall.distribution.models import Recipient
from seawall.distribution.recipients import RecipientRefused
from seawall.parties.access import NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from validation.records import NOON

pytestmark = pytest.mark.django_db
KEY = pyrage.x25519.Identity.generate()


@pytest.fixture
def house(home) -> Party:
    return party("House", house=True)


@pytest.fixture
def vendor(house) -> Party:
    return party("Vendor", Party.Role.VENDOR)


def recipient(of: Party, tier: Tier = Tier.T2, **change) -> Recipient:
    given = {
        "age_key": str(KEY.to_public()),
        "tier": tier,
        "sponsor": "U-1",
        "reason": "Fixes it.",
        "expires_at": NOON + 30 * DAY,
    }
    return recipients.add(of, **(given | change), by=LOCAL, now=NOON)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"age_key": "age1x"}, "age key"),
        ({"tier": Tier.T1}, "tier"),
        ({"sponsor": " "}, "sponsor"),
        ({"reason": ""}, "reason"),
        ({"expires_at": NOON}, "until"),
        ({"expires_at": NOON + 367 * DAY}, "until"),
    ],
)
def test_a_recipient_needs_a_key_a_tier_a_sponsor_a_reason_and_an_end(vendor, change, where):
    with pytest.raises(BadInput) as bad:
        recipient(vendor, **change)
    assert bad.value.where == where and not Recipient.objects.exists()


def test_a_key_is_a_recipient_once_until_it_is_revoked(vendor):
    first = recipient(vendor)
    with pytest.raises(RecipientRefused, match="has this key already"):
        recipient(vendor)
    recipients.revoke(first, by=LOCAL, now=NOON)
    recipients.revoke(first, by=LOCAL, now=NOON + DAY)
    assert recipient(vendor) != first
    first.refresh_from_db()
    assert first.revoked_at == NOON
    Party.objects.filter(pk=vendor.pk).update(is_active=False)
    with pytest.raises(RecipientRefused, match="deactivated"):
        recipient(vendor, age_key=_other_key())


def test_leads_of_the_house_say_who_is_a_recipient(house, vendor):
    access.demand_recipients(LOCAL)
    access.demand_recipients(actor(lead("Ann", house)))
    for who in (_viewer(house), actor(lead("Bob", vendor))):
        with pytest.raises(NotPermitted, match="lead of the house"):
            access.demand_recipients(who)


def _other_key() -> str:
    return str(pyrage.x25519.Identity.generate().to_public())


def _viewer(of: Party):
    vi = person(f"Vi of {of.name}")
    member(vi, of, MemberRole.VIEWER)
    return actor(vi)
