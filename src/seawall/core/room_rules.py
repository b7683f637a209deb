"""What may be done in a case room: tiers given, read-ins, markings, consent, signs for all.

CERT/CC Vultron, "Embargo Management": who has not consented to the terms in force is told nothing
more; terms that are shorter than those consented to need no new consent. TLP 2.0 (FIRST, August
2022) for markings.
"""

from datetime import datetime, timedelta

from seawall.core.access import COORDINATE
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.tlp import Tlp

MAX_READ_IN = timedelta(days=90)
LONGEST_REASON = 1000

_TIERS = {
    Part.COORDINATOR: Tier.T3,
    Part.VENDOR: Tier.T3,
    Part.FINDER: Tier.T1,
    Part.DEPLOYER: Tier.T0,
    Part.OTHER: Tier.T0,
}


def default_tier(part: Part) -> Tier:
    """The tier that a party gets with its part, unless somebody says otherwise."""
    return _TIERS[part]


def may_give(tier: Tier, *, own: Tier) -> Decision:
    """Say whether somebody who reads to `own` may let somebody else read to `tier`."""
    if tier > own:
        return Refused(f"you are read in to {own.name} and cannot give {tier.name}")
    return Allowed()


def may_read_in(
    tier: Tier, *, own: Tier, starts_at: datetime, ends_at: datetime, reason: str
) -> Decision:
    """Say whether a sponsor who reads to `own` may read somebody in to `tier` for that time."""
    if not reason.strip():
        return Refused("a read-in says why")
    if ends_at <= starts_at:
        return Refused("a read-in ends after it begins")
    if ends_at - starts_at > MAX_READ_IN:
        return Refused(f"a read-in lasts {MAX_READ_IN.days} days at most; renew it when it ends")
    return may_give(tier, own=own)


def may_mark(
    wanted: Tlp, *, embargo_holds: bool, published: bool, named_readers: bool = True
) -> Decision:
    """Say whether a case may bear the marking `wanted`.

    Under an embargo nothing is more open than AMBER, and only what was published is CLEAR. RED is
    for named people: without any, nobody could read on or change it back.
    """
    if embargo_holds and wanted.openness > Tlp.AMBER.openness:
        return Refused(f"while the embargo holds, nothing is more open than {Tlp.AMBER}")
    if wanted is Tlp.CLEAR and not published:
        return Refused(f"{Tlp.CLEAR} is for what was published")
    if wanted is Tlp.RED and not named_readers:
        return Refused(f"{Tlp.RED} is for named people: read yourself in by name first")
    return Allowed()


def may_mark_part(wanted: Tlp, *, whole: Tlp) -> Decision:
    """Say whether a part of a case that is marked `whole` may bear `wanted`: never more open."""
    if wanted.openness > whole.openness:
        return Refused(f"the case is {whole}; a part of it cannot be {wanted}")
    return Allowed()


def may_address(tier: Tier, *, own: Tier) -> Decision:
    """Say whether somebody who reads to `own` may write to those who read to `tier`: nobody
    writes what they could not read themselves."""
    if tier > own:
        return Refused(f"you are read in to {own.name} and cannot write to {tier.name} only")
    return Allowed()


def may_set_budget(who: Actor, *, vendor: int, products: bool) -> Decision:
    """Say whether `who` may say how many cases a vendor takes: its own leads and the coordinators
    may. Which products are a vendor's only the coordinators say: it opens the raw feed."""
    if who.kind is ActorKind.TOKEN and COORDINATE not in who.scopes:
        return Refused(f'this token lacks the scope "{COORDINATE}"')
    if who.is_installation:
        return Allowed()
    least = MemberRole.MEMBER.rank
    if any(seat.is_house and seat.role.rank >= least for seat in who.seats):
        return Allowed()
    if products:
        return Refused("the coordinators say which products are whose")
    if any(seat.party == vendor and seat.role is MemberRole.LEAD for seat in who.seats):
        return Allowed()
    return Refused("it takes a lead of the vendor, or a coordinator")


def has_consented(consented_until: datetime | None, *, ends_at: datetime | None) -> bool:
    """Say whether consent to an embargo until `consented_until` covers one that ends at
    `ends_at`: the same terms or shorter ones."""
    return consented_until is not None and ends_at is not None and ends_at <= consented_until
