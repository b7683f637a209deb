"""Rules about the people of a party: it is never left without somebody who can manage it."""

from collections.abc import Collection

from seawall.vocab.access import MemberRole
from seawall.vocab.decisions import Allowed, Decision, Refused

_SCOPES = {
    MemberRole.VIEWER: frozenset({"read"}),
    MemberRole.MEMBER: frozenset({"read", "submit", "coordinate"}),
    MemberRole.LEAD: frozenset({"read", "submit", "coordinate"}),
}


def may_lose_admin(*, other_admins: int, is_house: bool, is_oneself: bool) -> Decision:
    """Say whether an administrator may stop being one: by leaving, by a lesser role, or because
    the account is deactivated. `other_admins` counts those of the party who can sign in."""
    if other_admins > 0:
        return Allowed()
    if is_house:
        return Refused("this is the last administrator of the installation; make another one first")
    if is_oneself:
        return Refused("you are the last administrator of the party; make another one first")
    return Allowed()


def may_hold(scopes: Collection[str], role: MemberRole) -> Decision:
    """Say whether a member of that role may own a token of these scopes."""
    beyond = sorted(frozenset(scopes) - _SCOPES[role])
    if beyond:
        return Refused(f"a {role} cannot own a token for: {', '.join(beyond)}")
    return Allowed()
