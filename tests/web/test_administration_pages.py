"""Administration: the installation's administrator manages all, a party's only that party."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from seawall.parties import invitations
from seawall.parties.actions import issue_token
from seawall.parties.models import Invitation, Membership, Party, Person, Scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from web.people import Visitor, member, party, visitor
from web.told import told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cheap_hashes(home, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada(visit) -> Visitor:
    return visit("admin")


@pytest.fixture
def vendor() -> Party:
    return party("Pallets", "vendor")


@pytest.fixture
def boss(vendor) -> Visitor:
    return visitor(member(vendor, "Boss", MemberRole.LEAD, is_admin=True))


@pytest.fixture
def cid(vendor) -> Person:
    return member(vendor, "Cid")


def own(person: Person) -> Membership:
    return Membership.objects.get(person=person, ended_at=None)


HOUSE_PAGES = [
    "/admin/parties/new",
    "/admin/people",
    "/admin/tokens",
    "/admin/sessions",
    "/admin/installation",
    "/welcome",
]


@pytest.mark.parametrize("page", ["/admin", *HOUSE_PAGES])
def test_the_installations_administrator_sees_all_pages(ada, page):
    ada.get(page)


@pytest.mark.parametrize("page", HOUSE_PAGES)
def test_a_partys_administrator_does_not_administer_the_installation(ada, boss, page):
    boss.get(page, status=403)


@pytest.mark.parametrize("kind", ["lead", "coordinator", "viewer", "finder"])
@pytest.mark.parametrize("page", ["/admin", *HOUSE_PAGES])
def test_others_administer_nothing(visit, kind, page):
    visit(kind).get(page, status=403)


@pytest.mark.parametrize("page", ["/admin", *HOUSE_PAGES])
def test_nobody_in_particular_is_led_to_sign_in(visit, page):
    visit("nobody").get(page, status=303)


def test_a_partys_administrator_goes_straight_to_their_party(boss, vendor):
    assert boss.client.get("/admin")["Location"] == f"/admin/parties/{vendor.public_id}"
    text = boss.get(f"/admin/parties/{vendor.public_id}")
    assert "Boss" in text
    assert "Deactivate" not in text


def test_a_party_that_one_does_not_manage_is_like_none(ada, boss):
    house = Party.objects.get(is_house=True).public_id
    there = boss.client.get(f"/admin/parties/{house}")
    absent = boss.client.get("/admin/parties/P-999999")
    assert (there.status_code, absent.status_code) == (404, 404)
    assert told(there).replace(house, "P-999999") == told(absent)
    person = boss.client.get(f"/admin/people/{ada.person.public_id}")
    nobody = boss.client.get("/admin/people/U-999999")
    text = told(person).replace(ada.person.public_id, "U-999999")
    assert (person.status_code, text) == (404, told(nobody))


def test_a_party_is_added_changed_deactivated_and_activated(ada):
    ada.post("/admin/parties/new", {"name": "Acme", "roles": ["vendor"]})
    made = Party.objects.get(name="Acme")
    place = f"/admin/parties/{made.public_id}"
    ada.post("/admin/parties/new", {"name": "ACME"}, status=422)
    ada.post(f"{place}/change", {"name": "Acme Inc", "roles": ["vendor", "deployer"]})
    ada.post(f"{place}/active", {"confirm": "deactivate"})
    made.refresh_from_db()
    assert (made.name, made.roles, made.is_active) == ("Acme Inc", ["deployer", "vendor"], False)
    ada.post(f"{place}/active", {"confirm": "activate"})
    made.refresh_from_db()
    assert made.is_active


def test_the_house_stays_active(ada):
    house = Party.objects.get(is_house=True)
    ada.post(f"/admin/parties/{house.public_id}/active", {"confirm": "deactivate"})
    assert "The house cannot be deactivated" in ada.get(f"/admin/parties/{house.public_id}")


def test_a_partys_administrator_invites_into_that_party_alone(ada, boss, vendor):
    form = {"email": "new@example.org", "role": "member"}
    made = boss.client.post(f"/admin/parties/{vendor.public_id}/invite", form)
    link = re.search(r'data-copy="http://testserver(/join/[^"]+)"', made.content.decode())[1]
    assert visitor().get(link)
    assert made["Cache-Control"] == "no-store"
    assert link not in boss.get(f"/admin/parties/{vendor.public_id}")
    house = Party.objects.get(is_house=True)
    boss.post(f"/admin/parties/{house.public_id}/invite", form, status=404)
    assert Invitation.objects.count() == 1


def test_an_invitation_is_withdrawn(ada, boss, vendor):
    made = invitations.invite(
        email="new@example.org",
        party=vendor,
        role=MemberRole.MEMBER,
        is_admin=False,
        by=LOCAL,
        now=timezone.now(),
    )
    visitor(member(party("Other"), "Otto", is_admin=True)).post(
        f"/admin/invitations/{made.id}/revoke", status=404
    )
    boss.post(f"/admin/invitations/{made.id}/revoke")
    visitor().get(f"/join/{made.secret}", status=410)


def test_members_change_and_end_by_their_administrator(boss, cid):
    boss.post(f"/admin/members/{own(cid).pk}", {"role": "lead", "is_admin": "on"})
    assert (own(cid).role, own(cid).is_admin) == ("lead", True)
    boss.post(f"/admin/members/{own(cid).pk}/end")
    assert not Membership.objects.filter(person=cid, ended_at=None).exists()


def test_members_of_other_parties_are_out_of_reach(ada, boss):
    theirs = own(ada.person)
    boss.post(f"/admin/members/{theirs.pk}", {"role": "viewer"}, status=404)
    boss.post(f"/admin/members/{theirs.pk}/end", status=404)
    assert own(ada.person) == theirs


def test_one_does_not_promote_oneself_through_an_own_membership_elsewhere(boss):
    """Boss is a mere viewer of the house: their own membership there is not theirs to change."""
    house = party("House CERT", "coordinator", is_house=True)
    Membership.objects.create(person=boss.person, party=house, role="viewer", since=timezone.now())
    there = Membership.objects.get(person=boss.person, party=house)
    boss.post(f"/admin/members/{there.pk}", {"role": "lead", "is_admin": "on"}, status=404)
    there.refresh_from_db()
    assert (there.role, there.is_admin) == ("viewer", False)


def test_the_last_administrator_is_told_why_they_stay(ada, boss):
    for who in (ada, boss):
        member_id = own(who.person).pk
        who.post(f"/admin/members/{member_id}/end")
        where = own(who.person).party.public_id
        assert "make another one first" in who.get(f"/admin/parties/{where}")


def test_a_person_is_deactivated_and_their_sessions_end(ada, boss):
    place = f"/admin/people/{boss.person.public_id}"
    boss.get("/account")
    ada.post(f"{place}/end-sessions")
    boss.get("/account", status=303)
    ada.post(f"{place}/active", {"confirm": "deactivate"})
    assert not Person.objects.get(pk=boss.person.pk).is_active
    assert "deactivated" in ada.get(place)
    ada.post(f"/admin/people/{ada.person.public_id}/active", {"confirm": "deactivate"})
    assert Person.objects.get(pk=ada.person.pk).is_active


def test_a_partys_administrator_makes_a_link_for_a_colleague_but_deactivates_nobody(boss, cid):
    place = f"/admin/people/{cid.public_id}"
    made = boss.client.post(f"{place}/reset")
    assert re.search(r"/reset/[A-Za-z0-9_-]{20,}", made.content.decode())
    boss.post(f"{place}/active", {"confirm": "deactivate"}, status=403)
    boss.post(f"{place}/end-sessions", status=403)
    assert Person.objects.get(pk=cid.pk).is_active


def test_no_link_is_made_for_a_colleague_who_is_in_another_party_too(ada, boss, cid):
    house = Party.objects.get(is_house=True)
    Membership.objects.create(person=cid, party=house, role="member", since=timezone.now())
    place = f"/admin/people/{cid.public_id}"
    assert "an administrator of the installation helps" in boss.get(place)
    boss.post(f"{place}/reset", status=403)


def test_tokens_of_the_installation_are_made_on_its_machine_and_ended_here(ada, client):
    now, life = timezone.now(), timedelta(days=30)
    made = issue_token(label="importer", scopes=[Scope.READ], life=life, by=LOCAL, now=now)
    headers = {"Authorization": f"Bearer {made.text}"}
    assert client.get("/api/v1/cases", headers=headers).status_code == 200
    page = ada.get("/admin/tokens")
    assert "importer" in page and "seawall token issue" in page
    ada.post(f"/admin/tokens/{made.key}/end")
    assert client.get("/api/v1/cases", headers=headers).status_code == 401


def test_the_lists_narrow(ada, vendor, cid):
    assert "Pallets" in ada.get("/admin?q=pall")
    assert "Pallets" not in ada.get("/admin?q=nothing")
    assert "Cid" in ada.get("/admin/people?q=cid&active=yes")
    assert "Cid" not in ada.get("/admin/people?active=no")


@pytest.mark.parametrize("page", ["/admin", "/admin/people", "/admin/sessions", "/admin/tokens"])
def test_lists_cost_as_many_queries_for_one_as_for_three(ada, count_queries, page):
    def more(number: int) -> None:
        who = member(party(f"Party {number}", "vendor"), f"Person{number}")
        visitor(who)

    more(1)
    ada.get(page)
    once = count_queries(lambda: ada.get(page))
    more(2)
    more(3)
    assert count_queries(lambda: ada.get(page)) == once


def test_a_party_page_costs_as_many_queries_for_one_as_for_three(ada, vendor, count_queries):
    member(vendor, "One")
    place = f"/admin/parties/{vendor.public_id}"
    ada.get(place)
    once = count_queries(lambda: ada.get(place))
    member(vendor, "Two")
    member(vendor, "Three")
    assert count_queries(lambda: ada.get(place)) == once
