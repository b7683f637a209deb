"""Parties, people, memberships, invitations and members' tokens."""

import pytest

from parties.members import DAY, GOOD, NOON, actor, lead, member, party, person
from seawall.ledger.models import Event
from seawall.parties import access, actions, invitations, managing, passwords, people
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.invitations import OtherAddress, SignInFirst
from seawall.parties.models import ApiToken, Invitation, Membership, Party, Person, Scope
from seawall.parties.passwords import LinkUnusable
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return party("House", house=True)


@pytest.fixture
def vendor():
    return party("Vendor", Party.Role.VENDOR)


@pytest.fixture
def boss(vendor):
    """The administrator of the vendor."""
    return lead("Boss", vendor, admin=True)


@pytest.fixture
def admin(house):
    """The administrator of the installation."""
    return lead("Ada", house, admin=True)


def test_there_is_one_house(house):
    with pytest.raises(BadInput, match="has its house already"):
        party("Second", house=True)


def test_a_name_is_one_partys_whatever_its_case(vendor):
    with pytest.raises(BadInput, match='there is a party "VENDOR" already'):
        party("VENDOR")


def test_an_address_is_one_persons_and_kept_in_lower_case():
    made = people.add_person(email=" Ann@X.Example", name="Ann", by=LOCAL, now=NOON)
    assert made.email == "ann@x.example"
    assert not made.has_usable_password()
    with pytest.raises(BadInput, match="has an account already"):
        people.add_person(email="ANN@x.example", name="Ann", by=LOCAL, now=NOON)
    with pytest.raises(BadInput, match="is no e-mail address"):
        people.add_person(email="ann", name="Ann", by=LOCAL, now=NOON)


def test_a_partys_administrator_manages_that_party_alone(boss, vendor, admin, house):
    by = actor(boss)
    assert list(managing.parties(by)) == [vendor]
    with pytest.raises(NotFound, match=rf"There is no party {house.public_id}\."):
        managing.party(by, house.public_id)
    with pytest.raises(NotFound, match=r"There is no party P-999999\."):
        managing.party(by, "P-999999")
    with pytest.raises(NotFound):
        managing.person(by, admin.public_id)
    for step in (
        lambda: people.add_party("New", by=by, now=NOON),
        lambda: people.add_person(email="n@x.example", name="N", by=by, now=NOON),
        lambda: people.set_party_active(vendor, False, by=by, now=NOON),
        lambda: people.set_person_active(admin, False, by=by, now=NOON),
        lambda: people.add_member(
            boss, house, role=MemberRole.LEAD, is_admin=True, by=by, now=NOON
        ),
        lambda: people.end_member(admin.memberships.get(), by=by, now=NOON),
        lambda: invitations.invite(
            email="n@x.example", party=house, role=MemberRole.LEAD, is_admin=True, by=by, now=NOON
        ),
        lambda: managing.people(by),
        lambda: managing.tokens(by),
        lambda: managing.sign_ins(by, now=NOON),
    ):
        with pytest.raises(NotPermitted):
            step()
    assert not Person.objects.filter(email="n@x.example").exists()


def test_the_installations_administrator_manages_all(admin, vendor, house, boss):
    by = actor(admin)
    assert set(managing.parties(by)) == {house, vendor}
    assert managing.person(by, boss.public_id) == boss
    people.end_member(boss.memberships.get(), by=by, now=NOON)
    assert managing.members(vendor) == []


def test_a_lead_who_is_no_administrator_manages_nothing(vendor):
    by = actor(lead("Lea", vendor))
    assert list(managing.parties(by)) == []
    with pytest.raises(NotPermitted, match="administrator of the party"):
        invitations.invite(
            email="n@x.example",
            party=vendor,
            role=MemberRole.VIEWER,
            is_admin=False,
            by=by,
            now=NOON,
        )


def test_tokens_manage_nobody(boss, vendor):
    made = actions.issue_token(
        label="",
        scopes=list(Scope),
        life=DAY,
        by=actor(boss),
        now=NOON,
        membership=boss.memberships.get(),
    )
    by = access.holder_of(made.text, now=NOON)
    assert list(managing.parties(by)) == []
    with pytest.raises(NotPermitted, match="Tokens do not manage"):
        invitations.invite(
            email="n@x.example",
            party=vendor,
            role=MemberRole.VIEWER,
            is_admin=False,
            by=by,
            now=NOON,
        )


@pytest.mark.parametrize("by_whom", ["Ada", "local"])
def test_the_last_administrator_of_the_installation_stays(admin, by_whom):
    by = LOCAL if by_whom == "local" else actor(admin)
    own = admin.memberships.get()
    for step in (
        lambda: people.end_member(own, by=by, now=NOON),
        lambda: people.change_member(own, role=MemberRole.LEAD, is_admin=False, by=by, now=NOON),
        lambda: people.set_person_active(admin, False, by=by, now=NOON),
    ):
        with pytest.raises(people.ChangeRefused, match="last administrator of the installation"):
            step()
    assert actor(admin).seats[0].is_admin


def test_a_deactivated_second_administrator_is_none(admin, house):
    second = lead("Second", house, admin=True)
    people.set_person_active(second, False, by=LOCAL, now=NOON)
    with pytest.raises(people.ChangeRefused):
        people.end_member(admin.memberships.get(), by=LOCAL, now=NOON)


def test_a_partys_last_administrator_may_be_removed_by_the_installation_only(boss, admin):
    own = boss.memberships.get()
    with pytest.raises(people.ChangeRefused, match="make another one first"):
        people.end_member(own, by=actor(boss), now=NOON)
    people.end_member(own, by=actor(admin), now=NOON)
    assert actor(boss).seats == ()


def test_everybody_may_leave_a_party(vendor, boss):
    cid = person("Cid")
    own = member(cid, vendor)
    people.end_member(own, by=actor(cid), now=NOON)
    assert actor(cid).seats == ()


def test_nobody_ends_the_membership_of_a_colleague(vendor, boss):
    cid = person("Cid")
    member(cid, vendor, MemberRole.LEAD)
    with pytest.raises(NotPermitted):
        people.end_member(boss.memberships.get(), by=actor(cid), now=NOON)


def test_the_house_is_not_deactivated(house):
    with pytest.raises(people.ChangeRefused, match="The house cannot be deactivated"):
        people.set_party_active(house, False, by=LOCAL, now=NOON)


def test_a_membership_that_ended_may_begin_again(vendor):
    cid = person("Cid")
    people.end_member(member(cid, vendor), by=LOCAL, now=NOON)
    member(cid, vendor, MemberRole.LEAD)
    assert [seat.role for seat in actor(cid).seats] == [MemberRole.LEAD]
    with pytest.raises(BadInput, match="already"):
        member(cid, vendor)


# Invitations


def invite(vendor, boss, **more):
    wanted = {"email": "New@x.example", "role": MemberRole.MEMBER, "is_admin": False} | more
    return invitations.invite(party=vendor, by=actor(boss), now=NOON, **wanted)


def test_an_invitation_makes_one_account_once(vendor, boss):
    made = invite(vendor, boss)
    joined = invitations.join_anew(made.secret, name="New", password=GOOD, now=NOON)
    assert (joined.person.email, joined.role, joined.is_admin) == ("new@x.example", "member", False)
    with pytest.raises(LinkUnusable):
        invitations.join_anew(made.secret, name="Newer", password=GOOD, now=NOON)
    assert Person.objects.filter(name="Newer").count() == 0


def test_an_invitation_ends_after_a_week_when_withdrawn_and_with_the_party(vendor, boss):
    late, withdrawn, of_party = (invite(vendor, boss) for _ in range(3))
    with pytest.raises(LinkUnusable):
        invitations.invitation_of(late.secret, now=NOON + invitations.LIFE)
    assert invitations.revoke(withdrawn.id, by=actor(boss), now=NOON) == vendor.public_id
    with pytest.raises(LinkUnusable):
        invitations.join_anew(withdrawn.secret, name="N", password=GOOD, now=NOON)
    people.set_party_active(vendor, False, by=LOCAL, now=NOON)
    with pytest.raises(LinkUnusable):
        invitations.join_anew(of_party.secret, name="N", password=GOOD, now=NOON)


def test_an_invitation_ends_with_its_makers_right_to_make_it(vendor, boss):
    """Who is about to be removed must not keep a way back in."""
    second = lead("Second", vendor, admin=True)
    mine = invite(vendor, second, email="second@home.example")
    theirs = invite(vendor, second)
    people.change_member(
        second.memberships.get(), role=MemberRole.LEAD, is_admin=False, by=actor(boss), now=NOON
    )
    with pytest.raises(LinkUnusable):
        invitations.join_anew(mine.secret, name="Again", password=GOOD, now=NOON)
    people.change_member(
        second.memberships.get(), role=MemberRole.LEAD, is_admin=True, by=actor(boss), now=NOON
    )
    people.end_member(second.memberships.get(), by=actor(boss), now=NOON)
    with pytest.raises(LinkUnusable):
        invitations.invitation_of(theirs.secret, now=NOON)


def test_an_invitation_ends_with_its_makers_account(vendor, boss, admin):
    made = invite(vendor, boss)
    lead("Second", vendor, admin=True)
    people.set_person_active(boss, False, by=actor(admin), now=NOON)
    with pytest.raises(LinkUnusable):
        invitations.invitation_of(made.secret, now=NOON)


def test_an_invitation_is_for_one_address(vendor, boss):
    made, ann = invite(vendor, boss), person("Ann")
    with pytest.raises(OtherAddress):
        invitations.join(made.secret, ann, now=NOON)
    new = people.add_person(email="new@x.example", name="New", by=LOCAL, now=NOON)
    with pytest.raises(SignInFirst):
        invitations.join_anew(made.secret, name="Impostor", password=GOOD, now=NOON)
    assert not Person.objects.get(pk=new.pk).has_usable_password()
    assert invitations.join(made.secret, new, now=NOON).party == vendor


def test_a_stranger_does_not_withdraw_an_invitation(vendor, boss):
    made = invite(vendor, boss)
    stranger = lead("Stranger", party("Other"), admin=True)
    for id in (made.id, "I-999999", "I-x", "I-" + "9" * 5000, "I-²"):
        with pytest.raises(NotFound, match=rf"There is no invitation {id[:30]}"):
            invitations.revoke(id, by=actor(stranger), now=NOON)


def test_of_an_invitation_only_the_digest_is_kept(vendor, boss):
    made = invite(vendor, boss)
    assert made.secret.encode() not in bytes(Invitation.objects.get().digest)
    told = "".join(Event.objects.values_list("entry", flat=True))
    assert "invitation.made" in told
    assert made.secret not in told
    assert "new@x.example" not in told


def test_too_easy_a_password_makes_no_account(vendor, boss):
    made = invite(vendor, boss)
    with pytest.raises(BadInput):
        invitations.join_anew(made.secret, name="New", password="short", now=NOON)
    assert invitations.invitation_of(made.secret, now=NOON)
    assert not Person.objects.filter(email="new@x.example").exists()


# Tokens of members


def issue(own: Membership, *, by=None, scopes=(Scope.READ,)):
    return actions.issue_token(
        label="t",
        scopes=scopes,
        life=DAY,
        by=by or actor(own.person),
        now=NOON,
        membership=own,
    )


def test_a_members_token_acts_for_the_member_as_they_are_now(vendor):
    own = member(person("Cid"), vendor)
    made = issue(own)
    holder = access.holder_of(made.text, now=NOON)
    assert (holder.person, [seat.role for seat in holder.seats]) == (own.person_id, ["member"])
    Membership.objects.filter(pk=own.pk).update(role="viewer")
    assert [s.role for s in access.holder_of(made.text, now=NOON).seats] == [MemberRole.VIEWER]


def ends_membership(own: Membership) -> None:
    people.end_member(own, by=LOCAL, now=NOON)


def ends_membership_alone(own: Membership) -> None:
    Membership.objects.filter(pk=own.pk).update(ended_at=NOON)


def deactivates_person(own: Membership) -> None:
    people.set_person_active(own.person, False, by=LOCAL, now=NOON)


def deactivates_party(own: Membership) -> None:
    people.set_party_active(own.party, False, by=LOCAL, now=NOON)


@pytest.mark.parametrize(
    "change", [ends_membership, ends_membership_alone, deactivates_person, deactivates_party]
)
def test_a_token_ends_with_its_membership(vendor, change):
    own = member(person("Cid"), vendor)
    made = issue(own)
    assert access.holder_of(made.text, now=NOON) is not None
    change(own)
    assert access.holder_of(made.text, now=NOON) is None


def test_nobody_makes_a_token_for_somebody_else(vendor, boss, admin):
    own = member(person("Cid"), vendor)
    for by in (actor(boss), actor(admin), access.holder_of(issue(own).text, now=NOON)):
        with pytest.raises(actions.TokenRefused, match="by the member whose token it is"):
            issue(own, by=by)


def test_a_viewers_token_only_reads(vendor):
    own = member(person("Vi"), vendor, MemberRole.VIEWER)
    with pytest.raises(actions.TokenRefused, match="A viewer cannot own a token for: submit"):
        issue(own, scopes=[Scope.READ, Scope.SUBMIT])


def test_a_token_of_the_installation_is_made_on_its_machine_alone(boss, admin):
    def make(by):
        return actions.issue_token(label="", scopes=[Scope.READ], life=DAY, by=by, now=NOON)

    for person_ in (boss, admin):
        with pytest.raises(actions.TokenRefused, match="on its machine, by command"):
            make(actor(person_))
    assert access.holder_of(make(LOCAL).text, now=NOON).is_installation


def test_a_token_is_ended_by_its_owner_and_the_administrators_above(vendor, boss, admin):
    cid = person("Cid")
    own = member(cid, vendor)
    stranger = lead("Stranger", party("Other"), admin=True)
    for by in (cid, boss, admin):
        made = issue(own)
        with pytest.raises(actions.NoSuchToken):
            actions.revoke_token(made.key, by=actor(stranger), now=NOON)
        assert access.holder_of(made.text, now=NOON) is not None
        assert actions.revoke_token(made.key, by=actor(by), now=NOON) == vendor.public_id
        assert access.holder_of(made.text, now=NOON) is None


def test_an_installation_token_is_not_ended_by_a_party(boss):
    made = actions.issue_token(label="", scopes=[Scope.READ], life=DAY, by=LOCAL, now=NOON)
    with pytest.raises(actions.NoSuchToken):
        actions.revoke_token(made.key, by=actor(boss), now=NOON)
    assert ApiToken.objects.get().revoked_at is None


def test_a_deactivated_person_gets_no_link(admin, house):
    cid = person("Cid", password=GOOD)
    link = passwords.make_reset_link(cid, by=LOCAL, now=NOON)
    people.set_person_active(cid, False, by=actor(admin), now=NOON)
    with pytest.raises(LinkUnusable):
        passwords.reset_person(link.secret, now=NOON)
