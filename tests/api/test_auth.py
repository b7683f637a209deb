"""Who calls, and what an operation takes of them before it asks for any object."""

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from parties import seats
from seawall.api import auth
from seawall.parties.access import NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import Act, MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor

HOUSE, LAB = Party(pk=1, name="House", is_house=True), Party(pk=2, name="Ann Lab")
SCOPES = ("read", "submit", "coordinate")
PROGRAM = {scope: seats.token(scope) for scope in SCOPES}


def of(actor: Any) -> HttpRequest:
    request = RequestFactory().get("/api/v1/cases")
    request.auth = actor  # type: ignore[attr-defined]
    return request


def test_the_caller_is_who_was_found_and_nobody_else():
    assert auth.caller(of(LOCAL)) is LOCAL
    for nobody in (of(None), of("swl_x_y"), of(True), RequestFactory().get("/")):
        with pytest.raises(TypeError, match="without authentication"):
            auth.caller(nobody)


@pytest.mark.parametrize(
    ("ask", "takes"), [(auth.coordinator, "coordinate"), (auth.reader, "read")]
)
def test_each_question_takes_its_scope(ask, takes):
    assert ask(of(PROGRAM[takes])) is PROGRAM[takes]
    for scope, other in PROGRAM.items():
        if scope != takes:
            with pytest.raises(NotPermitted, match=f'lacks the scope "{takes}"'):
                ask(of(other))
    with pytest.raises(NotPermitted, match="Sign in first"):
        ask(of(PUBLIC))


@pytest.mark.parametrize(
    ("act", "takes"),
    [(Act.WRITE, "submit"), (Act.PUBLISH, "coordinate"), (Act.FETCH_PROOF, "read")],
)
def test_an_act_takes_the_scope_that_its_rule_says(act, takes):
    assert auth.acting(of(PROGRAM[takes]), act) is PROGRAM[takes]
    for scope, other in PROGRAM.items():
        if scope != takes:
            with pytest.raises(NotPermitted, match=f'lacks the scope "{takes}"'):
                auth.acting(of(other), act)


def member(of: Party, role: MemberRole, *scopes: str) -> Actor:
    return seats.token(*scopes, seats=(seats.seat(of, role),))


def test_who_works_for_the_installation_is_of_the_house_and_more_than_a_viewer():
    cora = member(HOUSE, MemberRole.MEMBER, "coordinate")
    for by in (cora, LOCAL, PROGRAM["coordinate"]):
        assert auth.house_member(of(by)) is by
    for by in (
        member(HOUSE, MemberRole.VIEWER, "coordinate"),
        member(LAB, MemberRole.LEAD, "coordinate"),
        member(HOUSE, MemberRole.MEMBER, "read", "submit"),
        PROGRAM["read"],
        PUBLIC,
    ):
        with pytest.raises(NotPermitted):
            auth.house_member(of(by))
