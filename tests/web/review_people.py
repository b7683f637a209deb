"""Browsers of the people of a review, and what they have agreed on so far."""

import re
from dataclasses import dataclass

from django.utils import timezone

from reviews.folk import Folk, designated, drafted, folk
from seawall.parties.models import Person
from seawall.reviews import grants, submissions
from seawall.reviews.models import Grant, Partner, Submission
from web.people import Visitor, visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsers:
    """One browser for each of `folk()`, by first name."""

    them: Folk
    ada: Visitor
    olu: Visitor
    eva: Visitor
    hal: Visitor
    cora: Visitor


def browsers() -> Browsers:
    """The people of a review, signed in."""
    them = folk()
    return Browsers(
        them=them,
        **{
            name: visitor(Person.objects.get(name=name.title()))
            for name in ("ada", "olu", "eva", "hal", "cora")
        },
    )


def submitted(them: Folk) -> Submission:
    """A model that was put up for review just now."""
    now = timezone.now()
    return submissions.submit(drafted(them, now=now), by=them.ada, now=now)


def partnered(them: Folk) -> Partner:
    """The hospital as a trusted partner since just now."""
    return designated(them, now=timezone.now())


def granted(them: Folk) -> Grant:
    """The hospital's approved access to a model whose window is open."""
    now = timezone.now()
    partner = designated(them, now=now)
    row = drafted(them, now=now)
    row = submissions.submit(row, by=them.ada, now=now)
    Submission.objects.update(state="determined")
    row = submissions.open_window(row, by=them.ada, now=now)
    made = grants.request(
        submission=row,
        partner=partner,
        purpose="defend the wards",
        starts_at=now,
        ends_at=row.closes_at,
        by=them.ada,
        now=now,
    )
    return grants.approve(made, by=them.olu, now=now)


def assert_same_as_absent(who: Visitor, url: str, absent: str) -> None:
    """The page is not there, in every byte but the id that was asked for."""
    said, nothing = who.get(url, 404), who.get(absent, 404)
    assert _plain(said, url) == _plain(nothing, absent)


def _plain(text: str, url: str) -> str:
    text = text.replace(url, "URL").replace(url.split("/")[2], "ID")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
