"""Case rooms as pages: what each visitor sees of a case, and what they can do there."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.casework import finding, prove
from seawall.cases import actions, embargoes, messages, participants
from seawall.cases.models import Case, Message, Participant
from seawall.core.cvd import CvdEvent
from seawall.vocab.access import Part, Tier
from seawall.vocab.actors import LOCAL
from web.people import party, visitor_of

pytestmark = pytest.mark.django_db

SECRET = "The sandbox is left through the format method."


@pytest.fixture
def case(home) -> Case:
    party("House CERT", "coordinator", is_house=True)
    row = finding("Escape", reporter="Deep Lab", at=timezone.now())
    prove(row, at=timezone.now())
    made = actions.open_case(row, by=LOCAL, now=timezone.now())
    messages.write(made, SECRET, by=LOCAL, now=timezone.now())
    return made


def url(case: Case, rest: str = "") -> str:
    return f"/cases/{case.public_id}{rest}"


def bring(case: Case, name: str, part: Part, tier: Tier | None = None) -> Participant:
    found = party(name, "vendor")
    return participants.bring_in(case, found, part, tier=tier, by=LOCAL, now=timezone.now())


def embargoed(case: Case, days: int = 20) -> None:
    now = timezone.now()
    actions.observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=now)
    embargoes.propose(case, until=now + timedelta(days=days), by=LOCAL, now=now)
    embargoes.accept(case, by=LOCAL, now=now)


def test_a_coordinator_sees_everything_and_what_comes_next(visit, case):
    text = visit("coordinator").get(url(case))
    for words in ("Escape", SECRET, "Accept or defer the report", "Deep Lab", "Clocks", "E3"):
        assert words in text
    assert "You coordinate here" in text


def test_a_stranger_gets_the_page_of_a_case_that_does_not_exist(visit, case):
    vendor = visit("vendor")
    hidden, absent = vendor.get(url(case), 404), vendor.get("/cases/C-2026-999999", 404)
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", hidden).replace(case.public_id, "C-2026-999999") == token.sub("", absent)


def test_nobody_in_particular_signs_in_first(visit, case):
    assert visit("nobody").client.get(url(case)).status_code == 303


def test_the_first_finder_reads_the_summary_and_not_the_detail(visit, case):
    text = visit("finder").get(url(case))
    assert "Escape" in text and SECRET not in text
    assert "You take part as finder and read T1: the summary." in text
    assert "they are shown from T2" in text


def test_a_later_finder_learns_that_it_is_known_and_handled(visit, case):
    bring(case, "Pallets", Part.FINDER, Tier.T0)
    text = visit("vendor").get(url(case))
    assert "is known since" in text and "You found it too" in text
    assert "Escape" not in text and "Deep Lab" not in text


def test_a_party_that_has_not_consented_reads_nothing_more_until_it_does(visit, case):
    bring(case, "Pallets", Part.VENDOR)
    embargoed(case)
    vendor = visit("vendor")
    before = vendor.get(url(case))
    assert "has not consented" in before and "Escape" not in before and SECRET not in before
    vendor.post(url(case, "/consent"))
    after = vendor.get(url(case))
    assert "Escape" in after and SECRET in after


def test_a_message_is_written_with_a_file_and_read_by_those_it_is_for(visit, case):
    bring(case, "Pallets", Part.VENDOR)
    vendor, finder = visit("vendor"), visit("finder")
    file = SimpleUploadedFile("../../evil.html", b"<script>alert(1)</script>")
    vendor.post(
        url(case, "/messages"), {"text": "We <b>look</b> into it.", "tier": "T2", "file": file}
    )
    shown = vendor.get(url(case))
    assert "We &lt;b&gt;look&lt;/b&gt; into it." in shown and "evil.html" in shown
    assert "look" not in finder.get(url(case))
    row = Message.objects.get(person=vendor.person).files.get()
    response = vendor.client.get(url(case, f"/files/{row.public_id}"))
    assert response.content == b"<script>alert(1)</script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="evil.html"'
    finder.get(url(case, f"/files/{row.public_id}"), 404)


def test_a_message_that_cannot_be_sent_is_not_lost(visit, case):
    bring(case, "Pallets", Part.VENDOR)
    vendor = visit("vendor")
    response = vendor.post(
        url(case, "/messages"), {"text": "Long words.", "tier": "T2", "tlp": "TLP:CLEAR"}, 422
    )
    text = response.content.decode()
    assert "Long words." in text and "cannot be TLP:CLEAR" in text
    assert not Message.objects.filter(person=vendor.person).exists()


@pytest.mark.parametrize(
    ("deed", "data", "told"),
    [
        ("/report", {"step": "accept"}, "The state of the report changed."),
        ("/events", {"event": "V"}, "It was recorded"),
        ("/events", {"event": "?"}, "say what happened"),
        ("/policies", {"policy": "cert-cc"}, "The policy applies"),
        ("/policies/drop", {"policy": "cert-cc"}, "applies no longer"),
        ("/signs", {"sign": "leak"}, "It was recorded"),
        ("/promise", {"at": "2026-12-24T12:00"}, "The promised day is kept"),
        ("/embargo", {"until": "2026-12-24T12:00"}, "no clock runs yet"),
        ("/embargo/answer", {"answer": "accept"}, "nothing is proposed"),
        ("/fixes", {"version": "3.1.5"}, "The fix was added"),
        ("/fixes", {"version": "3.1.5", "tests": "'"}, "No closing quotation"),
        ("/fixes", {}, "either a version or a diff"),
        ("/credits", {"name": "Ann", "role": "analyst", "wish": "named"}, "The credit was kept."),
        ("/wish", {"wish": "named"}, "no credit of yours"),
        ("/handling-ids", {"system": "VINCE", "text": "VU#1"}, "The id was kept."),
        ("/handling-ids", {"system": "VINCE", "text": "1", "url": "ftp://x"}, "https"),
        ("/handovers", {"vendor": "Pallets"}, "It goes to the vendor"),
        ("/handovers", {"vendor": "Nobody"}, "there is no party Nobody"),
        ("/participants", {"party": "Pallets", "part": "vendor"}, "Pallets takes part."),
        ("/participants", {"party": "Pallets", "part": "king"}, "As: "),
        (
            "/read-ins",
            {"whom": "Pallets", "tier": "T2", "days": "30", "reason": "To help."},
            "Pallets is read in.",
        ),
        (
            "/read-ins",
            {"whom": "Pallets", "tier": "T2", "days": "91", "reason": "To help."},
            "Days: ",
        ),
        ("/bars", {"whom": "Pallets", "reason": "A competitor."}, "Pallets is kept out."),
        ("/bars", {"whom": "House CERT", "reason": "So."}, "cannot be barred"),
        ("/marking", {"tlp": "TLP:GREEN"}, "The case is marked TLP:GREEN."),
        ("/marking", {"tlp": "TLP:CLEAR"}, "is for what was published"),
        ("/marking", {"tlp": "TLP:RED"}, "read yourself in by name first"),
        ("/files", {}, "choose a file"),
    ],
)
def test_a_lead_does_it_and_is_told_what_became_of_it(visit, case, deed, data, told):
    party("Pallets", "vendor")
    lead = visit("lead")
    answer = lead.post(url(case, deed), data)
    assert answer["Location"] == url(case)

    assert told in lead.get(url(case)).replace("&#x27;", "'")


@pytest.mark.parametrize(
    "deed", ["/report", "/participants", "/read-ins", "/bars", "/marking", "/handovers", "/embargo"]
)
def test_a_finder_may_not_do_what_coordinators_do(visit, case, deed):
    finder = visit("finder")
    answer = finder.client.post(url(case, deed), {})
    assert answer.status_code in (303, 403)
    if answer.status_code == 303:
        assert "message error" in finder.get(url(case))


def test_the_list_tells_each_visitor_only_what_they_may_know(visit, case):
    assert "Escape" in visit("coordinator").get("/cases")
    assert "No cases yet" in visit("operator").get("/cases")
    bring(case, "Pallets", Part.OTHER)
    text = visit("vendor").get("/cases")
    assert case.public_id in text and "Escape" not in text


def test_words_find_only_what_one_reads(visit, case):
    bring(case, "Pallets", Part.OTHER)
    vendor = visit("vendor")
    assert "No case fits" in vendor.get("/cases?q=Escape")
    assert case.public_id in vendor.get(f"/cases?q={case.public_id}")
    coordinator = visit("coordinator")
    assert "Escape" in coordinator.get("/cases?q=escape&report=valid&sort=oldest")
    assert "No case fits" in coordinator.get("/cases?q=escape&sort=ends&after=x")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(visit, case, count, django_assert_num_queries):
    for number in range(count):
        row = finding(f"More {number}", reporter="Deep Lab", at=timezone.now())
        prove(row, digest=f"{number}" * 64, at=timezone.now())
        actions.open_case(row, by=LOCAL, now=timezone.now())
    someone = visit("coordinator")
    with django_assert_num_queries(LIST_QUERIES):
        someone.get("/cases")


@pytest.mark.parametrize("count", [1, 3])
def test_a_room_takes_a_fixed_number_of_queries(visit, case, count, django_assert_num_queries):
    for number in range(count):
        bring(case, f"Vendor {number}", Part.VENDOR)
        messages.write(case, f"Words {number}", by=LOCAL, now=timezone.now())
    someone = visit("lead")
    with django_assert_num_queries(ROOM_QUERIES):
        someone.get(url(case))


def test_the_whole_timeline_has_its_own_page(visit, case):
    text = visit("coordinator").get(url(case, "/timeline"))
    assert "The case was opened." in text and "A message was written." in text
    assert visitor_of("vendor").get(url(case, "/timeline"), 404)


LIST_QUERIES = 9
ROOM_QUERIES = 49


def test_who_may_not_know_of_the_earlier_case_is_not_told_which_it_is(visit, case):
    later_finding = finding("Escape again", reporter="Other Lab", at=timezone.now())
    prove(later_finding, digest="b" * 64, at=timezone.now())
    later = actions.open_case(later_finding, by=LOCAL, now=timezone.now())
    bring(later, "Pallets", Part.VENDOR)
    Case.objects.filter(pk=later.pk).update(merged_into=case)
    vendor = visit("vendor")
    text = vendor.get(url(later))
    assert "merged into an earlier one" in text
    assert case.public_id not in text
    assert case.public_id in visit("coordinator").get(url(later))
