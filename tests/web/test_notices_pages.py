"""One's notices, how one is told, and the webhooks of one's party, as pages."""

import re

import pytest
from django.utils import timezone

from notices.world import joined, work, world
from seawall.cases.actions import observe
from seawall.cases.models import Participant
from seawall.core.cvd import CvdEvent
from seawall.core.notice_events import EVENTS
from seawall.notices.models import Channel, Notice, Secret
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from seawall.web.notices_words import HAPPENED
from web.people import member, party, visitor

pytestmark = pytest.mark.django_db
HOOK = {"url": "https://hooks.example/in"}


@pytest.fixture
def told(home, db):
    """A vendor who was told of a case, and the case."""
    w = world()
    vera = visitor(member(party("Pallets", "vendor"), "Vera"))
    joined(w.case, Party.objects.get(name="Pallets"))
    now = timezone.now()
    observe(w.case, CvdEvent.ATTACKS_OBSERVED, by=LOCAL, now=now)
    work(now)
    return vera, w.case


def test_every_event_has_words_on_the_pages():
    assert sorted(HAPPENED) == sorted(EVENTS)


def test_what_one_was_told_stands_there(told):
    vera, case = told
    text = vera.get("/notices")
    assert "Something was observed" in text and f"/cases/{case.public_id}" in text
    assert "urgent" in text and "new" in text


def test_a_case_that_one_may_no_longer_know_of_is_not_named(told):
    vera, case = told
    Participant.objects.update(left_at=timezone.now())
    text = vera.get("/notices")
    assert case.public_id not in text and "Something you can no longer read." in text


def test_what_was_seen_is_no_longer_new(told):
    vera, _ = told
    (upto,) = re.findall(r'name="upto" value="(\d+)"', vera.get("/notices"))
    vera.post("/notices/seen", {"upto": upto})
    assert Notice.objects.filter(channel__person=vera.person, seen_at=None).count() == 0
    vera.post("/notices/seen", {"upto": "x"})


def test_others_see_their_own_alone(told):
    _, case = told
    text = visitor(member(party("Deep Lab", "finder"), "Fina")).get("/notices")
    assert case.public_id not in text and "Nothing yet" in text
    assert visitor().client.get("/notices").status_code == 303


def test_one_says_how_one_wants_to_be_told(told):
    vera, _ = told
    assert "Send me mail" in vera.get("/notices/settings")
    vera.post("/notices/settings", {"minutes": "1440", "events": ["advisory.published"]})
    channel = Channel.objects.get(person=vera.person)
    assert (channel.is_on, channel.interval_minutes) == (False, 1440)
    assert channel.events == ["advisory.published"]
    shown = vera.get("/notices/settings")
    assert re.search(r'value="1440"\s+selected', shown)
    vera.post("/notices/settings", {"minutes": "1"}, status=422)
    vera.post("/notices/settings", {"minutes": "60", "events": ["x"]}, status=422)


def test_a_mailbox_that_failed_is_shown_and_tried_again_when_saved(told):
    vera, _ = told
    Channel.objects.filter(person=vera.person).update(failed_at=timezone.now(), problem="refused")
    assert "refused" in vera.get("/notices/settings")
    vera.post("/notices/settings", {"minutes": "60", "is_on": "on"})
    assert Channel.objects.get(person=vera.person).works


def test_an_administrator_adds_a_webhook_and_sees_its_secret_once(visit):
    ada = visit("admin")
    party = Party.objects.get(is_house=True).public_id
    made = ada.post("/notices/webhooks", HOOK | {"party": party}, status=200).content.decode()
    secret = re.findall(r"whsec_[A-Za-z0-9+/=]+", made)[0]
    row = Channel.objects.get(kind="webhook")
    page = f"/notices/webhooks/{row.public_id}"
    assert row.public_id in ada.get("/notices/webhooks")
    assert secret not in ada.get(page) + ada.get("/notices/webhooks")
    again = ada.post(f"{page}/rotate", status=200).content.decode()
    assert "whsec_" in again and secret not in again
    ada.post(f"{page}/test")
    assert Notice.objects.filter(channel=row, event="webhook.test").count() == 1
    ada.post(f"{page}/remove")
    ada.get(page, status=404)
    assert Secret.objects.count() == 0


def test_an_address_that_is_not_public_is_refused_in_place(visit):
    ada = visit("admin")
    party = Party.objects.get(is_house=True).public_id
    body = {"url": "https://10.0.0.1/", "party": party}
    refused = ada.post("/notices/webhooks", body, status=422).content.decode()
    assert "the address is private" in refused
    assert Channel.objects.count() == 0


@pytest.mark.parametrize("kind", ["viewer", "vendor", "lead"])
def test_who_administers_no_party_has_no_webhooks(visit, kind):
    visit(kind).get("/notices/webhooks", status=403)


def test_a_list_takes_a_fixed_number_of_queries(told, count_queries):
    vera, case = told
    one = count_queries(lambda: vera.get("/notices"))
    channel = Channel.objects.get(person=vera.person)
    for number in range(5):
        Notice.objects.create(
            channel=channel,
            key=f"x{number}",
            event="case.opened",
            on=f"case:{case.public_id}",
            happened_at=timezone.now(),
            made_at=timezone.now(),
        )
    assert count_queries(lambda: vera.get("/notices")) == one
