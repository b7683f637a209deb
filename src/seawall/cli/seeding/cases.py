"""Made-up cases with their rooms, fixes, embargoes, handovers and advisories."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from seawall.advisories.models import Advisory, Revision
from seawall.cases.models import (
    Bar,
    CandidateFix,
    CapacityBudget,
    Case,
    CaseMoment,
    Credit,
    HandlingId,
    Handover,
    MergeProposal,
    Message,
    Participant,
    ReadIn,
    Verification,
)
from seawall.cli.seeding.reports import Bug
from seawall.cli.seeding.world import World
from seawall.core.embargo import Embargo
from seawall.core.plain import to_plain
from seawall.parties import sealing
from seawall.vocab.cases import EmbargoState
from seawall.vocab.fixes import FixCheck, FixOutcome, FixVerification

_KEYS_AT_ONCE = 5_000
_CROWD = 400
"""Parties in the busiest case; some hundred cases have more than a hundred."""


def make_cases(world: World, bugs: Sequence[Bug], *, done: Callable[[int], None]) -> None:
    """Cases for the proven bugs, and for claims as far as those do not suffice."""
    chosen = _chosen(bugs, world.size.cases)
    keys = _keys(len(chosen))
    for number, bug in enumerate(chosen, start=1):
        _case(world, bug, number, next(keys))
        done(number)
    for vendor in world.vendors[: len(world.vendors) // 2]:
        world.tables[CapacityBudget].add(
            party_id=vendor,
            per_week=1 + vendor % 9,
            open_at_once=5 + vendor % 40,
            batch=1,
            raw_feed=vendor % 5 == 0,
            updated_by="person:U-1",
            updated_at=world.now - timedelta(days=30),
        )


def _chosen(bugs: Sequence[Bug], count: int) -> list[Bug]:
    proven = [bug for bug in bugs if bug.best]
    claims = [bug for bug in bugs if not bug.best][: max(0, count - len(proven))]
    some = sorted([*proven[-count:], *claims], key=lambda bug: bug.proven_at or bug.first_at)
    return some[-count:]


def _keys(count: int) -> Iterator[str]:
    for start in range(0, count, _KEYS_AT_ONCE):
        with sealing.opening():
            yield from sealing.keyring().new_many(min(_KEYS_AT_ONCE, count - start))


def _case(world: World, bug: Bug, number: int, key: str) -> None:
    roll, at = world.dice.random(), bug.proven_at or bug.first_at
    age = world.now - at
    aware = roll < 0.9
    ready = aware and roll < 0.55
    deployed = ready and roll < 0.3
    public = ready and roll < 0.42
    attacked = world.dice.random() < 0.01
    embargo = _embargo(world, at, public=public or attacked)
    marking = "TLP:CLEAR" if public else world.some(("TLP:AMBER",) * 8 + ("TLP:GREEN", "TLP:RED"))
    row = Case(
        id=number,
        finding_id=bug.lead,
        title=bug.title,
        cve=bug.cve,
        opened_at=at,
        report_state=_report_state(bug, deployed=deployed, roll=roll),
        embargo_state=embargo.state.value,
        embargo=to_plain(embargo),
        embargo_ends_at=embargo.ends_at,
        vendor_aware=aware,
        fix_ready=ready,
        fix_deployed=deployed,
        public_aware=public or attacked,
        exploit_public=False,
        attacks_observed=attacked,
        tlp=marking,
        key_id=key,
    )
    world.tables[Case].put(row)
    for event, happened, after in (
        ("V", aware, 0.02),
        ("F", ready, 0.3),
        ("D", deployed, 0.6),
        ("P", public or attacked, 0.7),
        ("A", attacked, 0.7),
    ):
        if happened:
            world.tables[CaseMoment].add(case_id=number, event=event, at=at + age * after)
    _room(world, row, bug, ends_at=embargo.ends_at)
    if roll < 0.62:
        _fix(world, row, verified=ready)
    if aware:
        _handover(world, row, bug)
    if ready and world.dice.random() < 0.85:
        _advisory(world, row, published_at=at + age * 0.7 if public else None)
    if number > 50 and world.dice.random() < 0.02:
        world.tables[MergeProposal].add(
            earlier_id=number - 1 - int(world.dice.random() * 40),
            later_id=number,
            explanation=f"One fix silences the proofs of {row.public_id} and an earlier case.",
            made_at=world.now - age * 0.5,
            accepted=None if world.dice.random() < 0.5 else world.dice.random() < 0.5,
        )


def _embargo(world: World, at: datetime, *, public: bool) -> Embargo:
    roll = world.dice.random()
    if roll < 0.35:
        return Embargo()
    ends_at = at + timedelta(days=world.some((45, 60, 90)))
    if public or ends_at <= world.now:
        return Embargo(
            state=EmbargoState.EXITED, ends_at=ends_at, exited_at=min(ends_at, world.now)
        )
    if roll < 0.45:
        return Embargo(
            state=EmbargoState.PROPOSED, proposed_until=ends_at, proposed_by="person:U-1"
        )
    return Embargo(state=EmbargoState.ACTIVE, ends_at=ends_at)


def _report_state(bug: Bug, *, deployed: bool, roll: float) -> str:
    if not bug.best:
        return "received"
    if deployed:
        return "closed"
    return "accepted" if roll < 0.75 else "valid" if roll < 0.95 else "deferred"


def _room(world: World, case: Case, bug: Bug, *, ends_at: datetime | None) -> None:
    tables, at = world.tables, case.opened_at
    vendor = world.packages[bug.package].vendor
    parts = dict.fromkeys(bug.reporters[:6], ("finder", 3))
    parts[vendor] = ("vendor", 3)
    for party in _others(world, case.pk):
        parts.setdefault(party, (world.some(("vendor", "deployer", "other")), world.some((1, 2))))
    for party, (part, tier) in parts.items():
        tables[Participant].add(
            case_id=case.pk,
            party_id=party,
            part=part,
            tier=tier,
            report_state="accepted" if part == "vendor" else "received",
            consented_until=ends_at if world.dice.random() < 0.9 else None,
            brought_by="person:U-1",
            joined_at=at,
        )
    for name in bug.reporters[:6]:
        tables[Credit].add(
            case_id=case.pk, name=world.names[name - 1], role="finder", wish="named",
            party_id=name, by="job:finding.assessed", at=at,
        )  # fmt: skip
    if world.dice.random() < 0.05:
        person = world.some(world.some(world.people_of))
        tables[ReadIn].add(
            case_id=case.pk, person_id=person, tier=2, sponsor="person:U-1",
            reason="Reviews the fix.", starts_at=at, ends_at=at + timedelta(days=120),
        )  # fmt: skip
    if world.dice.random() < 0.005:
        tables[Bar].add(
            case_id=case.pk, party_id=world.some(world.vendors), reason="A rival of the vendor.",
            by="person:U-1", at=at,
        )  # fmt: skip
    if world.dice.random() < 0.2:
        tables[HandlingId].add(
            case_id=case.pk, system=world.some(("VINCE", "GitHub", "JVN")),
            text=f"VU#{400_000 + case.pk}", added_by="person:U-1", added_at=at,
        )  # fmt: skip
    _messages(world, case, list(parts))


def _others(world: World, number: int) -> list[int]:
    """Further parties: none for most cases, hundreds for a few."""
    if number % 997 == 0:
        count = min(_CROWD, 100 + number // 500, len(world.names) // 2)
        return world.dice.sample(range(2, len(world.names) + 1), count)
    count = int(world.dice.expovariate(1.2))
    return [2 + int(world.dice.random() * (len(world.names) - 1)) for _ in range(count)]


def _messages(world: World, case: Case, parties: Sequence[int]) -> None:
    count = 300 if case.pk % 4999 == 0 else int(world.dice.expovariate(0.9))
    for place in range(count):
        party = world.some(parties)
        person = world.people_of[party - 1][0]
        at = case.opened_at + timedelta(hours=5 * place + 1)
        row = Message(
            id=world.tables[Message].count + 1,
            case=case,
            party_id=party,
            person_id=person,
            by=f"person:U-{person}",
            at=at,
            tier=world.some((1, 2, 2, 2)),
            tlp="",
        )
        row.text = "We looked at the reproducer; the fix is being reviewed and goes out with it."
        world.tables[Message].put(row)


def _fix(world: World, case: Case, *, verified: bool) -> None:
    tables, at = world.tables, case.opened_at + timedelta(days=3)
    fix = CandidateFix(
        id=tables[CandidateFix].count + 1, case=case, label="1.4.3", version="1.4.3",
        added_by="person:U-1", added_at=at,
    )  # fmt: skip
    tables[CandidateFix].put(fix)
    outcome = FixOutcome.VERIFIED if verified else world.some(
        (FixOutcome.INEFFECTIVE, FixOutcome.BREAKS, FixOutcome.ERROR)
    )  # fmt: skip
    run = Verification(
        id=tables[Verification].count + 1,
        fix=fix,
        outcome=outcome.value,
        silenced=[],
        recorded_at=at + timedelta(minutes=4),
    )
    run.record = to_plain(_verification(outcome, at))
    tables[Verification].put(run)


def _verification(outcome: FixOutcome, at: datetime) -> FixVerification:
    good = outcome is FixOutcome.VERIFIED
    return FixVerification(
        outcome=outcome,
        reasons=("Every proof is silent." if good else "A proof still fires.",),
        checks=(FixCheck(kind="reproducer", name="00" * 32, passed=good, reason="3 of 3 runs"),),
        silenced=(),
        started_at=at,
        finished_at=at + timedelta(minutes=1),
    )


def _handover(world: World, case: Case, bug: Bug) -> None:
    at = case.opened_at + timedelta(days=1)
    states = (
        Handover.State.WAITING, Handover.State.HANDED_OVER, Handover.State.ACKNOWLEDGED,
        Handover.State.ACKNOWLEDGED, Handover.State.ACKNOWLEDGED,
    )  # fmt: skip
    state = world.some(states)
    waits = state is Handover.State.WAITING
    world.tables[Handover].add(
        case_id=case.pk,
        vendor_id=world.packages[bug.package].vendor,
        state=state.value,
        urgent=case.attacks_observed,
        asked_by="job:case.changed",
        asked_at=at,
        handed_over_at=None if waits else at + timedelta(days=2),
        answered_at=at + timedelta(days=5) if state is Handover.State.ACKNOWLEDGED else None,
    )


def _advisory(world: World, case: Case, *, published_at: datetime | None) -> None:
    tables, made = world.tables, published_at or case.opened_at + timedelta(days=20)
    number = tables[Advisory].count + 1
    row = Advisory(
        id=number, case=case, year=made.year, number=number, published_at=published_at,
        created_at=case.opened_at + timedelta(days=10),
    )  # fmt: skip
    tables[Advisory].put(row)
    revision = Revision(
        id=tables[Revision].count + 1,
        advisory=row,
        number=1,
        summary="First version.",
        facts_digest="00" * 32,
        made_at=made,
        published_at=published_at,
    )
    documents = _documents(row, case)
    if published_at:
        revision.public_documents = documents
    else:
        revision._drafted = documents
    tables[Revision].put(revision)


def _documents(row: Advisory, case: Case) -> dict[str, Any]:
    """The OSV form only: pages show its parts; that documents agree is not measured here."""
    return {
        f"{row.public_id}.osv.json": {
            "schema_version": "1.6.0",
            "id": row.public_id,
            "modified": case.opened_at.isoformat(),
            "aliases": [case.cve] if case.cve else [],
            "summary": case.title,
            "details": "A crafted input does what only its caller should.",
        }
    }
