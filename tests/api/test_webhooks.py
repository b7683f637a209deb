"""Webhooks over the API: each party's own, their secrets seen once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.doors import Door, answer
from notices.world import member, party
from seawall.parties.actions import issue_token
from seawall.parties.models import Membership, Party, Scope
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db
HOOK = {"url": "https://hooks.example/in", "events": ["case.opened"]}


def door_of(of: Party, name: str, *, is_admin: bool) -> Door:
    person = member(of, name, is_admin=is_admin)
    made = issue_token(
        label="",
        scopes=[Scope.READ, Scope.COORDINATE],
        life=timedelta(days=1),
        membership=Membership.objects.get(person=person),
        by=LOCAL,
        now=timezone.now(),
    )
    return Door(made.text)


@pytest.fixture
def acme(home) -> Door:
    return door_of(party("Acme"), "Ann", is_admin=True)


def test_the_secret_is_seen_once(acme):
    response = acme.call("post", "/webhooks", HOOK)
    made = answer(response, 201)
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["events"], made["works"]) == (HOOK["url"], HOOK["events"], True)
    shown = acme.client.get(response["Location"]).json()
    listed = acme.get("/webhooks")["items"]
    assert shown["deliveries"] == []
    assert made["secret"] not in str(shown) + str(listed)
    assert [each["id"] for each in listed] == [made["id"]]


def test_a_new_secret_is_another(acme):
    made = acme.post("/webhooks", HOOK, status=201)
    rotated = acme.post(f"/webhooks/{made['id']}/rotate")
    assert rotated["secret"].startswith("whsec_") and rotated["secret"] != made["secret"]


def test_a_removed_webhook_is_absent(acme):
    id = acme.post("/webhooks", HOOK, status=201)["id"]
    assert acme.post(f"/webhooks/{id}/remove")["works"] is False
    acme.get(f"/webhooks/{id}", status=404)


def test_another_party_s_webhook_is_as_absent_as_one_that_never_was(acme):
    made = acme.post("/webhooks", HOOK, status=201)
    other = door_of(party("Other"), "Otto", is_admin=True)
    hidden, absent = made["id"], "CH-999999"
    for way, path in [("get", ""), ("post", "/rotate"), ("post", "/test"), ("post", "/remove")]:
        one = other.call(way, f"/webhooks/{hidden}{path}")
        none = other.call(way, f"/webhooks/{absent}{path}")
        assert one.status_code == none.status_code == 404
        assert one.content.replace(hidden.encode(), b"X") == none.content.replace(
            absent.encode(), b"X"
        )
    assert other.get("/webhooks")["items"] == []
    theirs = HOOK | {"party": made["party"]}
    other.post("/webhooks", theirs, status=404)


def test_members_who_are_no_administrators_have_none(acme):
    made = acme.post("/webhooks", HOOK, status=201)
    bob = door_of(Party.objects.get(), "Bob", is_admin=False)
    assert bob.get("/webhooks")["items"] == []
    bob.get(f"/webhooks/{made['id']}", status=404)
    bob.post("/webhooks", HOOK, status=403)


@pytest.mark.parametrize(
    "url", ["http://a.example/", "https://10.0.0.1/", "https://[::1]/", "https://u@a.example/"]
)
def test_only_public_https_addresses_are_taken(acme, url):
    refused = acme.post("/webhooks", {"url": url}, status=422)
    assert refused["where"] == "url"


def test_an_unknown_event_is_refused_with_the_known_ones(acme):
    refused = acme.post("/webhooks", HOOK | {"events": ["x"]}, status=422)
    assert "case.opened" in refused["mend"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_a_fixed_number_of_queries(acme, count, django_assert_num_queries):
    for _ in range(count):
        acme.post("/webhooks", HOOK, status=201)
    with django_assert_num_queries(2):
        assert len(acme.get("/webhooks")["items"]) == count
