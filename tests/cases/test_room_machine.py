"""Any sequence of joining, consenting, reading in, barring, marking and embargo: what each person
may read is what the policy says, in the code that asks row by row and in the one that asks the
database; and nothing is readable that nobody gave."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cases.roomwork import bring, fresh, house, party, person_of, proven, somebody
from seawall.cases import actions, embargoes, participants, read_ins
from seawall.cases.actions import CaseRefused
from seawall.cases.models import Case
from seawall.cases.reading import embargo_holds, facts_of, tier_of, visible_cases
from seawall.core.access import marking
from seawall.core.cvd import CvdEvent
from seawall.parties.access import NotPermitted
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL, Actor
from seawall.vocab.tlp import Tlp
from validation.records import NOON

PARTIES = ("Pallets", "Ann Lab", "CERT Two")
PEOPLE = (
    ("Vera", "Pallets", MemberRole.LEAD),
    ("Vito", "Pallets", MemberRole.VIEWER),
    ("Ann", "Ann Lab", MemberRole.LEAD),
    ("Lea", "CERT Two", MemberRole.LEAD),
    ("Lena", "House CERT", MemberRole.LEAD),
    ("Cora", "House CERT", MemberRole.MEMBER),
)


class Room(RuleBasedStateMachine):
    """One case and six people; the clock only goes forward."""

    case: Case
    now: datetime

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        house()
        for name in PARTIES:
            party(name)
        self.people: dict[str, Actor] = {
            name: somebody(name, party(of), role) for name, of, role in PEOPLE
        }
        self.case = proven(reporter="Ann Lab")
        actions.observe(self.case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
        self.now = NOON

    @rule(hours=st.integers(1, 400))
    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        embargoes.pass_time(fresh(self.case), by=LOCAL, now=self.now)

    @rule(name=st.sampled_from(PARTIES), part=st.sampled_from(Part), tier=st.sampled_from(Tier))
    def join(self, name: str, part: Part, tier: Tier) -> None:
        bring(fresh(self.case), party(name), part, tier)

    @rule(name=st.sampled_from(PARTIES))
    def part_with(self, name: str) -> None:
        row = self.case.participants.filter(party=party(name), left_at=None).first()
        if row is not None:
            participants.part_with(row, by=LOCAL, now=self.now)

    @rule(days=st.integers(1, 60), who=st.sampled_from(["Vera", "Ann", "Lena"]))
    def propose(self, days: int, who: str) -> None:
        until = self.now + timedelta(days=days)
        self.attempt(
            lambda: embargoes.propose(
                fresh(self.case), until=until, by=self.people[who], now=self.now
            )
        )

    @rule()
    def accept(self) -> None:
        self.attempt(
            lambda: embargoes.accept(fresh(self.case), by=self.people["Lena"], now=self.now)
        )

    @rule(who=st.sampled_from(["Vera", "Ann", "Lea"]))
    def consent(self, who: str) -> None:
        self.attempt(
            lambda: participants.consent(fresh(self.case), by=self.people[who], now=self.now)
        )

    @rule(
        who=st.sampled_from([name for name, _of, _role in PEOPLE]),
        whole_party=st.booleans(),
        tier=st.sampled_from(Tier),
        days=st.integers(1, 90),
    )
    def read_in(self, who: str, whole_party: bool, tier: Tier, days: int) -> None:
        of = next(of for name, of, _role in PEOPLE if name == who)
        whom = party(of) if whole_party else person_of(self.people[who])
        read_ins.read_in(
            fresh(self.case),
            whom,
            tier,
            reason="So.",
            until=self.now + timedelta(days=days),
            by=LOCAL,
            now=self.now,
        )

    @rule(data=st.data())
    def revoke(self, data) -> None:
        rows = read_ins.live_read_ins(self.case, now=self.now)
        if rows:
            read_ins.revoke(data.draw(st.sampled_from(rows)), by=LOCAL, now=self.now)

    @rule(who=st.sampled_from([name for name, _of, _role in PEOPLE]), whole_party=st.booleans())
    def bar(self, who: str, whole_party: bool) -> None:
        of = next(of for name, of, _role in PEOPLE if name == who)
        whom = party(of) if whole_party else person_of(self.people[who])
        self.attempt(
            lambda: read_ins.bar(fresh(self.case), whom, reason="So.", by=LOCAL, now=self.now)
        )

    @rule(data=st.data())
    def lift(self, data) -> None:
        rows = list(self.case.bars.filter(lifted_at=None))
        if rows:
            read_ins.lift(data.draw(st.sampled_from(rows)), by=LOCAL, now=self.now)

    @rule(wanted=st.sampled_from(Tlp))
    def mark(self, wanted: Tlp) -> None:
        self.attempt(lambda: read_ins.mark(fresh(self.case), wanted, by=LOCAL, now=self.now))

    @rule(event=st.sampled_from([CvdEvent.ATTACKS_OBSERVED, CvdEvent.PUBLIC_AWARE]))
    def observe(self, event: CvdEvent) -> None:
        self.attempt(lambda: actions.observe(fresh(self.case), event, by=LOCAL, now=self.now))

    def attempt(self, step) -> None:
        try:
            step()
        except (CaseRefused, NotPermitted):
            return

    @invariant()
    def the_database_and_the_policy_agree(self) -> None:
        row = fresh(self.case)
        for who in self.people.values():
            held = tier_of(who, row, now=self.now)
            for tier in Tier:
                seen = visible_cases(who, now=self.now, at_least=tier).filter(pk=row.pk).exists()
                assert seen is (held is not None and held >= tier)

    @invariant()
    def who_is_barred_reads_nothing(self) -> None:
        row = fresh(self.case)
        for each in row.bars.filter(lifted_at=None):
            for who in self.people.values():
                if each.person_id == who.person or each.party_id in who.parties:
                    assert tier_of(who, row, now=self.now) is None

    @invariant()
    def who_did_not_consent_reads_no_more_through_its_part(self) -> None:
        row = fresh(self.case)
        if not embargo_holds(row, now=self.now) or read_ins.live_read_ins(row, now=self.now):
            return
        consented = set(
            row.participants.filter(
                left_at=None, consented_until__gte=row.embargo_ends_at
            ).values_list("party", flat=True)
        )
        for name in ("Vera", "Vito", "Ann", "Lea"):
            who = self.people[name]
            if not who.parties & consented:
                assert tier_of(who, row, now=self.now) in (None, Tier.T0)

    @invariant()
    def an_embargo_that_holds_has_an_end_within_the_policies_and_keeps_the_marking(self) -> None:
        row = fresh(self.case)
        facts = facts_of(row, now=self.now)
        if facts.embargo_holds:
            assert row.embargo_ends_at is not None and row.embargo_ends_at <= NOON + timedelta(90)
            assert marking(facts).openness <= Tlp.AMBER.openness
            assert not (row.public_aware or row.attacks_observed)

    @invariant()
    def strangers_read_only_what_is_open(self) -> None:
        row, lea = fresh(self.case), self.people["Lea"]
        given = row.participants.filter(party__in=lea.parties, left_at=None).exists() or any(
            each.person_id == lea.person or each.party_id in lea.parties
            for each in read_ins.live_read_ins(row, now=self.now)
        )
        if not given:
            is_open = marking(facts_of(row, now=self.now)).openness >= Tlp.GREEN.openness
            assert tier_of(lea, row, now=self.now) in ((None, Tier.T1) if is_open else (None,))


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Room,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_a_room_in_any_order_of_steps(home):
    run(3, 10)


@pytest.mark.slow
@pytest.mark.django_db
def test_many_rooms_in_any_order_of_steps(home):
    run(60, 40)
