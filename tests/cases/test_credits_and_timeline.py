"""Credits, ids of others, the relay chain and the timeline of a case."""

from datetime import timedelta

import pytest

from cases.roomwork import bring, embargoed, fresh, house, party, proven, said, somebody
from seawall.advisories.drafts import _credits
from seawall.cases import credits, messages, read_ins, relays
from seawall.cases.actions import CaseRefused
from seawall.cases.models import Case, Credit, RelayHop
from seawall.cases.timeline import timeline
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import CreditWish
from validation.records import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def case() -> Case:
    house()
    return proven(reporter="Ann Lab")


def named(case: Case) -> dict[str, str | None]:
    return {each.name: each.wish and each.wish.value for each in credits.credits_of(fresh(case))}


def test_a_report_names_its_finders_as_they_wish(case):
    assert named(case) == {"Ann Lab": "named", "finder-model 3": "named"}
    assert [each.name for each in _credits(fresh(case))] == ["Ann Lab", "finder-model 3"]


def test_who_stated_no_wish_is_not_named_until_they_agree(case, monkeypatch):
    report = case.finding.report
    report.provenance = {**report.provenance, "credit": None}
    report.save()
    (ann,) = [each for each in credits.credits_of(fresh(case)) if each.name == "Ann Lab"]
    assert ann.must_be_asked and not ann.is_named
    assert list(_credits(fresh(case))) == []
    lead = somebody("Ann", party("Ann Lab"))
    credits.state_wish(fresh(case), CreditWish.NAMED, by=lead, now=NOON)
    assert [each.name for each in _credits(fresh(case))] == ["Ann Lab"]


def test_who_is_not_named_is_told_to_coordinators_and_to_themselves_alone(case):
    anonymous = CreditWish.ANONYMOUS
    role = Credit.Role.FINDER
    credits.set_credit(case, name="Ann Lab", role=role, wish=anonymous, by=LOCAL, now=NOON)
    held = fresh(case)

    def seen(who) -> list[str]:
        return [each.name for each in credits.credits_for(held, by=who)]

    assert seen(somebody("Vera", party("Pallets"))) == ["finder-model 3"]
    assert "Ann Lab" in seen(somebody("Cora", house()))


def test_an_edit_wins_over_the_report_and_can_be_taken_back(case):
    row = credits.set_credit(
        case,
        name="Ann Lab",
        role=Credit.Role.FINDER,
        wish=CreditWish.ANONYMOUS,
        by=LOCAL,
        now=NOON,
    )
    assert named(case)["Ann Lab"] == "anonymous"
    credits.drop_credit(row, by=LOCAL, now=NOON)
    assert named(case)["Ann Lab"] == "named"


def test_only_a_finder_of_the_case_says_how_they_are_named(case):
    for who in (
        somebody("Vera", party("Pallets")),
        somebody("Abe", party("Ann Lab"), MemberRole.VIEWER),
    ):
        with pytest.raises(CaseRefused, match="no credit of yours"):
            credits.state_wish(case, CreditWish.NONE, by=who, now=NOON)
    with pytest.raises(BadInput):
        credits.set_credit(
            case, name=" ", role=Credit.Role.TOOL, wish=CreditWish.NAMED, by=LOCAL, now=NOON
        )


def test_a_handling_id_is_kept_once_and_leads_only_to_https(case):
    def add(**more):
        given = {"system": "VINCE", "text": "VU#1"} | more
        return relays.add_handling_id(case, by=LOCAL, now=NOON, **given)

    assert add() == add()
    assert said(case).count("case.handling_id_added") == 1
    for bad in (
        {"url": "http://x"},
        {"url": "javascript:alert(1)"},
        {"url": "https://["},
        {"url": "https:///x"},
        {"system": " "},
    ):
        with pytest.raises(BadInput):
            add(**bad)
    relays.drop_handling_id(add(), by=LOCAL, now=NOON)
    assert not case.handling_ids.exists()


def test_a_hop_is_noted_once_for_each_key(case):
    def hop(key):
        return relays.note_hop(
            case,
            direction=RelayHop.Direction.OUT,
            sender="House CERT",
            receiver="JPCERT",
            tier=Tier.T1,
            key=key,
            by=LOCAL,
            now=NOON,
        )

    assert hop("1") == hop("1") != hop("2")
    assert said(case).count("case.relayed") == 2


def texts(case: Case, who, tier: Tier) -> list[str]:
    return [each.text for each in timeline(fresh(case), tier=tier, by=who, now=NOON)]


def test_each_reader_is_told_what_their_tier_reaches(case):
    vendor = party("Pallets")
    bring(case, vendor, Part.VENDOR)
    messages.write(case, "Words", tier=Tier.T2, by=LOCAL, now=NOON)
    read_ins.read_in(
        case,
        party("Other Inc"),
        Tier.T1,
        reason="So.",
        until=NOON + timedelta(days=3),
        by=LOCAL,
        now=NOON,
    )
    read_ins.bar(case, party("Bad Inc"), reason="So.", by=LOCAL, now=NOON)
    lena = texts(case, somebody("Lena", house()), Tier.T3)
    vera = texts(case, somebody("Vera", vendor), Tier.T3)
    ann = texts(case, somebody("Ann", party("Ann Lab")), Tier.T1)
    nobody = texts(case, somebody("Sid", party("Other Inc")), Tier.T0)
    assert "Bad Inc is kept out." in lena and "Bad Inc is kept out." not in vera
    assert any(each.startswith("Other Inc was read in") for each in lena)
    assert not any("read in" in each for each in vera)
    assert "A message was written." in vera and "A message was written." not in ann
    assert "Pallets takes part as vendor." in ann
    assert nobody == ["The case was opened.", "The report is valid."]


def test_who_did_it_is_told_from_t1_on(case):
    lena = somebody("Lena", house())
    embargoed(case)
    credits.set_credit(
        case, name="Ann", role=Credit.Role.ANALYST, wish=CreditWish.NAMED, by=lena, now=NOON
    )
    told = {each.what: each.by for each in timeline(case, tier=Tier.T1, by=lena, now=NOON)}
    assert (told["case.credited"], told["case.opened"]) == ("Lena", "this installation")
    assert {each.by for each in timeline(case, tier=Tier.T0, by=lena, now=NOON)} == {""}


def test_a_timeline_takes_a_fixed_number_of_queries(case, django_assert_num_queries):
    lena = somebody("Lena", house())
    for number in range(3):
        bring(case, party(f"Vendor {number}"), Part.VENDOR)
        messages.write(case, "Words", by=lena, now=NOON)
    row = Case.objects.prefetch_related("participants", "read_ins", "bars").get(pk=case.pk)
    with django_assert_num_queries(4):
        timeline(row, tier=Tier.T3, by=lena, now=NOON)
