"""A party is never left without somebody who can manage it."""

import pytest

from seawall.core.people import may_hold, may_lose_admin
from seawall.vocab.access import MemberRole
from seawall.vocab.decisions import Allowed, Refused


@pytest.mark.parametrize("is_house", [True, False])
@pytest.mark.parametrize("is_oneself", [True, False])
def test_one_of_several_administrators_may_go(is_house, is_oneself):
    decision = may_lose_admin(other_admins=1, is_house=is_house, is_oneself=is_oneself)
    assert decision == Allowed()


@pytest.mark.parametrize("is_oneself", [True, False])
def test_the_last_administrator_of_the_installation_stays(is_oneself):
    assert may_lose_admin(other_admins=0, is_house=True, is_oneself=is_oneself) == Refused(
        "this is the last administrator of the installation; make another one first"
    )


def test_the_last_administrator_of_a_party_does_not_remove_themselves():
    assert may_lose_admin(other_admins=0, is_house=False, is_oneself=True) == Refused(
        "you are the last administrator of the party; make another one first"
    )
    assert may_lose_admin(other_admins=0, is_house=False, is_oneself=False) == Allowed()


def test_a_viewers_token_reads_only():
    assert may_hold(["read"], MemberRole.VIEWER) == Allowed()
    assert may_hold(["submit", "read"], MemberRole.VIEWER) == Refused(
        "a viewer cannot own a token for: submit"
    )
    assert may_hold(["read", "submit", "coordinate"], MemberRole.MEMBER) == Allowed()
