"""What the page of a case room shows, part by part, at the tier of its reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seawall.cases import access, messages
from seawall.cases.actions import findings_of
from seawall.cases.clocks import Clock, clocks_of, rediscovered_at
from seawall.cases.credits import credits_for
from seawall.cases.embargoes import embargo_of
from seawall.cases.file_exports import needs_approval
from seawall.cases.models import CandidateFix, Case, Handover, Participant
from seawall.cases.read_ins import live_read_ins
from seawall.cases.reading import embargo_holds, facts_of
from seawall.cases.situations import next_steps_of, readiness_of
from seawall.cases.timeline import timeline
from seawall.core import access as rules
from seawall.core.cvd import CvdEvent
from seawall.core.cvd import allowed as allowed_events
from seawall.core.report_states import allowed as allowed_steps
from seawall.core.room_rules import has_consented
from seawall.findings.access import findings
from seawall.findings.models import Finding
from seawall.parties.access import is_house
from seawall.parties.sealing import Shredded
from seawall.vocab.access import Act, MemberRole, Part, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.cases import ReportState
from seawall.vocab.decisions import Allowed
from seawall.web import rooms_forms as forms
from seawall.web.pictures import Mark, Row, Span, schedule
from seawall.web.rooms_words import (
    ENDINGS,
    EVENT_WORDS,
    HANDOVERS,
    LACKS,
    PARTS,
    POINTS,
    STEP_WORDS,
    WISHES,
    embargo_sentence,
    facts,
    report_sentence,
    standing,
    told,
)

_NEWEST = 12
"""Entries of the timeline on the room's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A candidate fix with what its newest verification showed."""

    row: CandidateFix
    outcome: str
    reasons: tuple[str, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A participant, whether it is bound by the embargo, and whether it is the reader's own."""

    row: Participant
    part: Any
    tier: Tier
    has_consented: bool
    is_mine: bool


def room_context(
    row: Case, by: Actor, now: datetime, *, composer: forms.MessageForm | None = None
) -> dict[str, Any]:
    """Everything on the page; parts that the reader may not see are absent or empty."""
    held, held_by = facts_of(row, now=now), embargo_of(row)
    tier = access.tier(by, row, now=now)
    can = {act.name: True for act in Act if isinstance(rules.may(act, by, held, now=now), Allowed)}
    mine = [
        each
        for each in row.participants.all()
        if each.left_at is None and each.party_id in by.parties
    ]
    context: dict[str, Any] = {
        "case": row,
        "earlier": row.merged_into if access.earlier(by, [row], now=now) else None,
        "tier": tier,
        "tlp": rules.marking(held),
        "can": can,
        "in_house": is_house(by),
        "standing": standing(
            tier, sorted({Part(each.part) for each in mine}), in_house=is_house(by)
        ),
        "summary": tier >= Tier.T1,
        "detail": tier >= Tier.T2,
        "report_sentence": report_sentence(row),
        "embargo_sentence": embargo_sentence(row, now=now),
        "embargo": held_by,
        "ending": ENDINGS[held_by.reason] if held_by.reason else "",
        "holds": embargo_holds(row, now=now),
        "facts": list(facts(row)),
        "unbound": _unbound(row, mine, by, now),
        "later_finder": _is_later_finder(mine, tier),
        "entries": timeline(row, tier=tier, by=by, now=now)[-_NEWEST:][::-1],
        "messages_here": messages.messages_for(row, by=by, now=now),
        "participants": list(_present(row, by)),
        "crumbs": [(_("Cases"), reverse("cases")), (row.public_id, None)],
    }
    if tier >= Tier.T1:
        context |= _summary(row, by, now)
    if tier >= Tier.T2:
        context |= _detail(row, by, now)
    return context | _forms(row, tier, can, composer)


def _summary(row: Case, by: Actor, now: datetime) -> dict[str, Any]:
    clocks = clocks_of(row)
    advisory = getattr(row, "advisory", None)
    if advisory is not None and advisory.published_at is None and not is_house(by):
        advisory = None  # a draft is for the coordinators
    named = credits_for(row, by=by)
    return {
        "next_steps": [told(each) for each in next_steps_of(row)],
        "findings": _findings(row, by, now),
        "clocks": clocks,
        "picture": _picture(row, clocks, now),
        "rediscovered_at": rediscovered_at(row),
        "credits": [(each, WISHES[each.wish] if each.wish else "") for each in named],
        "my_credits": [each for each in named if each.party and each.party.pk in by.parties],
        "handling_ids": access.handling_ids(by, row, now=now),
        "hops": access.hops(by, row, now=now),
        "read_ins": live_read_ins(row, now=now) if is_house(by) else [],
        "bars": access.bars(by, row),
        "advisory": advisory,
    }


def _detail(row: Case, by: Actor, now: datetime) -> dict[str, Any]:
    waiting: list[Handover] = list(
        access.handovers(by, now=now).filter(case=row).exclude(state="withdrawn")
    )
    return {
        "fixes": [_fix(each) for each in row.fixes.all()],
        "points": [
            (POINTS[each.name], LACKS.get(each.lacks, each.lacks)) for each in readiness_of(row)
        ],
        "handovers": [(each, HANDOVERS[each.state]) for each in waiting],
        "files": [
            (each, needs_approval(each, by=by, now=now))
            for each in messages.files_for(row, by=by, now=now)
            if each.message_id is None
        ],
    }


def _forms(
    row: Case, tier: Tier, can: dict[str, bool], composer: forms.MessageForm | None
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "composer": composer or (forms.MessageForm(tier) if "WRITE" in can else None),
        "report_steps": [
            (each.value, STEP_WORDS[each]) for each in allowed_steps(ReportState(row.report_state))
        ]
        if "DECIDE_REPORT" in can
        else [],
        "events": [(each.value, EVENT_WORDS[each]) for each in allowed_events(row.cvd)]
        if "OBSERVE" in can
        else [],
    }
    wanted = (
        ("INVITE", "invite_form", forms.InviteForm),
        ("READ_IN", "read_in_form", forms.ReadInForm),
        ("BAR", "bar_form", forms.BarForm),
        ("PROPOSE_EMBARGO", "embargo_form", forms.EmbargoForm),
        ("END_EMBARGO", "policy_form", forms.PolicyForm),
        ("OBSERVE", "promise_form", forms.PromiseForm),
        ("OBSERVE", "sign_form", forms.SignForm),
        ("OBSERVE", "handling_form", forms.HandlingForm),
        ("ADD_FIX", "fix_form", forms.FixForm),
        ("CREDIT", "credit_form", forms.CreditForm),
        ("HAND_OVER", "hand_over_form", forms.HandOverForm),
    )
    for act, name, kind in wanted:
        made[name] = kind() if act in can else None
    made["mark_form"] = forms.MarkForm(initial={"tlp": row.tlp}) if "SET_TLP" in can else None
    made["wish_form"] = forms.WishForm()
    return made


def _present(row: Case, by: Actor) -> Iterator[Present]:
    for each in access.participants(by, row):
        yield Present(
            row=each,
            part=PARTS[Part(each.part)],
            tier=Tier(each.tier),
            has_consented=has_consented(each.consented_until, ends_at=row.embargo_ends_at),
            is_mine=each.party_id in by.parties,
        )


def _unbound(row: Case, mine: list[Participant], by: Actor, now: datetime) -> dict[str, Any] | None:
    """What the reader's party has not consented to yet, and whether the reader may."""
    proposed = embargo_of(row).proposed_until
    ends_at = proposed or (row.embargo_ends_at if embargo_holds(row, now=now) else None)
    if ends_at is None:
        return None
    waiting = [each for each in mine if not has_consented(each.consented_until, ends_at=ends_at)]
    if not waiting:
        return None
    leads = {seat.party for seat in by.seats if seat.role is MemberRole.LEAD}
    return {
        "ends_at": ends_at,
        "is_proposed": proposed is not None,
        "opens": any(each.tier > Tier.T0 for each in waiting),
        "may": any(each.party_id in leads for each in waiting),
    }


def _is_later_finder(mine: list[Participant], tier: Tier) -> bool:
    """Whether the reader only knows the case because they found it too."""
    return tier == Tier.T0 and any(each.part == Part.FINDER and each.tier == 0 for each in mine)


def _findings(row: Case, by: Actor, now: datetime) -> list[Finding]:
    group = [each.pk for each in findings_of(row)]
    rows = findings(by, at_least=Tier.T1, now=now).filter(pk__in=group)
    return list(rows.prefetch_related("report__receipts__reporter").order_by("pk"))


def _fix(row: CandidateFix) -> Fix:
    newest = next(iter(row.verifications.all()), None)
    if newest is None:
        return Fix(row=row, outcome="", reasons=(), at=None)
    try:
        reasons = newest.value().reasons
    except Shredded:
        reasons = ()
    return Fix(row=row, outcome=newest.outcome, reasons=reasons, at=newest.recorded_at)


def _picture(row: Case, clocks: tuple[Clock, ...], now: datetime) -> SafeString | None:
    """The running clocks, the embargo and what happened, on one axis; None without any."""
    rows = [
        Row(
            label=clock.policy.title,
            spans=(
                Span(
                    start=clock.began_at,
                    end=clock.publication.at,
                    label=clock.publication.because,
                    css="p-2" if clock.decides else "p-plain",
                ),
            ),
        )
        for clock in clocks
        if clock.began_at and clock.publication
    ]
    marks = tuple(
        Mark(
            at=moment.at,
            label=EVENT_WORDS[CvdEvent(moment.event)],
            css="p-bad" if moment.event in "XA" else "p-good",
        )
        for moment in row.moments.all()
    )
    if embargo_holds(row, now=now) and row.embargo_ends_at:
        began = next((mark.at for mark in marks), row.opened_at)
        span = Span(start=began, end=row.embargo_ends_at, label=_("embargo"), css="p-1")
        rows.insert(0, Row(label=_("Embargo"), spans=(span,)))
    if not rows:
        return None
    if marks:
        rows.append(Row(label=_("What happened"), marks=marks))
    return schedule("clocks", _("Clocks of this case"), rows, now=now)
