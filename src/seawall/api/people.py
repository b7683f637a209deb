"""/me: whose token this is and for which parties it acts."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from seawall.api.auth import reader
from seawall.parties.access import own_parties

router = Router(tags=["me"])


class SeatOut(Schema):
    """One party for which the token acts, and as what."""

    party: str
    name: str
    roles: list[str] = Field(description="What the party is: finder, vendor, deployer, …")
    role: str = Field(description="viewer, member or lead")
    admin: bool
    house: bool = Field(description="Whether the party runs this installation.")


class MeOut(Schema):
    """`person` is empty for a token of the installation itself, which then has no seats."""

    token: str
    label: str
    scopes: list[str]
    person: str
    seats: list[SeatOut]


@router.get("", response=MeOut)
def me(request: HttpRequest) -> Any:
    """Whose token this is, what it may do, and for which parties it acts at this moment."""
    by = reader(request)
    names = {party.pk: party for party in own_parties(by)}
    return {
        "token": by.id,
        "label": by.name,
        "scopes": sorted(by.scopes),
        "person": f"U-{by.person}" if by.person is not None else "",
        "seats": [
            {
                "party": names[seat.party].public_id,
                "name": names[seat.party].name,
                "roles": sorted(seat.party_roles),
                "role": str(seat.role),
                "admin": seat.is_admin,
                "house": seat.is_house,
            }
            for seat in by.seats
        ],
    }
