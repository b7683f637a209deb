"""The one policy: how much of a thing somebody may read, and what they may do with it.

Default deny; a bar wins over everything that grants; nothing is remembered between questions.
Tiers T0 to T3 are Seawall's (docs/access.md); the markings are TLP 2.0 (FIRST, August 2022).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from seawall.vocab.access import Act, MemberRole, Part, Tier
from seawall.vocab.actors import Actor, ActorKind, Seat
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.tlp import Tlp

READ, SUBMIT, COORDINATE = "read", "submit", "coordinate"
AUTHORITY = "authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """A party in a case. `consented` is whether it accepted the embargo in force."""

    party: int
    part: Part
    tier: Tier
    consented: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadIn:
    """A grant of a tier to one person, or to all members of one party, for a time."""

    tier: Tier
    starts_at: datetime
    ends_at: datetime
    person: int | None = None
    party: int | None = None
    revoked: bool = False

    def holds(self, now: datetime) -> bool:
        return not self.revoked and self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A person or a party that is kept out, such as for a conflict of interest."""

    person: int | None = None
    party: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What decides access to one case."""

    tlp: Tlp
    embargo_holds: bool
    shredded: bool = False
    participants: tuple[Participation, ...] = ()
    read_ins: tuple[ReadIn, ...] = ()
    bars: tuple[Bar, ...] = ()


def marking(case: CaseFacts) -> Tlp:
    """The marking in force: under an embargo never more open than AMBER."""
    if case.embargo_holds and case.tlp.openness > Tlp.AMBER.openness:
        return Tlp.AMBER
    return case.tlp


def tier_of(who: Actor, case: CaseFacts, *, now: datetime) -> Tier | None:
    """How much of the case `who` may read; None when not even that it exists."""
    found = _tier_before_caps(who, case, now)
    if found is None:
        return None
    return Tier.T0 if case.shredded else found


def _tier_before_caps(who: Actor, case: CaseFacts, now: datetime) -> Tier | None:
    if not _may_read(who):
        return None
    if who.is_installation:
        return Tier.T3
    seats = _unbarred(who, case)
    red = marking(case) is Tlp.RED
    found = [_of_seat(seat, case, red=red) for seat in seats]
    found += [_of_read_in(each, who, seats, red=red, now=now) for each in case.read_ins]
    if marking(case).openness >= Tlp.GREEN.openness and seats:
        found.append(Tier.T1)
    return max((tier for tier in found if tier is not None), default=None)


def _may_read(who: Actor) -> bool:
    return who.kind is not ActorKind.TOKEN or READ in who.scopes


def _is_barred(who: Actor, bars: Iterable[Bar]) -> bool:
    return who.person is not None and any(bar.person == who.person for bar in bars)


def _is_party_barred(party: int, bars: Iterable[Bar]) -> bool:
    return any(bar.party == party for bar in bars)


def _of_seat(seat: Seat, case: CaseFacts, *, red: bool) -> Tier | None:
    """What a seat gives by itself: a coordinator of the house, or a participant's member."""
    found: list[Tier] = []
    if seat.is_house:
        found.append(Tier.T0 if red else HOUSE_TIER[seat.role])
    for each in case.participants:
        if each.party != seat.party:
            continue
        unbound = case.embargo_holds and not each.consented
        found.append(Tier.T0 if red or unbound else min(each.tier, ROLE_LIMIT[seat.role]))
    return max(found, default=None)


def _of_read_in(
    grant: ReadIn, who: Actor, seats: Iterable[Seat], *, red: bool, now: datetime
) -> Tier | None:
    """What a read-in gives; TLP:RED is for named people only (TLP 2.0, RED)."""
    if not grant.holds(now):
        return None
    if grant.person is not None:
        by_person = grant.person == who.person and bool(list(seats))
        return grant.tier if by_person else None
    if red:
        return None
    roles = [seat.role for seat in seats if seat.party == grant.party]
    return max((min(grant.tier, ROLE_LIMIT[role]) for role in roles), default=None)


HOUSE_TIER = {MemberRole.VIEWER: Tier.T1, MemberRole.MEMBER: Tier.T3, MemberRole.LEAD: Tier.T3}
"""What a role in the house reads of every case that nothing closes."""
ROLE_LIMIT = {MemberRole.VIEWER: Tier.T2, MemberRole.MEMBER: Tier.T3, MemberRole.LEAD: Tier.T3}
"""The most that a role in a party reads of what the party may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFacts:
    """What decides access to one finding: who sent it, and the case it belongs to."""

    reporters: frozenset[int]
    """The parties that sent its report."""
    case: CaseFacts | None = None
    shredded: bool = False


def finding_tier(who: Actor, finding: FindingFacts, *, now: datetime) -> Tier | None:
    """How much of a finding `who` may read: all of what one's own party sent, and as much of
    the rest as of its case. Without a case only the house reads it."""
    if not _may_read(who):
        return None
    if who.is_installation:
        tiers = [Tier.T3]
    else:
        seats = _unbarred(who, finding.case)
        tiers = [ROLE_LIMIT[seat.role] for seat in seats if seat.party in finding.reporters]
        if finding.case is None:
            tiers += [HOUSE_TIER[seat.role] for seat in seats if seat.is_house]
    by_case = tier_of(who, finding.case, now=now) if finding.case else None
    found = max(tiers if by_case is None else [*tiers, by_case], default=None)
    shredded = finding.shredded or (finding.case is not None and finding.case.shredded)
    return Tier.T0 if shredded and found is not None else found


def _unbarred(who: Actor, case: CaseFacts | None) -> list[Seat]:
    """The seats that count for a case; none of a person who is barred."""
    bars = case.bars if case else ()
    if _is_barred(who, bars):
        return []
    return [seat for seat in who.seats if not _is_party_barred(seat.party, bars)]


def may_fetch(who: Actor, finding: FindingFacts, *, now: datetime) -> Decision:
    """Say whether `who` may fetch the reproducer of a finding: its sender may, and who may
    `Act.FETCH_PROOF` in its case. Ask `finding_tier` first, as with `may`."""
    tier = finding_tier(who, finding, now=now)
    if tier is None:
        return Refused("not known")
    if tier < Tier.T3:
        return Refused(f"it takes tier T3 and you are read in to {tier.name}")
    seats = _unbarred(who, finding.case)
    sent = any(seat.party in finding.reporters and _works(seat) for seat in seats)
    if finding.case is None or sent:
        return Allowed()
    return may(Act.FETCH_PROOF, who, finding.case, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """What decides access to a report: who sent it, and what it holds."""

    reporters: frozenset[int]
    findings: tuple[FindingFacts, ...] = ()


def report_tier(who: Actor, report: ReportFacts, *, now: datetime) -> Tier | None:
    """How much of a report `who` may read as a whole: as much as of the finding of which they read
    most; its other findings stay what they are. One without findings is its sender's and the
    house's. Who only knows that a finding exists does not learn that its report does."""
    if not report.findings:
        return finding_tier(who, FindingFacts(reporters=report.reporters), now=now)
    tiers = (finding_tier(who, each, now=now) for each in report.findings)
    found = max((tier for tier in tiers if tier is not None), default=None)
    knows = who.is_installation or any(
        seat.is_house or seat.party in report.reporters for seat in who.seats
    )
    return None if found is Tier.T0 and not knows else found


def may_submit(who: Actor, *, party: int) -> Decision:
    """Say whether `who` may send a report in the name of a party: its members may, viewers not."""
    if who.kind is ActorKind.TOKEN and SUBMIT not in who.scopes:
        return Refused(f'this token lacks the scope "{SUBMIT}"')
    if who.is_installation or _works_for(who, party):
        return Allowed()
    return Refused("it takes a member of the party that sends the report")


def may_see_inventory(who: Actor, *, owner: int) -> bool:
    """Whether `who` may see a party's systems and what hits them: its own members may, nobody
    else, the coordinators of this installation included."""
    return _may_read(who) and (who.is_installation or owner in who.parties)


def may_change_inventory(who: Actor, *, owner: int) -> Decision:
    """Say whether `who` may describe a party's systems and close its obligations."""
    if who.kind is ActorKind.TOKEN and COORDINATE not in who.scopes:
        return Refused(f'this token lacks the scope "{COORDINATE}"')
    if who.is_installation or _works_for(who, owner):
        return Allowed()
    return Refused("it takes a member of the party that owns the system")


def may_see_obligations(who: Actor, *, owner: int) -> bool:
    """Whether `who` may see what directives demand of a party: it itself, and an authority."""
    if may_see_inventory(who, owner=owner):
        return True
    return _may_read(who) and is_authority(who)


def is_authority(who: Actor) -> bool:
    """Whether `who` sits in a party that gives directives."""
    return any(AUTHORITY in seat.party_roles for seat in who.seats)


def _works_for(who: Actor, party: int) -> bool:
    return any(seat.party == party and _works(seat) for seat in who.seats)


def _works(seat: Seat) -> bool:
    """Whether the seat does more than read."""
    return seat.role.rank >= MemberRole.MEMBER.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may do one act: at least this tier and role, in one of these parts or in the house."""

    tier: Tier
    role: MemberRole
    parts: frozenset[Part]
    scope: str = COORDINATE
    house: bool = True


_ALL = frozenset(Part)
_WORKING = frozenset({Part.FINDER, Part.VENDOR, Part.COORDINATOR})
_SHARED = frozenset({Part.VENDOR, Part.COORDINATOR})
_NONE: frozenset[Part] = frozenset()

RULES: dict[Act, Rule] = {
    Act.WRITE: Rule(tier=Tier.T1, role=MemberRole.MEMBER, parts=_ALL, scope=SUBMIT),
    Act.ATTACH: Rule(tier=Tier.T1, role=MemberRole.MEMBER, parts=_ALL, scope=SUBMIT),
    Act.ADD_FIX: Rule(tier=Tier.T2, role=MemberRole.MEMBER, parts=_WORKING, scope=SUBMIT),
    Act.OBSERVE: Rule(tier=Tier.T1, role=MemberRole.MEMBER, parts=_SHARED),
    Act.DECIDE_REPORT: Rule(tier=Tier.T2, role=MemberRole.MEMBER, parts=_SHARED),
    Act.PROPOSE_EMBARGO: Rule(tier=Tier.T1, role=MemberRole.LEAD, parts=_WORKING),
    Act.ANSWER_EMBARGO: Rule(tier=Tier.T1, role=MemberRole.LEAD, parts=_WORKING),
    Act.END_EMBARGO: Rule(tier=Tier.T2, role=MemberRole.LEAD, parts=frozenset({Part.COORDINATOR})),
    Act.CONSENT: Rule(tier=Tier.T0, role=MemberRole.LEAD, parts=_ALL, house=False),
    Act.INVITE: Rule(tier=Tier.T2, role=MemberRole.MEMBER, parts=frozenset({Part.COORDINATOR})),
    Act.READ_IN: Rule(tier=Tier.T1, role=MemberRole.LEAD, parts=frozenset({Part.COORDINATOR})),
    Act.BAR: Rule(tier=Tier.T0, role=MemberRole.LEAD, parts=_NONE),
    Act.SET_TLP: Rule(tier=Tier.T1, role=MemberRole.LEAD, parts=frozenset({Part.COORDINATOR})),
    Act.HAND_OVER: Rule(tier=Tier.T2, role=MemberRole.MEMBER, parts=_NONE),
    Act.RELAY: Rule(tier=Tier.T2, role=MemberRole.LEAD, parts=_NONE),
    Act.CREDIT: Rule(tier=Tier.T1, role=MemberRole.MEMBER, parts=frozenset({Part.COORDINATOR})),
    Act.MERGE: Rule(tier=Tier.T2, role=MemberRole.MEMBER, parts=_NONE),
    Act.DRAFT: Rule(tier=Tier.T2, role=MemberRole.MEMBER, parts=frozenset({Part.COORDINATOR})),
    Act.PUBLISH: Rule(tier=Tier.T2, role=MemberRole.LEAD, parts=_NONE),
    Act.FETCH_PROOF: Rule(tier=Tier.T3, role=MemberRole.MEMBER, parts=_WORKING, scope=READ),
    Act.SHRED: Rule(tier=Tier.T0, role=MemberRole.LEAD, parts=_NONE),
}


def may(act: Act, who: Actor, case: CaseFacts, *, now: datetime) -> Decision:
    """Say whether `who` may do `act` in the case, and if not why.

    Ask `tier_of` first: whoever may not know that the case exists must not read this reason.
    """
    rule = RULES[act]
    if who.kind is ActorKind.TOKEN and rule.scope not in who.scopes:
        return Refused(f'this token lacks the scope "{rule.scope}"')
    tier = tier_of(who, case, now=now)
    if tier is None:
        return Refused("not known")
    if case.shredded:
        return Refused("the case was shredded")
    if who.is_installation:
        return Allowed()
    if tier < rule.tier:
        return Refused(f"it takes tier {rule.tier.name} and you are read in to {tier.name}")
    if not any(_fits(seat, rule, case) for seat in who.seats):
        return Refused(f"your role does not allow to {act}")
    return Allowed()


def seats_for(act: Act, who: Actor, case: CaseFacts) -> tuple[Seat, ...]:
    """The seats through which `who` may do `act`, as far as role and part decide; `may` says
    whether they may at all."""
    return tuple(seat for seat in who.seats if _fits(seat, RULES[act], case))


def _fits(seat: Seat, rule: Rule, case: CaseFacts) -> bool:
    if seat.role.rank < rule.role.rank or _is_party_barred(seat.party, case.bars):
        return False
    if seat.is_house and rule.house:
        return True
    return any(each.party == seat.party and each.part in rule.parts for each in case.participants)


def house_rank(who: Actor) -> int | None:
    """The rank of `who` among the coordinators of this installation; None for anybody else."""
    if who.is_installation:
        return MemberRole.LEAD.rank
    return max((seat.role.rank for seat in who.seats if seat.is_house), default=None)


def may_coordinate(who: Actor) -> Decision:
    """Say whether `who` may do what concerns no single case: link findings, fill the catalogue."""
    if who.kind is ActorKind.TOKEN and COORDINATE not in who.scopes:
        return Refused(f'this token lacks the scope "{COORDINATE}"')
    rank = house_rank(who)
    if rank is None or rank < MemberRole.MEMBER.rank:
        return Refused("it takes a coordinator of this installation")
    return Allowed()


def may_manage(who: Actor, *, party: int) -> Decision:
    """Say whether `who` may manage a party's people, tokens and channels: its own admins may, and
    the installation's."""
    if who.kind is ActorKind.TOKEN:
        return Refused("tokens do not manage people or tokens")
    if who.is_installation:
        return Allowed()
    if any(seat.is_admin and (seat.party == party or seat.is_house) for seat in who.seats):
        return Allowed()
    return Refused("it takes an administrator of the party")


def may_administer(who: Actor) -> Decision:
    """Say whether `who` may manage this installation: parties, sign-in, keys."""
    if who.kind is not ActorKind.TOKEN and (
        who.is_installation or any(seat.is_admin and seat.is_house for seat in who.seats)
    ):
        return Allowed()
    return Refused("it takes an administrator of this installation")
