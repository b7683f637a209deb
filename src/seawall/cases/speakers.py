"""For which party somebody acts in a case, and parties and people as doors name them."""

from seawall.cases.models import Case
from seawall.core.access import CaseFacts, seats_for
from seawall.core.public_ids import short_number
from seawall.parties.access import own_parties
from seawall.parties.models import Membership, Party, Person
from seawall.vocab.access import Act
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput


def house() -> Party | None:
    """The party that runs this installation; None before it was named."""
    return Party.objects.filter(is_house=True).first()


def speaks_for(act: Act, by: Actor, facts: CaseFacts, *, wanted: int | None = None) -> Party | None:
    """The party for which `by` does `act`: `wanted` if it may, else the first that takes part,
    else the house. The installation acts for the house. None when there is none. Raises
    BadInput for a party that `by` does not act for."""
    if by.is_installation:
        return house()
    seats = seats_for(act, by, facts)
    if wanted is not None:
        seats = tuple(seat for seat in seats if seat.party == wanted)
        if not seats:
            raise BadInput("you do not act for that party here", where="party")
    taking_part = {each.party for each in facts.participants}
    ranked = sorted(seats, key=lambda seat: (seat.party not in taking_part, seat.is_house))
    return Party.objects.get(pk=ranked[0].party) if ranked else None


def parties_of(act: Act, by: Actor, facts: CaseFacts) -> frozenset[int]:
    """The parties for which `by` may do `act` in the case."""
    return frozenset(seat.party for seat in seats_for(act, by, facts))


def own_party_named(by: Actor, text: str) -> int | None:
    """One's own party by id or name, None for ""; raises BadInput, the same for a party that is
    somebody else's and for one that is not there."""
    if not text or by.is_installation:
        return None
    wanted = text.strip().lower()
    for party in own_parties(by):
        if wanted in (party.public_id.lower(), party.name.lower()):
            return party.pk
    raise BadInput("you do not act for that party here", where="party")


def party_named(text: str) -> Party:
    """An active party by `P-3` or by its name, letter case aside; raises BadInput."""
    number = short_number("P", text)
    rows = Party.objects.filter(is_active=True)
    found = rows.filter(pk=number).first() if number else None
    found = found or rows.filter(name__iexact=text.strip()).first()
    if found is None:
        raise BadInput(f"there is no party {text}", where="party", mend="say its name or P-number")
    return found


def person_named(text: str) -> Person:
    """An active person of some party by `U-3` or e-mail address; raises BadInput."""
    number = short_number("U", text)
    rows = Person.objects.filter(is_active=True)
    found = rows.filter(pk=number).first() if number else None
    found = found or rows.filter(email=text.strip().lower()).first()
    if found is None or not Membership.objects.filter(person=found, ended_at=None).exists():
        raise BadInput(
            f"there is no person {text}", where="person", mend="say the e-mail address or U-number"
        )
    return found


def locked(case: Case) -> Case:
    """The case as it is now, held until the transaction ends."""
    return Case.objects.select_for_update().get(pk=case.pk)
