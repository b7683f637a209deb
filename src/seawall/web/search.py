"""Search over findings, cases, advisories, parties and systems: only what whoever asks may see.

Ids and CVEs jump. Each kind costs a fixed number of queries and shows its first ten.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from seawall.advisories import access as advisories
from seawall.advisories import public
from seawall.cases import access as cases
from seawall.cases.among import readable_among as readable_cases
from seawall.cases.among import taken_part_in
from seawall.cases.models import Case
from seawall.directives import access as directives
from seawall.findings import access as findings
from seawall.findings.among import readable_among as readable_findings
from seawall.findings.among import sent_by
from seawall.findings.models import Finding
from seawall.findings.words import with_words
from seawall.formats.identifiers import identifiers_in
from seawall.inventory import access as inventory
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.web.advisories import entry
from seawall.web.pages import actor_of, needs_login, page
from seawall.web.roles import is_house, is_house_admin
from seawall.web.templatetags.parts import address

MOST = 10
MAX_LENGTH = 200
_LOOKED_AT_FOR_OWN = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    id: str
    title: str
    href: str
    badges: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The hits of one kind; `is_more` when there are more than are shown."""

    label: str
    hits: tuple[Hit, ...]
    is_more: bool = False


@require_safe
@needs_login
def search(request: HttpRequest) -> HttpResponse:
    """What matches `q`; one hit for an id or a CVE is shown at once."""
    text = request.GET.get("q", "").strip()[:MAX_LENGTH]
    who = actor_of(request)
    if found := _jump(who, text):
        return HttpResponseRedirect(found)
    groups = [group for group in _groups(who, text) if group.hits] if text else []
    hits = [hit for group in groups for hit in group.hits]
    if len(hits) == 1 and hits[0].href and identifiers_in(text):
        return HttpResponseRedirect(hits[0].href)
    return page(request, "search/search.html", {"q": text, "groups": groups})


# An id's form, who finds it, and the page it leads to.
_IDS: tuple[tuple[str, Callable[[Actor, str], Any], str], ...] = (
    (r"F-\d{4}-\d+", findings.finding, "finding"),
    (r"R-\d{4}-\d+", findings.report, "report"),
    (r"C-\d{4}-\d+", cases.case, "case"),
    (r"SEAWALL-\d{4}-\d+", advisories.advisory, "advisory"),
    (r"A-\d+", inventory.asset, "asset"),
    (r"O-\d+", directives.obligation, "obligation"),
)


def _jump(who: Actor, text: str) -> str:
    """The page of the one thing that has this id, "" when there is none that `who` may see."""
    for form, find, name in _IDS:
        if re.fullmatch(form, text, re.I | re.A):
            try:
                return address(name, find(who, text).public_id)
            except (NotFound, NotPermitted, BadInput):
                return ""
    return ""


def _groups(who: Actor, text: str) -> list[Group]:
    named = identifiers_in(text)
    identifier = named[0] if named else ""
    candidates = _candidates(text, identifier)
    found = [
        _findings(who, text, candidates),
        _cases(who, text, identifier, candidates),
        _advisories(identifier or text),
    ]
    if not named:
        found += [_systems(who, text), _parties(who, text)]
    return found


def _candidates(text: str, identifier: str) -> QuerySet[Finding]:
    """Findings that an index gives for the text, whoever may see them."""
    if identifier:
        return Finding.objects.filter(identifiers__text=identifier)
    if text.startswith("pkg:"):
        return Finding.objects.filter(target__gte=text, target__lt=text + "\U0010ffff")
    return with_words(Finding.objects.all(), text)


def _findings(who: Actor, text: str, candidates: QuerySet[Finding]) -> Group:
    """The candidates that `who` may read; outside the house also what one's own parties sent,
    however long ago."""
    now = timezone.now()
    rows = readable_findings(who, candidates, now=now)
    if not is_house(who):
        own = with_words(sent_by(who), text, most=_LOOKED_AT_FOR_OWN)
        known = {row.pk for row in rows}
        rows += [row for row in readable_findings(who, own, now=now) if row.pk not in known]
    hits = tuple(
        Hit(
            id=row.public_id,
            title=row.title,
            href=address("finding", row.public_id),
            badges=tuple(badge for badge in (row.verdict, row.state) if badge),
        )
        for row in rows[:MOST]
    )
    return Group(label=_("Findings"), hits=hits, is_more=len(rows) > MOST)


def _cases(who: Actor, text: str, identifier: str, candidates: QuerySet[Finding]) -> Group:
    """Cases by CVE or through their findings; outside the house also by the titles of the cases
    in which one takes part."""
    now = timezone.now()
    wanted = Q(finding__in=candidates.order_by("-pk").values("pk"))
    if identifier.startswith("CVE-"):
        wanted |= Q(cve=identifier)
    rows = readable_cases(who, Case.objects.filter(wanted), now=now)
    if not is_house(who) and not identifier:
        own = taken_part_in(who).filter(title__icontains=text)
        known = {row.pk for row in rows}
        rows += [row for row in readable_cases(who, own, now=now) if row.pk not in known]
    shown = tuple(
        Hit(
            id=row.public_id,
            title=row.title,
            href=address("case", row.public_id),
            badges=(row.report_state,),
        )
        for row in rows[:MOST]
    )
    return Group(label=_("Cases"), hits=shown, is_more=len(rows) > MOST)


def _advisories(text: str) -> Group:
    """Published advisories by identifier, or by words of their title, as published: what a case
    has learned since is not found here."""
    named, rows = bool(identifiers_in(text)), public.published()
    rows = rows.filter(case__cve=text) if named else rows.filter(case__title__icontains=text)
    hits = []
    for each in map(entry, rows[: 2 * MOST]):
        said = each.statement
        if said and (text in said.aliases if named else text.lower() in said.summary.lower()):
            href = address("advisory", each.advisory.public_id)
            hits.append(Hit(id=each.advisory.public_id, title=said.summary, href=href))
    return Group(label=_("Advisories"), hits=tuple(hits[:MOST]), is_more=len(hits) > MOST)


def _systems(who: Actor, text: str) -> Group:
    kept = list(inventory.assets(who).filter(name__icontains=text)[: MOST + 1])
    hits = tuple(
        Hit(id=row.public_id, title=row.name, href=address("asset", row.public_id))
        for row in kept[:MOST]
    )
    return Group(label=_("Systems"), hits=hits, is_more=len(kept) > MOST)


def _parties(who: Actor, text: str) -> Group:
    """Parties by name: all for the house, one's own for others."""
    rows = Party.objects.filter(name__icontains=text)
    if not is_house(who):
        rows = rows.filter(pk__in=who.parties)
    kept = list(rows[: MOST + 1])
    hits = tuple(
        Hit(
            id=row.public_id,
            title=row.name,
            href=address("admin-party", row.public_id) if is_house_admin(who) else "",
            badges=tuple(row.roles),
        )
        for row in kept[:MOST]
    )
    return Group(label=_("Parties"), hits=hits, is_more=len(kept) > MOST)
