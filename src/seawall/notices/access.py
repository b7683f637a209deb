"""Whose channels and notices an actor may see and manage; doors obtain them only here."""

from django.db.models import QuerySet

from seawall.core.public_ids import short_number
from seawall.notices.models import Channel, Notice
from seawall.parties.access import NotFound, NotPermitted, require
from seawall.parties.models import Party, Person, Scope
from seawall.vocab.actors import Actor


def webhooks(by: Actor) -> QuerySet[Channel]:
    """The webhooks that `by` manages, newest first; the secrets are not among what is shown."""
    require(by, Scope.READ)
    rows = Channel.objects.filter(kind=Channel.Kind.WEBHOOK, ended_at=None)
    rows = rows.select_related("party").order_by("-pk")
    return rows if by.is_installation else rows.filter(party__in=_managed(by))


def webhook(by: Actor, public_id: str) -> Channel:
    """One webhook by `CH-1`; raises NotFound."""
    rows, number = webhooks(by), short_number("CH", public_id)
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no webhook {public_id}.")
    return found


def party_for(by: Actor, public_id: str) -> Party:
    """The party whose channels `by` manages: the one named `P-1`, or "" for the only one.

    Raises NotFound when it is absent or not managed by `by`, NotPermitted when `by` manages none.
    """
    rows = Party.objects.filter(is_active=True)
    if not by.is_installation:
        rows = rows.filter(pk__in=_managed(by))
        if not _managed(by):
            raise NotPermitted("It takes an administrator of a party.")
    if public_id:
        number = short_number("P", public_id)
        found = rows.filter(pk=number).first()
    elif by.is_installation:
        found = rows.filter(is_house=True).first()
    else:
        found = rows.first() if rows.count() == 1 else None
    if found is None:
        raise NotFound(f"There is no party {public_id}." if public_id else "Say which party.")
    return found


def notices(by: Actor) -> QuerySet[Notice]:
    """What `by`, a person, was or will be told by mail, newest first. An id of a case among it
    is to be shown only if `cases.access` gives that case."""
    if by.person is None:
        return Notice.objects.none()
    return Notice.objects.filter(channel__person=by.person).order_by("-pk")


def mail_of(person: Person) -> Channel | None:
    """The mail of a person; None before anything was told or chosen."""
    return Channel.objects.filter(person=person).first()


def mail_problem(by: Actor) -> str:
    """Why mail to `by` is no longer sent; "" when it is."""
    row = Channel.objects.filter(person=by.person, kind=Channel.Kind.MAIL).first()
    return row.problem if row is not None and row.failed_at is not None else ""


def managed_parties(by: Actor) -> list[Party]:
    """The parties whose channels `by` manages, by name."""
    rows = Party.objects.filter(is_active=True)
    return list(rows if by.is_installation else rows.filter(pk__in=_managed(by)))


def _managed(by: Actor) -> list[int]:
    return [seat.party for seat in by.seats if seat.is_admin]
