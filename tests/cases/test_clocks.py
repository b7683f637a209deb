"""The clocks of a case: which policies apply, what shortens and ends an embargo, and at once."""

from datetime import timedelta

import pytest

from cases.casework import finding
from cases.roomwork import embargoed, fresh, house, party, proven, said, somebody
from seawall.cases import actions, embargoes
from seawall.cases.actions import CaseRefused
from seawall.cases.clocks import clocks_of, longest_embargo
from seawall.cases.embargoes import embargo_of
from seawall.cases.models import Case, Sign
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.dedup.links import Strength
from seawall.findings import duplicates
from seawall.findings.duplicates import Reason
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from validation.records import NOON

DAY = timedelta(days=1)
SAME = Reason(signal="person", explanation="The same.", strength=Strength.CERTAIN)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def case() -> Case:
    house()
    return proven(reporter="Ann Lab")


def shown(case: Case) -> list[tuple[str, int | None, bool]]:
    """Each clock: its policy, its days from noon, and whether it decides."""
    return [
        (
            each.policy.id,
            (each.publication.at - NOON).days if each.publication else None,
            each.decides,
        )
        for each in clocks_of(fresh(case))
    ]


def aware(case: Case) -> None:
    actions.observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)


def test_the_default_applies_to_every_case_and_waits_for_the_vendor(case):
    (clock,) = clocks_of(case)
    assert (clock.policy.id, clock.publication, clock.decides) == ("seawall-default", None, False)
    assert clock.waits_for == "a proven finding and a vendor who is aware"
    aware(case)
    (clock,) = clocks_of(fresh(case))
    assert (clock.began_at, clock.publication.at, clock.decides) == (NOON, NOON + 90 * DAY, True)


def test_of_all_that_apply_the_tightest_decides_in_the_order_of_the_rule(case):
    aware(case)
    for policy in ("cert-cc", "linux-kernel", "zero-day-initiative"):
        embargoes.choose_policy(case, policy, by=LOCAL, now=NOON)
    embargoes.choose_policy(case, "linux-distros", posted_at=NOON - DAY, by=LOCAL, now=NOON)
    assert shown(case) == [
        ("linux-kernel", None, False),
        ("linux-distros", 14, True),
        ("cert-cc", 45, False),
        ("zero-day-initiative", 120, False),
        ("seawall-default", 90, False),
    ]
    assert longest_embargo(fresh(case)).ends_at == NOON + 14 * DAY, "proven after it was posted"


def test_a_policy_that_allows_less_shortens_the_embargo_at_once_and_dropping_it_does_not_prolong(
    case,
):
    embargoed(case, days=80)
    embargoes.choose_policy(case, "cert-cc", by=LOCAL, now=NOON)
    assert fresh(case).embargo_ends_at == NOON + 45 * DAY
    embargoes.drop_policy(fresh(case), "cert-cc", by=LOCAL, now=NOON)
    embargoes.pass_time(fresh(case), by=LOCAL, now=NOON)
    assert fresh(case).embargo_ends_at == NOON + 45 * DAY
    assert shown(case) == [("seawall-default", 90, True)]


def test_a_policy_is_chosen_once_and_must_exist(case):
    for _ in range(2):
        embargoes.choose_policy(case, "cert-cc", by=LOCAL, now=NOON)
    assert said(case).count("case.policy_chosen") == 1
    with pytest.raises(BadInput, match="there is no policy"):
        embargoes.choose_policy(case, "mine", by=LOCAL, now=NOON)
    with pytest.raises(BadInput, match="not yet posted"):
        embargoes.choose_policy(case, "linux-distros", posted_at=NOON + DAY, by=LOCAL, now=NOON)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(Sign.Kind.LEAK, ExitReason.LEAK), (Sign.Kind.PUBLIC_FIX, ExitReason.PUBLIC_FIX)],
)
def test_a_leak_and_a_public_fix_end_the_embargo_at_once(case, kind, reason):
    embargoed(case)
    for _ in range(2):
        embargoes.sign(fresh(case), kind, by=LOCAL, now=NOON + DAY)
    assert embargo_of(fresh(case)).reason is reason
    assert said(case).count("case.signed") == 1


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (CvdEvent.ATTACKS_OBSERVED, ExitReason.ATTACKS),
        (CvdEvent.EXPLOIT_PUBLIC, ExitReason.PUBLIC),
        (CvdEvent.PUBLIC_AWARE, ExitReason.PUBLIC),
    ],
)
def test_what_happens_in_the_world_ends_the_embargo_in_the_same_step(case, event, reason):
    embargoed(case)
    actions.observe(fresh(case), event, by=LOCAL, now=NOON + DAY)
    assert embargo_of(fresh(case)).reason is reason


def test_an_independent_finder_shortens_the_embargo_at_once_and_all_are_told(case):
    embargoed(case, days=60)
    later = NOON + 3 * DAY
    row = finding("B", reporter="Bo Lab", at=later)
    duplicates.link(case.finding, row, reason=SAME, by=LOCAL, now=later)
    assert fresh(case).embargo_ends_at == later + 7 * DAY
    assert {"case.rediscovered", "case.embargo_changed"} <= set(said(case))


def test_the_same_finder_again_is_no_rediscovery(case):
    embargoed(case, days=60)
    row = finding("B", reporter="Ann Lab", at=NOON + DAY)
    duplicates.link(case.finding, row, reason=SAME, by=LOCAL, now=NOON + DAY)
    assert fresh(case).embargo_ends_at == NOON + 60 * DAY
    assert "case.rediscovered" not in said(case)


def test_a_promised_fix_gives_grace_where_a_policy_has_it_and_other_rules_do_not_bend(case):
    aware(case)
    embargoes.choose_policy(case, "google-project-zero", by=LOCAL, now=NOON)
    embargoes.promise_fix(case, NOON + 100 * DAY, by=LOCAL, now=NOON)
    assert shown(case) == [("google-project-zero", 100, False), ("seawall-default", 90, True)]
    embargoes.promise_fix(fresh(case), None, by=LOCAL, now=NOON)
    assert shown(case)[0] == ("google-project-zero", 90, True)


def test_a_case_merged_into_another_leaves_its_embargo_to_it(case):
    other = proven("B", reporter="Bo Lab")
    embargoed(other, days=30)
    duplicates.link(case.finding, other.finding, reason=SAME, by=LOCAL, now=NOON)
    kept = fresh(case)
    assert fresh(other).merged_into == kept
    assert (kept.embargo_state, kept.embargo_ends_at) == ("active", NOON + 30 * DAY)


def test_of_two_embargoes_that_meet_the_sooner_end_holds(case):
    embargoed(case, days=60)
    other = proven("B", reporter="Ann Lab")
    embargoed(other, days=30)
    duplicates.link(case.finding, other.finding, reason=SAME, by=LOCAL, now=NOON)
    assert fresh(case).embargo_ends_at == NOON + 30 * DAY


def test_an_embargo_that_has_ended_does_not_begin_again_by_a_merge(case):
    embargoed(case, days=10)
    later = NOON + 11 * DAY
    embargoes.pass_time(fresh(case), by=LOCAL, now=later)
    other = proven("B", reporter="Ann Lab")
    embargoed(other, days=30)
    duplicates.link(case.finding, other.finding, reason=SAME, by=LOCAL, now=later)
    assert fresh(other).merged_into == case
    assert (fresh(case).embargo_state, fresh(case).embargo_ends_at) == ("exited", NOON + 10 * DAY)


def test_a_person_cannot_end_an_embargo_alone(case):
    embargoed(case)
    lena = somebody("Lena", party("House CERT"))
    with pytest.raises(CaseRefused, match="two people of two parties"):
        embargoes.end(fresh(case), reason=ExitReason.PUBLISHED, by=lena, now=NOON)
