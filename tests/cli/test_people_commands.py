"""The commands about parties, people, their tokens, and shredding."""

import json

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from cases.casework import finding, prove
from parties.members import lead
from seawall.cases.actions import open_case
from seawall.cases.models import Case
from seawall.cases.participants import bring_in
from seawall.cli.main import root
from seawall.parties import access, approvals
from seawall.parties.access import actor_of
from seawall.parties.models import Approval, ApprovalSignature, Party, Person
from seawall.parties.passwords import reset_person
from seawall.vocab.access import Part
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(home):
    def run(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(root, list(args))
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def acme(run) -> Party:
    run("party", "add", "CERT", "--house", "--role", "coordinator")
    run("party", "add", "Acme", "--role", "vendor")
    return Party.objects.get(name="Acme")


def test_a_person_is_added_with_a_link_for_a_password(run, acme):
    done = run("person", "add", "Bob@x.example", "--name", "Bob", "--party", "acme", "--json")
    told = json.loads(done.stdout)
    secret = told["link"].rpartition("/reset/")[2]
    assert reset_person(secret, now=timezone.now()).email == "bob@x.example"
    (row,) = json.loads(run("person", "list", "--json").stdout)["people"]
    assert row["parties"] == [
        {"id": acme.public_id, "name": "Acme", "role": "member", "admin": False}
    ]


def test_nothing_is_added_when_a_part_is_wrong(run, acme):
    done = run("person", "add", "bob@x.example", "--name", "Bob", "--party", "Nowhere", code=2)
    assert "There is no party Nowhere." in done.stderr
    run("person", "add", "bob", "--name", "Bob", code=2)
    assert Person.objects.count() == 0


def test_people_are_deactivated_and_activated_by_address_or_id(run, acme):
    run("person", "add", "bob@x.example", "--name", "Bob")
    bob = Person.objects.get()
    assert "is deactivated." in run("person", "deactivate", "bob@x.example").stdout
    assert not Person.objects.get().is_active
    assert json.loads(run("person", "activate", bob.public_id, "--json").stdout)["active"]
    assert "nobody here has the address" in run("person", "deactivate", "x@y.z", code=2).stderr
    assert "There is no person U-9999." in run("person", "deactivate", "U-9999", code=2).stderr


def test_a_reset_link_replaces_the_one_before(run, acme):
    first = json.loads(run("person", "add", "bob@x.example", "--name", "Bob", "--json").stdout)[
        "link"
    ]
    second = json.loads(run("person", "reset-link", "bob@x.example", "--json").stdout)["link"]
    assert first != second
    assert reset_person(second.rpartition("/")[2], now=timezone.now()).name == "Bob"


def test_the_last_administrator_of_the_installation_stays(run, acme):
    run("person", "add", "ada@x.example", "--name", "Ada", "--party", "CERT", "--admin")
    done = run("person", "deactivate", "ada@x.example", code=2)
    assert "last administrator of the installation" in done.stderr
    run("party", "member", "end", "CERT", "ada@x.example", code=2)


def test_memberships_are_added_changed_and_ended(run, acme):
    run("person", "add", "bob@x.example", "--name", "Bob")
    args = ("party", "member", "add", "Acme", "bob@x.example", "--role")
    run(*args, "viewer")
    run(*args, "lead", "--admin")
    (seat,) = actor_of(Person.objects.get()).seats
    assert (seat.role, seat.is_admin) == ("lead", True)
    run("party", "member", "end", "Acme", "bob@x.example")
    assert actor_of(Person.objects.get()).seats == ()
    assert "is not in Acme" in run("party", "member", "end", "Acme", "bob@x.example", code=2).stderr


def test_parties_are_listed_and_deactivated(run, acme):
    run("party", "deactivate", "Acme")
    rows = {
        row["name"]: row for row in json.loads(run("party", "list", "--json").stdout)["parties"]
    }
    assert (rows["Acme"]["active"], rows["CERT"]["house"]) == (False, True)
    assert "The house cannot be" in run("party", "deactivate", "CERT", code=2).stderr
    assert "deactivated" in run("party", "list").stdout
    run("party", "activate", acme.public_id)


def test_a_members_token_is_issued_and_listed(run, acme):
    run("person", "add", "bob@x.example", "--name", "Bob", "--party", "Acme")
    member = ("--person", "bob@x.example", "--party", "Acme")
    made = json.loads(run("token", "issue", *member, "--scope", "read", "--json").stdout)
    holder = access.holder_of(made["token"], now=timezone.now())
    assert holder.parties == {acme.pk}
    (row,) = json.loads(run("token", "list", "--json").stdout)["tokens"]
    assert (row["person"], row["party"]) == (Person.objects.get().public_id, acme.public_id)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--person", "bob@x.example"), "belong together"),
        (("--person", "bob@x.example", "--party", "CERT"), "Bob is not in CERT"),
        (
            ("--person", "bob@x.example", "--party", "Acme", "--scope", "submit"),
            "A viewer cannot own a token for: submit.",
        ),
    ],
)
def test_a_token_that_may_not_be_is_refused(run, acme, args, sentence):
    add = ("person", "add", "bob@x.example", "--name", "Bob")
    run(*add, "--party", "Acme", "--role", "viewer")
    assert sentence in run("token", "issue", *args, code=2).stderr


@pytest.fixture
def case(run, acme) -> Case:
    row = finding()
    prove(row)
    return open_case(row, by=LOCAL, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_case_of_the_house_alone_is_shredded_at_once_when_that_is_said(run, case):
    assert "say --yes" in run("case", "shred", case.public_id, code=2).stderr
    run("case", "shred", case.public_id, "--yes")
    assert Case.objects.get().shredded_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_case_of_two_parties_is_shredded_once_they_approved(run, case, acme):
    house = Party.objects.get(is_house=True)
    ann, bob = lead("Ann", house), lead("Bob", acme)
    now = timezone.now()
    bring_in(case, acme, Part.VENDOR, by=LOCAL, now=now)
    told = json.loads(run("case", "shred", case.public_id, "--yes", "--json", code=1).stdout)
    row = Approval.objects.get()
    assert (told["approval"], told["digest"]) == (row.public_id, row.digest)
    assert Case.objects.get().shredded_at is None
    for who, side in ((ann, house), (bob, acme)):
        approvals.sign(
            row,
            party=side.pk,
            digest=row.digest,
            how=ApprovalSignature.How.CONFIRMED,
            evidence={},
            by=actor_of(who),
            now=timezone.now(),
        )
    run("case", "shred", case.public_id, "--yes")
    assert Case.objects.get().shredded_at is not None
