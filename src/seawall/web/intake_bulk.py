"""What a coordinator does with findings, one or many at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from seawall.cases.actions import CaseRefused, open_case
from seawall.core.access import may_coordinate
from seawall.dedup.links import Strength
from seawall.findings import access, triage
from seawall.findings.duplicates import LinkRefused, Reason, link
from seawall.findings.models import Finding
from seawall.parties.access import NotFound, NotPermitted, demand
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.web.pages import actor_of, go_back, needs, tell, warn
from seawall.web.roles import is_coordinator

MOST = 60
"""Findings of one deed; the rest is for another."""
_SAYS_NO = (
    CaseRefused, LinkRefused, triage.DecisionRefused, NotFound, NotPermitted, BadInput
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    by: Actor
    now: datetime
    because: str


@require_POST
@needs(is_coordinator)
def deed(request: HttpRequest) -> HttpResponse:
    """Do `deed` with each `row`; what is refused is told, and the others are done."""
    by, now = actor_of(request), timezone.now()
    demand(may_coordinate(by))
    wanted = list(dict.fromkeys(request.POST.getlist("row")))
    do = _DEEDS.get(request.POST.get("deed", ""))
    asked = _Asked(by=by, now=now, because=request.POST.get("because", "").strip()[:2000])
    if not wanted or do is None:
        warn(request, _("Choose findings first."))
    elif len(wanted) > MOST:
        warn(request, _("Choose at most %(most)d findings at a time.") % {"most": MOST})
    else:
        done, refused = do(wanted, asked)
        if done:
            tell(request, _told(request.POST.get("deed", ""), done))
        for sentence in refused[:5]:
            warn(request, sentence)
        if len(refused) > 5:
            more = len(refused) - 5
            warn(request, ngettext("… and %d more.", "… and %d more.", more) % more)
    return go_back(request, "intake")


def _each(
    do: Callable[[Finding, _Asked], object],
) -> Callable[[Sequence[str], _Asked], tuple[int, list[str]]]:
    def deed_for_all(ids: Sequence[str], asked: _Asked) -> tuple[int, list[str]]:
        done, refused = 0, []
        for each in ids:
            try:
                do(access.finding(asked.by, each, at_least=Tier.T2, now=asked.now), asked)
                done += 1
            except _SAYS_NO as error:
                refused.append(str(error))
        return done, refused

    return deed_for_all


def _open(finding: Finding, asked: _Asked) -> None:
    open_case(finding, by=asked.by, now=asked.now)


def _again(finding: Finding, asked: _Asked) -> None:
    if not triage.ask_again(finding, by=asked.by, now=asked.now):
        raise triage.DecisionRefused(
            _("A proof of %(id)s is waiting already.") % {"id": finding.public_id}
        )


def _invalid(finding: Finding, asked: _Asked) -> None:
    triage.mark_invalid(finding, because=asked.because, by=asked.by, now=asked.now)


def _undo(finding: Finding, asked: _Asked) -> None:
    triage.undo_invalid(finding, by=asked.by, now=asked.now)


def _link(ids: Sequence[str], asked: _Asked) -> tuple[int, list[str]]:
    """All of them with the earliest."""
    if len(ids) < 2:
        return 0, [_("Choose at least two findings to link.")]
    if not asked.because:
        return 0, [_("Say why they are one vulnerability.")]
    try:
        rows = [access.finding(asked.by, each, at_least=Tier.T2, now=asked.now) for each in ids]
    except _SAYS_NO as error:
        return 0, [str(error)]
    first, *rest = sorted(rows, key=lambda row: row.pk)
    reason = Reason(signal="person", explanation=asked.because, strength=Strength.CERTAIN)
    done, refused = 0, []
    for each in rest:
        try:
            link(first, each, reason=reason, by=asked.by, now=asked.now)
            done += 1
        except LinkRefused as error:
            refused.append(str(error))
    return done, refused


_DEEDS = {
    "open": _each(_open),
    "again": _each(_again),
    "invalid": _each(_invalid),
    "undo": _each(_undo),
    "link": _link,
}


def _told(deed: str, count: int) -> str:
    sentences = {
        "open": ngettext("%d case is open.", "%d cases are open.", count),
        "again": ngettext("%d proof runs again.", "%d proofs run again.", count),
        "invalid": ngettext(
            "%d finding is marked invalid.", "%d findings are marked invalid.", count
        ),
        "undo": ngettext("%d finding counts again.", "%d findings count again.", count),
        "link": ngettext("%d link was made.", "%d links were made.", count),
    }
    return sentences[deed] % count
