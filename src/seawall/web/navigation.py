"""The menu: one line per place, offered to those who have something to do there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from seawall.core.review_access import is_evaluator, is_official
from seawall.reviews import access
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.web.pages import actor_of
from seawall.web.roles import holds, is_admin, is_house, is_signed_in


def _anybody(who: Actor) -> bool:
    return True


def _finder(who: Actor) -> bool:
    return holds(who, "finder", "reporter", "lab")


def _vendor(who: Actor) -> bool:
    return holds(who, "vendor")


def _operator(who: Actor) -> bool:
    return holds(who, "deployer", "authority")


def _reviewer(who: Actor) -> bool:
    return holds(who, "lab") or is_official(who) or is_evaluator(who)


def _of_partners(who: Actor) -> bool:
    """The lab and the official choose partners; leads of others may apply."""
    others = (seat for seat in who.seats if not seat.is_house)
    may_apply = any(seat.role is MemberRole.LEAD for seat in others)
    return may_apply or holds(who, "lab") or is_official(who)


def _of_grants(who: Actor) -> bool:
    """The lab and the official, and partners that were given access."""
    if holds(who, "lab") or is_official(who):
        return True
    return any(not seat.is_house for seat in who.seats) and access.grants(who).exists()


def _of_receipts(who: Actor) -> bool:
    return is_house(who) or _operator(who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`name` is the URL's name; a place whose URL does not exist is not offered."""

    name: str
    label: Any
    offered_to: Callable[[Actor], bool] = is_signed_in


PLACES = (
    Place(name="home", label=_("Dashboard")),
    Place(name="intake", label=_("Intake queue")),
    Place(name="reports", label=_("My reports"), offered_to=_finder),
    Place(name="cases", label=_("Cases")),
    Place(name="duplicates", label=_("Duplicates"), offered_to=is_house),
    Place(name="claims", label=_("Scan map")),
    Place(name="maintainer", label=_("Maintainer"), offered_to=_vendor),
    Place(name="operator", label=_("Operator"), offered_to=_operator),
    Place(name="reviews", label=_("Reviews"), offered_to=_reviewer),
    Place(name="partners", label=_("Trusted partners"), offered_to=_of_partners),
    Place(name="grants", label=_("Access to models"), offered_to=_of_grants),
    Place(name="advisories", label=_("Advisories"), offered_to=_anybody),
    Place(name="follow", label=_("Follow the feed"), offered_to=_anybody),
    Place(name="receipts", label=_("Receipts"), offered_to=_of_receipts),
    Place(name="approvals", label=_("Approvals")),
    Place(name="notices", label=_("Notices")),
    Place(name="audit", label=_("Audit trail"), offered_to=is_house),
    Place(name="admin", label=_("Administration"), offered_to=is_admin),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`is_here`: the page shown is this place or below it."""

    label: Any
    address: str
    is_here: bool


def menu(request: HttpRequest) -> Iterator[Link]:
    """The places that are offered to whoever asks, in the order of the menu."""
    who = actor_of(request)
    for place in PLACES:
        address = _address(place.name)
        if address and place.offered_to(who):
            below = address != "/" and request.path.startswith(f"{address}/")
            yield Link(label=place.label, address=address, is_here=request.path == address or below)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
