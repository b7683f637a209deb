"""Pages of trusted partners: who sees an application, and each form without JavaScript."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.folk import signed
from seawall.parties.models import Approval
from seawall.reviews import partners
from seawall.reviews.models import Grant, Partner
from seawall.vocab.access import MemberRole
from web.people import member, party, visitor
from web.review_people import Browsers, assert_same_as_absent, browsers, granted, partnered

pytestmark = pytest.mark.django_db
IDS = [criterion.id for criterion in partners.rulebook().criteria]


@pytest.fixture
def some() -> Browsers:
    return browsers()


def _applied(some: Browsers) -> str:
    wanted = {"kind": "hospital", "statement": "We defend our wards.", "contact": "Hal, 555"}
    return str(some.hal.post("/partners/apply", wanted)["Location"])


def _met(some: Browsers, url: str) -> None:
    for id in IDS:
        some.olu.post(f"{url}/criteria", {"id": id, "met": "yes", "note": f"seen: {id}"})


def _yes(some: Browsers, url: str) -> None:
    some.ada.post(f"{url}/select", {"voice": "lab", "yes": "yes"})
    some.olu.post(f"{url}/select", {"voice": "government", "yes": "yes"})


def test_a_lead_applies_and_the_lab_and_the_official_see_it(some):
    url = _applied(some)
    for who in (some.hal, some.ada, some.olu):
        text = who.get(url)
        assert "We defend our wards." in text
        assert "Hal, 555" in text
        assert "St. Elsewhere" in who.get("/partners")
    for who in (some.eva, some.cora):
        assert_same_as_absent(who, url, "/partners/T-2026-999999")
        assert "St. Elsewhere" not in who.get("/partners")


def test_one_applies_once(some):
    _applied(some)
    again = {"kind": "hospital", "statement": "Again."}
    said = some.hal.post("/partners/apply", again, 422)
    assert "an application of this party to this lab already" in said.content.decode()


def test_an_application_needs_words_and_a_kind_that_the_regime_names(some):
    said = some.hal.post("/partners/apply", {"kind": "circus", "statement": ""}, 422)
    text = said.content.decode()
    assert text.count('class="problem"') == 2
    assert not Partner.objects.exists()


def test_only_leads_of_others_apply(some):
    ward = visitor(member(some.them.hospital, "Wanda", MemberRole.MEMBER))
    for who in (ward, some.ada):
        who.get("/partners/apply", 403)
        who.post("/partners/apply", {"kind": "hospital", "statement": "So."}, 403)
    assert not Partner.objects.exists()


def test_the_official_records_the_criteria_and_nobody_else(some):
    url = _applied(some)
    assert f'action="{url}/criteria"' in some.olu.get(url)
    found = {"id": IDS[0], "met": "yes", "note": "I was there."}
    for who in (some.ada, some.hal):
        assert f'action="{url}/criteria"' not in who.get(url)
        who.post(f"{url}/criteria", found, 403)
    for who in (some.eva, some.cora):
        who.post(f"{url}/criteria", found, 404)
    some.olu.post(f"{url}/criteria", found)
    assert "I was there." in some.hal.get(url)
    some.olu.post(f"{url}/criteria", found | {"id": "beauty"})
    assert "no such criterion" in some.olu.get(url)
    assert len(Partner.objects.get().criteria) == 1


def test_nobody_says_yes_before_every_criterion_is_met(some):
    url = _applied(some)
    assert "Not recorded as met" not in some.hal.get(url)
    text = some.ada.get(url)
    assert "not recorded as met: mission" in text
    some.ada.post(f"{url}/select", {"voice": "lab", "yes": "yes"})
    assert "Not recorded as met: mission" in some.ada.get(url)


def test_lab_and_government_say_yes_each_for_themselves_and_two_sign(some):
    url = _applied(some)
    _met(some, url)
    some.ada.post(f"{url}/select", {"voice": "government", "yes": "yes"}, 403)
    some.olu.post(f"{url}/select", {"voice": "lab", "yes": "yes"}, 403)
    some.hal.post(f"{url}/select", {"voice": "lab", "yes": "yes"}, 403)
    _yes(some, url)
    asked = Approval.objects.get()
    for who in (some.ada, some.olu, some.hal):
        assert f"/approvals/{asked.public_id}" in who.get(url)
        text = who.get(f"/approvals/{asked.public_id}")
        assert "Who becomes one" in text
        assert "Digest of what was found of the criteria" in text
    some.cora.get(f"/approvals/{asked.public_id}", 404)
    id = url.rpartition("/")[2]
    signed(id, some.them.ada, some.them.olu, now=timezone.now())
    some.olu.post(f"/approvals/{asked.public_id}/carry-out")
    assert Partner.objects.get().state == "designated"
    assert f"/approvals/{asked.public_id}" not in some.hal.get(url)


def test_a_no_needs_reasons_which_the_applicant_reads_and_appeals_once(some):
    url = _applied(some)
    some.ada.post(f"{url}/select", {"voice": "lab", "yes": "no"})
    assert Partner.objects.get().state == "applied"
    some.ada.post(f"{url}/select", {"voice": "lab", "yes": "no", "because": "Too few people."})
    assert "Too few people." in some.hal.get(url)
    some.ada.post(f"{url}/appeal", {"because": "No."}, 403)
    some.hal.post(f"{url}/appeal", {"because": ""})
    assert Partner.objects.get().state == "refused"
    some.hal.post(f"{url}/appeal", {"because": "We hired three."})
    assert "We hired three." in some.ada.get(url)
    some.olu.post(f"{url}/select", {"voice": "government", "yes": "no", "because": "Still few."})
    assert f'action="{url}/appeal"' not in some.hal.get(url)
    some.hal.post(f"{url}/appeal", {"because": "Once more."})
    assert Partner.objects.get().state == "refused"


def test_a_strange_voice_is_no_voice(some):
    url = _applied(some)
    _met(some, url)
    some.ada.post(f"{url}/select", {"voice": "press", "yes": "yes"})
    some.ada.post(f"{url}/select", {"voice": "lab", "yes": "maybe"})
    assert not Partner.objects.get().selections.exists()


def test_a_designation_is_renewed_by_the_official_near_its_end(some):
    row = partnered(some.them)
    url = f"/partners/{row.public_id}"
    assert f'action="{url}/renew"' not in some.olu.get(url)
    some.olu.post(f"{url}/renew")
    assert Partner.objects.get().renewals == 0
    Partner.objects.update(expires_at=timezone.now() + timedelta(days=20))
    assert f'action="{url}/renew"' in some.olu.get(url)
    some.hal.post(f"{url}/renew", {}, 403)
    some.ada.post(f"{url}/renew", {}, 403)
    some.olu.post(f"{url}/renew")
    assert Partner.objects.get().renewals == 1


def test_a_designation_that_is_taken_back_takes_the_grants_with_it(some):
    row = granted(some.them).partner
    url = f"/partners/{row.public_id}"
    some.hal.post(f"{url}/revoke", {"because": "So."}, 403)
    some.cora.post(f"{url}/revoke", {"because": "So."}, 404)
    some.ada.post(f"{url}/revoke", {"because": ""})
    assert Partner.objects.get().state == "designated"
    some.ada.post(f"{url}/revoke", {"because": "It leaked."})
    assert Grant.objects.get().state == "revoked"
    assert "It leaked." in some.hal.get(url)


def test_the_applicant_withdraws(some):
    url = _applied(some)
    for who in (some.ada, some.olu):
        who.post(f"{url}/withdraw", {}, 403)
    some.hal.post(f"{url}/withdraw")
    assert Partner.objects.get().state == "withdrawn"
    assert "Nothing can be done with it any more." in some.hal.get(url)


def test_a_partner_reads_nothing_of_another(some):
    url = _applied(some)
    other = visitor(member(party("Second Hospital", "deployer"), "Sue", MemberRole.LEAD))
    other.get(url, 404)
    other.post(f"{url}/withdraw", {}, 404)
    assert "St. Elsewhere" not in other.get("/partners")


def test_the_list_costs_the_same_for_one_and_for_three(some, count_queries):
    def another(number: int) -> None:
        lead = visitor(member(party(f"Ward {number}", "deployer"), f"L{number}", MemberRole.LEAD))
        lead.post("/partners/apply", {"kind": "hospital", "statement": "So."})

    another(1)
    few = count_queries(lambda: some.olu.get("/partners"))
    another(2)
    another(3)
    assert count_queries(lambda: some.olu.get("/partners")) == few
