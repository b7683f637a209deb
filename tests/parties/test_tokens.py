"""API tokens: shown once, hashed, scoped, expiring; and parties by name."""

from datetime import UTC, datetime, timedelta

import pytest

from seawall.ledger.models import Event
from seawall.parties import access, actions
from seawall.parties.access import NotPermitted
from seawall.parties.models import ApiToken, Party, Scope
from seawall.vocab.actors import LOCAL, Actor, ActorKind
from seawall.vocab.errors import BadInput

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> actions.IssuedToken:
    return actions.issue_token(label="scanner", scopes=[Scope.SUBMIT], life=DAY, by=LOCAL, now=NOON)


def test_a_token_names_its_holder_and_what_it_may(token):
    assert access.holder_of(token.text, now=NOON) == Actor(
        kind=ActorKind.TOKEN, id=token.key, name="scanner", scopes=frozenset({"submit"})
    )


def test_the_secret_is_stored_nowhere(token):
    secret = token.text.split("_", 2)[2]
    row = ApiToken.objects.values().get()
    assert secret not in str(row)
    assert secret not in "".join(Event.objects.values_list("entry", flat=True))
    assert secret not in repr(token)


def test_a_token_ends_when_it_expires(token):
    assert access.holder_of(token.text, now=NOON + DAY - timedelta(microseconds=1)) is not None
    assert access.holder_of(token.text, now=NOON + DAY) is None


def test_a_revoked_token_ends_at_once_and_revoking_twice_records_once(token):
    actions.revoke_token(token.key, by=LOCAL, now=NOON)
    actions.revoke_token(token.key, by=LOCAL, now=NOON)
    assert access.holder_of(token.text, now=NOON) is None
    assert list(Event.objects.values_list("what", flat=True)) == ["token.issued", "token.revoked"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text.replace("swl_", "xyz_"),
        lambda text: text.rsplit("_", 1)[0],
        lambda text: "swl__",
        lambda text: text.upper(),
    ],
)
def test_anything_but_the_token_is_nobody(token, change):
    assert access.holder_of(change(token.text), now=NOON) is None


def test_one_tokens_secret_does_not_open_another(token):
    other = actions.issue_token(label="", scopes=[Scope.READ], life=DAY, by=LOCAL, now=NOON)
    mixed = f"swl_{other.key}_{token.text.split('_', 2)[2]}"
    assert access.holder_of(mixed, now=NOON) is None


@pytest.mark.parametrize("life", [timedelta(0), -DAY, timedelta(days=367)])
def test_a_token_lives_for_a_while_and_not_for_ever(life):
    with pytest.raises(BadInput, match="a token lives between"):
        actions.issue_token(label="", scopes=[Scope.READ], life=life, by=LOCAL, now=NOON)


def test_a_token_without_scope_is_refused():
    with pytest.raises(BadInput, match="at least one scope"):
        actions.issue_token(label="", scopes=[], life=DAY, by=LOCAL, now=NOON)


def test_a_token_does_only_what_its_scopes_say(token):
    holder = access.holder_of(token.text, now=NOON)
    access.require(holder, Scope.SUBMIT)
    with pytest.raises(NotPermitted, match='lacks the scope "read"'):
        access.require(holder, Scope.READ)
    access.require(LOCAL, Scope.COORDINATE)


def test_an_unknown_token_cannot_be_revoked():
    with pytest.raises(actions.NoSuchToken):
        actions.revoke_token("unknown", by=LOCAL, now=NOON)


def test_a_party_is_found_by_name_whatever_its_letter_case_and_gains_roles():
    first = actions.named_party("Ann Lab", role=Party.Role.REPORTER, by=LOCAL, now=NOON)
    second = actions.named_party(" ann lab ", role=Party.Role.VENDOR, by=LOCAL, now=NOON)
    assert first.pk == second.pk
    assert second.roles == ["reporter", "vendor"]
    assert list(Event.objects.values_list("what", flat=True)) == [
        "party.added",
        "party.role_added",
    ]


def test_a_party_without_a_name_is_refused():
    with pytest.raises(BadInput, match="needs a name"):
        actions.named_party("  ", role=Party.Role.REPORTER, by=LOCAL, now=NOON)


def test_of_a_mailbox_the_name_is_the_party():
    made = actions.named_party(
        "Ann Lab <cvd@ann.example>", role=Party.Role.REPORTER, by=LOCAL, now=NOON
    )
    assert made.name == "Ann Lab"
    again = actions.named_party("ann lab", role=Party.Role.REPORTER, by=LOCAL, now=NOON)
    assert again == made
    strange = actions.named_party("<x@y.example>", role=Party.Role.REPORTER, by=LOCAL, now=NOON)
    assert strange.name == "<x@y.example>"
