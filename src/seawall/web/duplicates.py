"""The review of duplicates: pairs with why, two findings side by side, merging and keeping apart,
and merges that a fix suggests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from seawall.cases import access as case_access
from seawall.cases.actions import CaseRefused
from seawall.cases.fixes import decide_merge
from seawall.core.access import may_coordinate
from seawall.dedup.links import Strength
from seawall.findings import access, duplicates
from seawall.findings.duplicates import LinkRefused, Reason
from seawall.findings.models import DuplicateLink, Finding
from seawall.parties.access import demand
from seawall.parties.sealing import Damaged, KeyMissing, Shredded
from seawall.validation import access as validation_access
from seawall.vocab import findings as vocab
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.web.finding_parts import Pair, side_by_side
from seawall.web.finding_record import Shown, shown
from seawall.web.findings import case_of, content_of
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_back, go_to, needs, page, tell, warn
from seawall.web.roles import is_coordinator, is_house

TABS = (
    ("look", gettext_lazy("To look at")),
    ("joined", gettext_lazy("Joined")),
    ("apart", gettext_lazy("Kept apart")),
    ("fixes", gettext_lazy("Suggested by fixes")),
)
SIGNALS = {
    "same fix": gettext_lazy("One fix silences both proofs: the strongest sign there is."),
    "same identifier": gettext_lazy("Both reports name the same public identifier."),
    "same input": gettext_lazy("Both proofs are, in substance, the same input."),
    "same crash": gettext_lazy("The stacks of both crashes meet in the target's own code."),
    "same place": gettext_lazy("The same kind of weakness at the same place; lines may drift."),
    "same origin": gettext_lazy("Both go back to the same source."),
    "similar text": gettext_lazy("The words are alike, which by itself proves nothing."),
    "person": gettext_lazy("Somebody said so, with this reason."),
}
_SIZE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One finding of a pair. `content` is None when it cannot be read."""

    finding: Finding
    content: vocab.Finding | None
    finders: tuple[str, ...]
    best: Shown | None
    case: Any


@require_safe
@needs(is_house)
def review(request: HttpRequest) -> HttpResponse:
    """The pairs of one tab."""
    by = actor_of(request)
    tab = request.GET.get("tab", "look")
    context: dict[str, Any] = {"tab": tab, "tabs": TABS, "can_decide": is_coordinator(by)}
    if tab == "fixes":
        listed = keyset(case_access.proposals(by), request.GET, size=_SIZE)
        shown_rows = [{"row": each, "cases": (each.earlier, each.later)} for each in listed.rows]
        context |= {"proposals": listed, "shown": shown_rows}
        return page(request, "duplicates/fixes.html", context)
    listed = keyset(_of_tab(by, tab), request.GET, size=_SIZE)
    pairs = [(each, _why(each), _named(each.earlier), _named(each.later)) for each in listed.rows]
    context |= {"listed": listed, "pairs": pairs}
    return page(request, "duplicates/review.html", context)


@require_safe
@needs(is_house)
def pair(request: HttpRequest, one: str, other: str) -> HttpResponse:
    """Two findings side by side, linked or not."""
    by = actor_of(request)
    earlier, later = _both(by, one, other)
    link = access.link_between(by, earlier, later)
    left, right = _side(by, earlier), _side(by, later)
    context = {
        "link": link,
        "why": _why(link) if link else "",
        "meaning": SIGNALS.get(link.signal, "") if link else "",
        "holds": bool(link and link.joins and link.undone_at is None),
        "open": bool(link and not link.joins and link.undone_at is None),
        "left": left,
        "right": right,
        "sides": (left, right),
        "compared": list(_compared(left, right)),
        "can_decide": is_coordinator(by),
        "next_pair": _next(by, link),
        "crumbs": [
            (_("Duplicates"), reverse("duplicates")),
            (f"{earlier.public_id} · {later.public_id}", None),
        ],
    }
    return page(request, "duplicates/pair.html", context)


@require_POST
@needs(is_coordinator)
def decide(request: HttpRequest, one: str, other: str) -> HttpResponse:
    """Merge the two, or keep them apart; both with a reason."""
    by, now = actor_of(request), timezone.now()
    demand(may_coordinate(by))
    earlier, later = _both(by, one, other)
    because = request.POST.get("because", "").strip()[:2000]
    if not because:
        warn(request, _("Say why; whoever looks at it later will want to know."))
        return go_to("pair", earlier.public_id, later.public_id)
    link = access.link_between(by, earlier, later)
    try:
        if request.POST.get("deed") == "merge":
            reason = Reason(signal="person", explanation=because, strength=Strength.CERTAIN)
            duplicates.link(earlier, later, reason=reason, by=by, now=now)
            tell(request, _("They are one vulnerability now; every finder keeps the credit."))
        elif link is None:
            raise LinkRefused(_("They are not linked."))
        else:
            duplicates.undo(link, because=because, by=by, now=now)
            tell(request, _("They stay apart; no machine links them again."))
    except LinkRefused as error:
        warn(request, str(error))
    return go_back(request, "pair", earlier.public_id, later.public_id)


@require_POST
@needs(is_coordinator)
def decide_proposal(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Accept or decline a merge that a fix suggests."""
    by = actor_of(request)
    demand(may_coordinate(by))
    row = case_access.proposal(by, proposal_id)
    accept = request.POST.get("deed") == "accept"
    try:
        decide_merge(row, accept=accept, by=by, now=timezone.now())
    except (CaseRefused, LinkRefused) as error:
        warn(request, str(error))
    else:
        tell(request, _("The cases are merged.") if accept else _("The cases stay apart."))
    return go_to("duplicates", tab="fixes")


def _of_tab(by: Actor, tab: str) -> Any:
    rows = access.links(by)
    if tab == "joined":
        return rows.filter(joins=True, undone_at=None)
    if tab == "apart":
        return rows.filter(undone_at__isnull=False)
    return rows.filter(joins=False, undone_at=None)


def _both(by: Actor, one: str, other: str) -> tuple[Finding, Finding]:
    rows = [access.finding(by, each, at_least=Tier.T2) for each in (one, other)]
    earlier, later = sorted(rows, key=lambda row: row.pk)
    return earlier, later


def _next(by: Actor, link: DuplicateLink | None) -> DuplicateLink | None:
    """The pair to look at after this one."""
    rows = _of_tab(by, "look")
    found: DuplicateLink | None = (rows.filter(pk__lt=link.pk) if link else rows).first()
    return found


def _why(link: DuplicateLink) -> str:
    try:
        return str(link.explanation)
    except (Shredded, KeyMissing, Damaged) as error:
        return str(error)


def _named(row: Finding) -> str:
    """Who sent a finding, without an address."""
    return row.sender.partition(" <")[0] or "—"


def _side(by: Actor, row: Finding) -> Side:
    content = content_of(row)
    best = validation_access.validations(by, finding_id=row.pk).filter(is_best=True).first()
    return Side(
        finding=row,
        content=content if isinstance(content, vocab.Finding) else None,
        finders=row.report.finders(),
        best=shown(best, with_record=True) if best else None,
        case=case_of(by, row),
    )


def _compared(left: Side, right: Side) -> Iterator[tuple[Any, list[Pair]]]:
    """Both findings, part by part; parts that both lack are left out."""
    parts = (
        (_("Title"), lambda side: [side.finding.title]),
        (_("Target"), lambda side: [side.finding.target]),
        (_("Identifiers"), lambda side: list(side.content.identifiers) if side.content else []),
        (_("Weakness"), lambda side: list(side.content.cwes) if side.content else []),
        (_("Places"), _places),
        (_("Affected"), lambda side: [side.content.affected_versions] if side.content else []),
        (_("Fixed in"), lambda side: [side.content.fixed_version] if side.content else []),
        (_("Severity"), lambda side: [side.finding.severity]),
        (_("Frames of the proof"), _frames),
        (_("Description"), _description),
    )
    for label, of in parts:
        one, other = [x for x in of(left) if x], [x for x in of(right) if x]
        if one or other:
            yield label, list(side_by_side(one, other))


def _places(side: Side) -> list[str]:
    if side.content is None:
        return []
    return [f"{p.file}:{p.line} {p.function}".strip() for p in side.content.locations]


def _frames(side: Side) -> list[str]:
    record = side.best.record if side.best else None
    run = next((run for run in record.runs if run.stack), None) if record else None
    own = [f for f in run.stack if f.origin.value == "target"] if run else []
    return [f"{frame.function}  {frame.file}:{frame.line}" for frame in own[:12]]


def _description(side: Side) -> list[str]:
    text = side.content.description if side.content else ""
    return text.replace(". ", ".\n").splitlines()[:40]
