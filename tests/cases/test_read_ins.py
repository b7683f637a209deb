"""Read-ins, bars and markings: for whom a case opens, for how long, and who is kept out."""

from datetime import timedelta

import pytest

from cases.roomwork import bring, embargoed, fresh, house, party, person_of, proven, said, somebody
from seawall.cases import actions, read_ins
from seawall.cases.access import tier
from seawall.cases.actions import CaseRefused
from seawall.cases.models import Case
from seawall.cases.reading import tier_of
from seawall.core.cvd import CvdEvent
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.tlp import Tlp
from validation.records import NOON

DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def case() -> Case:
    house()
    return proven(reporter="Ann Lab")


def read(case: Case, whom, tier: Tier = Tier.T2, days: int = 30, by=LOCAL, reason="To help."):
    return read_ins.read_in(
        case, whom, tier, reason=reason, until=NOON + days * DAY, by=by, now=NOON
    )


def test_a_person_reads_from_the_read_in_until_its_end_and_no_longer(case):
    vera = somebody("Vera", party("Pallets"))
    assert tier_of(vera, case, now=NOON) is None
    read(case, person_of(vera))
    assert tier_of(vera, fresh(case), now=NOON) is Tier.T2
    assert tier_of(vera, fresh(case), now=NOON + 30 * DAY - timedelta(seconds=1)) is Tier.T2
    assert tier_of(vera, fresh(case), now=NOON + 30 * DAY) is None, "no job is needed"


def test_a_party_reads_through_all_its_members_and_viewers_less(case):
    read(case, party("Pallets"), Tier.T3)
    vera = somebody("Vera", party("Pallets"), MemberRole.MEMBER)
    vito = somebody("Vito", party("Pallets"), MemberRole.VIEWER)
    assert tier_of(vera, fresh(case), now=NOON) is Tier.T3
    assert tier_of(vito, fresh(case), now=NOON) is Tier.T2


def test_a_revoked_read_in_ends_at_once(case):
    vera = somebody("Vera", party("Pallets"))
    row = read(case, person_of(vera))
    for _ in range(2):
        read_ins.revoke(row, by=LOCAL, now=NOON)
    assert tier_of(vera, fresh(case), now=NOON) is None
    assert said(case)[-2:] == ["case.read_in", "case.read_in_revoked"]


def test_a_sponsor_gives_no_more_than_they_read(case):
    other = party("CERT Two")
    bring(case, other, Part.COORDINATOR, Tier.T2)
    lea = somebody("Lea", other)
    assert read(fresh(case), party("Pallets"), Tier.T2, by=lea).sponsor == str(lea)
    with pytest.raises(CaseRefused, match="cannot give T3"):
        read(fresh(case), party("Pallets"), Tier.T3, by=lea)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"days": 91}, "90 days"), ({"days": 0}, "ends after"), ({"reason": " "}, "why")],
)
def test_a_read_in_has_an_end_and_a_reason(case, change, why):
    with pytest.raises(CaseRefused, match=why):
        read(case, party("Pallets"), **change)


def test_a_bar_wins_over_everything_that_grants(case):
    vera, lena = somebody("Vera", party("Pallets")), somebody("Lena", house())
    bring(case, party("Pallets"), Part.VENDOR)
    read(case, person_of(vera), Tier.T3)
    row = read_ins.bar(case, party("Pallets"), reason="A competitor.", by=LOCAL, now=NOON)
    assert tier_of(vera, fresh(case), now=NOON) is None
    read_ins.bar(case, person_of(lena), reason="Their own bug.", by=LOCAL, now=NOON)
    assert tier_of(lena, fresh(case), now=NOON) is None
    read_ins.lift(row, by=LOCAL, now=NOON)
    assert tier_of(vera, fresh(case), now=NOON) is Tier.T3


def test_a_bar_is_made_once_says_why_and_never_keeps_the_house_out(case):
    ann = party("Ann Lab")
    first = read_ins.bar(case, ann, reason="So.", by=LOCAL, now=NOON)
    assert read_ins.bar(case, ann, reason="Again.", by=LOCAL, now=NOON) == first
    with pytest.raises(CaseRefused, match="says why"):
        read_ins.bar(case, party("Pallets"), reason=" ", by=LOCAL, now=NOON)
    with pytest.raises(CaseRefused, match="the house cannot be barred"):
        read_ins.bar(case, house(), reason="So.", by=LOCAL, now=NOON)


def test_a_marking_opens_no_further_than_amber_while_the_embargo_holds(case):
    embargoed(case)
    for wanted in (Tlp.GREEN, Tlp.CLEAR):
        with pytest.raises(CaseRefused, match="nothing is more open than TLP:AMBER"):
            read_ins.mark(case, wanted, by=LOCAL, now=NOON)
    read_ins.mark(case, Tlp.AMBER_STRICT, by=LOCAL, now=NOON)
    assert fresh(case).tlp == "TLP:AMBER+STRICT"


def test_only_what_is_public_is_clear(case):
    with pytest.raises(CaseRefused, match="what was published"):
        read_ins.mark(case, Tlp.CLEAR, by=LOCAL, now=NOON)
    actions.observe(case, CvdEvent.PUBLIC_AWARE, by=LOCAL, now=NOON)
    read_ins.mark(case, Tlp.CLEAR, by=LOCAL, now=NOON)
    assert tier(somebody("Vera", party("Pallets")), fresh(case), now=NOON) is Tier.T1


def test_red_is_set_by_who_is_read_in_by_name_and_then_for_named_people_alone(case):
    lena, cora = somebody("Lena", house()), somebody("Cora", house())
    with pytest.raises(CaseRefused, match="read yourself in by name first"):
        read_ins.mark(case, Tlp.RED, by=lena, now=NOON)
    read(case, person_of(lena), Tier.T3, by=lena)
    read_ins.mark(case, Tlp.RED, by=lena, now=NOON)
    assert tier_of(lena, fresh(case), now=NOON) is Tier.T3
    assert tier_of(cora, fresh(case), now=NOON) is Tier.T0
    assert tier_of(somebody("Ann", party("Ann Lab")), fresh(case), now=NOON) is Tier.T0
