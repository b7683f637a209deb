"""Approvals by four eyes: what waits, what it will do, who signed; signing, withdrawing, doing."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from seawall.core.four_eyes import Grave
from seawall.parties import approvals, passkeys
from seawall.parties.access import NotPermitted, names_of
from seawall.parties.grave import subject_of
from seawall.parties.models import Approval, ApprovalSignature, Party
from seawall.parties.sign_ins import Present
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import ActorKind
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.web import who
from seawall.web.account import present
from seawall.web.listing import Filter
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.sign_in_flow import private, relying_party, takes_passkeys

_FACTS = {
    "case": gettext_lazy("Case"),
    "revision": gettext_lazy("Revision"),
    "documents": gettext_lazy("Digest of its documents"),
    "finding": gettext_lazy("Finding"),
    "artefact": gettext_lazy("Digest of the reproducer"),
    "party": gettext_lazy("Receiving party"),
    "person": gettext_lazy("Person"),
    "reason": gettext_lazy("Reason"),
    "partner": gettext_lazy("Partner"),
    "lab": gettext_lazy("Lab"),
    "kind": gettext_lazy("What it is"),
    "criteria": gettext_lazy("Digest of what was found of the criteria"),
    "renewals": gettext_lazy("Renewals so far"),
    "submission": gettext_lazy("Submission"),
    "evaluation": gettext_lazy("Evaluation"),
    "verdict": gettext_lazy("Finding of the official"),
    "statistics": gettext_lazy("What the numbers say"),
    "plan": gettext_lazy("Digest of the plan"),
    "results": gettext_lazy("Digest of the results"),
    "because": gettext_lazy("Reasons"),
}
_STATES = [("", gettext_lazy("Open")), ("all", gettext_lazy("All"))]


class ApprovalFilter(Filter):
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=_STATES)


@require_safe
@needs_login
def approvals_list(request: HttpRequest) -> HttpResponse:
    form, now, by = ApprovalFilter(request.GET), timezone.now(), actor_of(request)
    rows = approvals.approvals(by, now=now, open_only=form.wanted.get("state") != "all")
    answers = approvals.decisions(rows, now=now)
    shown = [{"row": row, "state": state_of(row, answers[row.pk], now)} for row in rows]
    return page(request, "approvals/list.html", {"form": form, "rows": shown})


@require_safe
@needs_login
def approval(request: HttpRequest, id: str) -> HttpResponse:
    found, now = present(request), timezone.now()
    row = approvals.approval(found.actor, id, now=now)
    answer = approvals.decision(row, now=now)
    facts = row.statement["facts"]
    names = names_of(str(value) for value in facts.values())
    pairs = [
        (_label(row, name), _told(value, names))
        for name, value in facts.items()
        if value not in (row.on, "")
    ]
    signable = _signable(row, found, now)
    shown = {
        "row": row,
        "state": state_of(row, answer, now),
        "pairs": [(_("About"), row.on), *((name, value) for name, value in pairs)],
        "effect": row.statement["effect"],
        "signatures": list(row.signatures.all()),
        "asked_by": _asker(row),
        "parties": signable,
        "why_not": "" if signable else _why_not(row, found, now),
        "passkeys": takes_passkeys(request) and found.person.passkeys.exists(),
        "is_fresh": found.is_fresh(now),
        "may_withdraw": approvals.is_open(row, now=now) and str(found.actor) == row.asked_by,
        "may_carry_out": _may_carry_out(row, answer),
        "crumbs": [(_("Approvals"), reverse("approvals")), (row.public_id, None)],
    }
    return private(page(request, "approvals/approval.html", shown))


@require_POST
@needs_login
def options(request: HttpRequest, id: str) -> HttpResponse:
    """The options with which a passkey signs the digest itself, as JSON."""
    found = present(request)
    row = approvals.approval(found.actor, id, now=timezone.now())
    asked = passkeys.ask_to_sign(found.person, row.digest, rp=relying_party(request))
    return private(JsonResponse(asked.options))


@require_POST
@needs_login
def sign(request: HttpRequest, id: str) -> HttpResponse:
    """Sign the digest that the form carries: with a passkey, or having proved who one is."""
    found, now = present(request), timezone.now()
    row = approvals.approval(found.actor, id, now=now)
    answer = request.POST.get("credential", "")
    if not answer and not found.is_fresh(now):
        return go_to("confirm", next=reverse("approval", args=[row.public_id]))
    try:
        how, evidence = _proof(request, row, found, answer, now)
        approvals.sign(
            row,
            party=_chosen_party(request),
            digest=request.POST.get("digest", ""),
            how=how,
            evidence=evidence,
            by=found.actor,
            now=now,
        )
    except (approvals.SignatureRefused, passkeys.PasskeyRefused) as error:
        warn(request, str(error))
    else:
        tell(request, _("You have signed."))
    return go_to("approval", row.public_id)


@require_POST
@needs_login
def withdraw(request: HttpRequest, id: str) -> HttpResponse:
    by, now = actor_of(request), timezone.now()
    row = approvals.approval(by, id, now=now)
    approvals.withdraw(row, by=by, now=now)
    tell(request, _("The question is withdrawn."))
    return go_to("approval", row.public_id)


@require_POST
@needs_login
def carry_out(request: HttpRequest, id: str) -> HttpResponse:
    """Do what was approved."""
    by, now = actor_of(request), timezone.now()
    row = approvals.approval(by, id, now=now)
    step = subject_of(Grave(row.what)).carry_out
    if step is None:
        raise NotPermitted(_("This is not carried out from here."))
    try:
        step(row, by, now)
    except ValueError as error:
        warn(request, str(error))
    else:
        tell(request, _("It is done."))
    return go_to("approval", row.public_id)


def state_of(row: Approval, answer: Decision, now: datetime) -> str:
    """A word for how an approval stands."""
    if row.used_at is not None:
        return "used"
    if row.withdrawn_at is not None:
        return "withdrawn"
    if now >= row.expires_at:
        return "expired"
    return "approved" if isinstance(answer, Allowed) else "waiting"


def _signable(row: Approval, found: Present, now: datetime) -> list[Party]:
    """The parties for which whoever is signed in may sign."""
    leading = {seat.party for seat in found.actor.seats if seat.role is MemberRole.LEAD}
    able = [
        party for party in sorted(leading) if isinstance(_may_sign(row, found, party, now), Allowed)
    ]
    return list(Party.objects.filter(pk__in=able))


def _may_sign(row: Approval, found: Present, party: int, now: datetime) -> Decision:
    return approvals.may_sign(row, party=party, digest=row.digest, by=found.actor, now=now)


def _why_not(row: Approval, found: Present, now: datetime) -> str:
    for seat in found.actor.seats:
        decision = _may_sign(row, found, seat.party, now)
        if isinstance(decision, Refused):
            return decision.reason
    return ""


def _may_carry_out(row: Approval, answer: Decision) -> bool:
    return subject_of(Grave(row.what)).carry_out is not None and isinstance(answer, Allowed)


def _proof(
    request: HttpRequest, row: Approval, found: Present, answer: str, now: datetime
) -> tuple[ApprovalSignature.How, dict[str, Any]]:
    if answer:
        used = passkeys.check(
            answer,
            challenge=bytes.fromhex(row.digest),
            rp=relying_party(request),
            now=now,
            of=found.person,
        )
        return ApprovalSignature.How.PASSKEY, dict(passkeys.evidence(answer, used))
    evidence = {
        "session": found.sign_in.public_id,
        "signed_in_by": found.sign_in.how,
        "confirmed_at": found.sign_in.confirmed_at.isoformat(),
        "address": who.address_of(request),
    }
    return ApprovalSignature.How.CONFIRMED, evidence


def _chosen_party(request: HttpRequest) -> int:
    text = request.POST.get("party", "")
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _asker(row: Approval) -> str:
    kind, _colon, id = row.asked_by.partition(":")
    if kind == ActorKind.OPERATOR:
        return _("the command line")
    return names_of([id]).get(id, id)


def _label(row: Approval, name: str) -> Any:
    """What a fact is called; the party of a designation is the one that is designated."""
    if name == "party" and row.what == Grave.DESIGNATION.value:
        return _("Who becomes one")
    return _FACTS.get(name, name)


def _told(value: object, names: dict[str, str]) -> str:
    text = str(value)
    return f"{names[text]} ({text})" if text in names else text
