"""Handing cases to vendors: only what is ready, at their pace, in order; what they answer."""

from datetime import timedelta

import pytest

from cases.roomwork import READY, bring, fresh, house, party, proven, said, somebody
from seawall.cases import access, actions, budgets, handovers, read_ins
from seawall.cases.actions import CaseRefused
from seawall.cases.budgets import Wanted
from seawall.cases.handovers import material_of, queue_of
from seawall.cases.models import Case, Handover
from seawall.core.cvd import CvdEvent
from seawall.core.report_states import ReportStep
from seawall.core.response_ready import missing
from seawall.inventory.models import KevEntry
from seawall.jobs.cases import hand_over
from seawall.jobs.registry import Work
from seawall.ledger.models import Outbox
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Part
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from validation.records import NOON

DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def vendor() -> Party:
    house()
    return party("Pallets")


def ready(title: str = "Escape", **more) -> Case:
    return proven(title, reporter=f"{title} Lab", **READY, **more)


def ask(case: Case, vendor: Party, *, at=NOON, **more) -> Handover:
    return handovers.ask(case, vendor, by=LOCAL, now=at, **more)


def due(vendor: Party, at=NOON) -> list[str]:
    return [each.case.title for each in handovers.hand_over_due(vendor, by=LOCAL, now=at)]


def take(vendor: Party, **wanted) -> None:
    budgets.set_budget(vendor, Wanted(**wanted), by=LOCAL, now=NOON)


def test_a_ready_case_is_handed_over_and_the_vendor_takes_part_and_is_aware(vendor):
    case = ready()
    assert missing(material_of(case)) == ()
    row = ask(case, vendor)
    assert (row.state, due(vendor)) == ("waiting", ["Escape"])
    row.refresh_from_db()
    assert (row.state, row.handed_over_at, row.urgent) == ("handed over", NOON, False)
    assert fresh(case).vendor_aware
    assert case.participants.get(party=vendor).part == Part.VENDOR
    assert due(vendor) == [], "once"


def test_a_case_waits_until_it_is_complete(vendor):
    case = proven("Bare")
    ask(case, vendor)
    assert due(vendor) == []
    (queued,) = queue_of(vendor, now=NOON)
    assert [each.split(":")[0] for each in queued.lacks] == ["description", "severity"]
    due(vendor, NOON + timedelta(hours=1))
    tomorrow = NOON + timedelta(hours=12)
    assert Outbox.objects.filter(topic="handover.due", due_at=tomorrow).count() == 1, "one look"


def test_a_lead_overrides_with_a_reason_and_nobody_else_does(vendor):
    case = proven("Bare")
    cora = somebody("Cora", house(), MemberRole.MEMBER)
    with pytest.raises(NotPermitted, match="lead"):
        handovers.ask(case, vendor, override="It hurries.", by=cora, now=NOON)
    row = handovers.ask(case, vendor, by=cora, now=NOON)
    assert due(vendor) == []
    lena = somebody("Lena", house())
    assert handovers.ask(case, vendor, override="It hurries.", by=lena, now=NOON) == row
    assert due(vendor) == ["Bare"]
    assert "case.readiness_overridden" in said(case)


def test_asking_twice_is_asking_once_and_after_a_refusal_it_can_be_asked_again(vendor):
    case = ready()
    row = ask(case, vendor)
    assert ask(case, vendor) == row
    due(vendor)
    row.refresh_from_db()
    handovers.decline(row, because="Not ours.", by=LOCAL, now=NOON)
    assert ask(case, vendor) != row


def test_a_barred_vendor_gets_nothing_whenever_the_bar_was_made(vendor):
    case, other = ready("A"), ready("B")
    ask(case, vendor)
    for each in (case, other):
        read_ins.bar(each, vendor, reason="So.", by=LOCAL, now=NOON)
    assert due(vendor) == []
    with pytest.raises(CaseRefused, match="is barred from it"):
        ask(other, vendor)


def test_the_budget_holds_and_the_rest_comes_when_a_week_has_passed(vendor):
    take(vendor, per_week=2)
    for name in ("A", "B", "C"):
        ask(ready(name), vendor)
    assert due(vendor) == ["A", "B"]
    assert due(vendor, NOON + 6 * DAY) == []
    assert Outbox.objects.filter(topic="handover.due", due_at=NOON + 7 * DAY).exists()
    assert due(vendor, NOON + 7 * DAY) == ["C"]


def test_a_fix_makes_room_and_asks_for_another_look(vendor):
    take(vendor, open_at_once=1)
    first, second = ready("A"), ready("B")
    ask(first, vendor)
    ask(second, vendor)
    assert due(vendor) == ["A"]
    Outbox.objects.all().delete()
    actions.observe(fresh(first), CvdEvent.FIX_READY, by=LOCAL, now=NOON)
    assert Outbox.objects.filter(topic="handover.due").exists()
    assert due(vendor) == ["B"]


def test_a_closed_report_makes_room_too(vendor):
    take(vendor, open_at_once=1)
    first = ready("A")
    ask(first, vendor)
    ask(ready("B"), vendor)
    due(vendor)
    for step in (ReportStep.ACCEPT, ReportStep.CLOSE):
        actions.take_step(fresh(first), step, by=LOCAL, now=NOON)
    assert due(vendor) == ["B"]


def test_what_is_attacked_goes_before_the_budget_and_in_a_pause(vendor):
    take(vendor, per_week=1, paused_until=NOON + 9 * DAY)
    calm, hot = ready("Calm"), ready("Hot")
    ask(calm, vendor)
    ask(hot, vendor)
    assert due(vendor) == []
    actions.observe(hot, CvdEvent.ATTACKS_OBSERVED, by=LOCAL, now=NOON)
    assert due(vendor) == ["Hot"]
    assert Handover.objects.get(case=hot).urgent
    assert due(vendor, NOON + 9 * DAY) == ["Calm"]


def test_the_order_is_by_exploitation_then_severity(vendor):
    take(vendor, per_week=1, open_at_once=9)
    mild = proven("Mild", reporter="M Lab", description=READY["description"], severity="low")
    severe = ready("Severe")
    known = ready("Known", identifiers=["CVE-2026-1234"])
    KevEntry.objects.create(cve="CVE-2026-1234", added_date=NOON.date(), due_date=NOON.date())
    for case in (mild, severe, known):
        ask(case, vendor)
    assert [each.row.case.title for each in queue_of(vendor, now=NOON)] == [
        "Known",
        "Severe",
        "Mild",
    ]


def test_a_batch_comes_together(vendor):
    take(vendor, batch=2)
    ask(ready("A"), vendor)
    assert due(vendor) == []
    ask(ready("B"), vendor)
    assert due(vendor) == ["A", "B"]
    assert len(set(Handover.objects.values_list("batch_key", flat=True))) == 1


def test_a_vendor_acknowledges_or_declines_its_own_and_only_once_it_has_it(vendor):
    case = ready()
    row = ask(case, vendor)
    vera = somebody("Vera", vendor, MemberRole.MEMBER)
    with pytest.raises(CaseRefused, match="nothing to answer"):
        handovers.acknowledge(row, by=vera, now=NOON)
    due(vendor)
    with pytest.raises(NotPermitted):
        handovers.acknowledge(row, by=somebody("Sid", party("Other")), now=NOON)
    assert handovers.acknowledge(row, note="On it.", by=vera, now=NOON).answer == "On it."
    with pytest.raises(CaseRefused, match="say why"):
        handovers.decline(row, because=" ", by=vera, now=NOON)
    assert handovers.decline(row, because="Not ours.", by=vera, now=NOON).state == "declined"
    with pytest.raises(CaseRefused):
        handovers.withdraw(row, by=LOCAL, now=NOON)


def test_a_vendor_does_not_learn_what_waits_for_it(vendor):
    vera, lena = somebody("Vera", vendor), somebody("Lena", house())
    bring(case := ready(), vendor, Part.OTHER)
    row = ask(case, vendor)
    assert list(access.handovers(vera)) == []
    with pytest.raises(NotFound):
        access.handover(vera, row.public_id)
    assert list(access.handovers(lena)) == [row]
    due(vendor)
    assert access.handover(vera, row.public_id) == row


def test_the_queue_can_be_left_before_the_handover(vendor):
    row = ask(ready(), vendor)
    for _ in range(2):
        assert handovers.withdraw(row, by=LOCAL, now=NOON).state == "withdrawn"
    assert due(vendor) == []


def test_the_job_hands_over_and_may_run_twice(vendor):
    case = ready()
    ask(case, vendor)
    for _ in range(2):
        hand_over(Work(topic="handover.due", key="k", ids={"vendor_id": vendor.pk}, now=NOON))
    assert said(case).count("case.handed_over") == 1
    hand_over(Work(topic="handover.due", key="k", ids={"vendor_id": 0}, now=NOON))


def test_a_lead_of_the_vendor_sets_its_pace_and_not_its_products(vendor):
    vera = somebody("Vera", vendor)
    budgets.set_budget(vendor, Wanted(per_week=2, raw_feed=True), by=vera, now=NOON)
    with pytest.raises(NotPermitted, match="which products are whose"):
        budgets.set_budget(vendor, Wanted(products=["pkg:pypi/"]), by=vera, now=NOON)
    row = budgets.row_of(vendor)
    assert (row.per_week, row.open_at_once, row.raw_feed, row.products) == (2, 10, True, [])


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"per_week": 0}, "per_week"),
        ({"batch": 20_000}, "batch"),
        ({"paused_until": NOON}, "paused_until"),
        ({"paused_until": NOON + 31 * DAY}, "paused_until"),
        ({"products": ["p"]}, "products"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(vendor, wanted, where):
    with pytest.raises(BadInput) as bad:
        take(vendor, **wanted)
    assert bad.value.where == where


def test_a_pause_can_be_ended_early(vendor):
    take(vendor, paused_until=NOON + 9 * DAY)
    ask(ready(), vendor)
    assert due(vendor) == []
    take(vendor, resume=True)
    assert due(vendor) == ["Escape"]


def test_the_raw_feed_shows_unproven_findings_on_ones_own_products_by_opt_in_only(vendor):
    from cases.casework import finding

    finding("Mine", target="pkg:pypi/jinja2@3.1.4")
    finding("Like mine", reporter="Bo", target="pkg:pypi/jinja2-time@1")
    finding("Other", reporter="Cy", target="pkg:pypi/flask@1")
    proven("Proven", reporter="Di", target="pkg:pypi/jinja2@3.1.4")
    actions.open_case(
        finding("In a case", reporter="Ed", target="pkg:pypi/jinja2@3"), by=LOCAL, now=NOON
    )

    def feed() -> list[str]:
        return [each.title for each in budgets.raw_feed(vendor)]

    assert feed() == []
    take(vendor, products=["pkg:pypi/jinja2"])
    assert feed() == []
    take(vendor, raw_feed=True)
    assert feed() == ["Mine"]
