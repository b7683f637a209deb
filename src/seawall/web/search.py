"""Search over findings, cases, advisories, parties and systems: only what whoever asks may see.

Ids and CVEs jump. Each kind costs a fixed number of queries and shows its first ten.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from seawall.advisories import access as advisories
from seawall.advisories import public
from seawall.cases import access as cases
from seawall.cases.reading import visible_cases
from seawall.directives import access as directives
from seawall.findings import access as findings
from seawall.findings.access import FindingFilter
from seawall.findings.words import with_words
from seawall.formats.identifiers import identifiers_in
from seawall.inventory import access as inventory
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.web.advisories import entry
from seawall.web.pages import actor_of, needs_login, page
from seawall.web.roles import is_house, is_house_admin
from seawall.web.templatetags.parts import address

MOST = 10
MAX_LENGTH = 200


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
    found = [
        _findings(who, text, named[0] if named else ""),
        _cases(who, text, named[0] if named else ""),
        _advisories(named[0] if named else text),
    ]
    if not named:
        found += [_systems(who, text), _parties(who, text)]
    return found


def _findings(who: Actor, text: str, identifier: str) -> Group:
    if identifier:
        rows = findings.findings(who, FindingFilter(identifier=identifier))
    elif text.startswith("pkg:"):
        rows = findings.findings(who, FindingFilter(target=text))
    elif is_house(who):
        rows = with_words(findings.findings(who, at_least=Tier.T1), text)
    else:
        rows = findings.findings(who, FindingFilter(text=text))
    kept = list(rows[: MOST + 1])
    hits = tuple(
        Hit(
            id=row.public_id,
            title=row.title,
            href=address("finding", row.public_id),
            badges=tuple(badge for badge in (row.verdict, row.state) if badge),
        )
        for row in kept[:MOST]
    )
    return Group(label=_("Findings"), hits=hits, is_more=len(kept) > MOST)


def _cases(who: Actor, text: str, identifier: str) -> Group:
    """Cases by CVE, or through the words of their findings; of those only the summary's readers
    learn that there is a hit."""
    rows = visible_cases(who, now=timezone.now(), at_least=Tier.T1).filter(merged_into=None)
    if identifier.startswith("CVE-"):
        rows = rows.filter(cve=identifier)
    elif identifier:
        rows = rows.filter(finding__identifiers__text=identifier)
    else:
        seen = findings.findings(who, at_least=Tier.T1).order_by()
        seen = seen.select_related(None).prefetch_related(None)
        hits = with_words(seen, text) if is_house(who) else seen.filter(title__icontains=text)
        rows = rows.filter(finding__in=hits.values("pk"))
    kept = list(rows.order_by("-pk")[: MOST + 1])
    shown = tuple(
        Hit(
            id=row.public_id,
            title=row.title,
            href=address("case", row.public_id),
            badges=(row.report_state,),
        )
        for row in kept[:MOST]
    )
    return Group(label=_("Cases"), hits=shown, is_more=len(kept) > MOST)


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
