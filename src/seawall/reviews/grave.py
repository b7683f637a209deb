"""Grave steps of a review: determining that a model is covered, and designating a partner."""

from collections.abc import Collection, Sequence
from datetime import datetime

from seawall.core import review_access as rules
from seawall.core.four_eyes import Grave
from seawall.core.public_ids import id_number
from seawall.parties.grave import Subject, register
from seawall.parties.models import Approval
from seawall.reviews import partners
from seawall.reviews.models import Partner, Submission
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed, Decision, Refused


def register_subjects() -> None:
    """Say how designations work; called when the app starts."""
    register(
        Grave.DESIGNATION, Subject(readable=_readable, may_sign=_may_sign, carry_out=_carry_out)
    )


def _readable(rows: Sequence[Approval], by: Actor, now: datetime) -> Collection[int]:
    partner_ids = {row.pk: id_number("T", row.on) for row in rows}
    submission_ids = {row.pk: id_number("M", row.on) for row in rows}
    known = {
        each.pk: (each.party_id, each.lab_id)
        for each in Partner.objects.filter(pk__in=[n for n in partner_ids.values() if n])
    }
    found = [
        pk
        for pk, number in partner_ids.items()
        if number in known
        and rules.may_see_partner(by, party=known[number][0], lab=known[number][1])
    ]
    labs = dict(
        Submission.objects.filter(pk__in=[n for n in submission_ids.values() if n]).values_list(
            "pk", "lab"
        )
    )
    found += [
        pk
        for pk, number in submission_ids.items()
        if number in labs and rules.may_see_assessment(by, lab=labs[number], shared=False)
    ]
    return found


def _may_sign(approval: Approval, by: Actor, party: int, now: datetime) -> Decision:
    lead = {seat.party: seat for seat in by.seats if seat.role is MemberRole.LEAD}.get(party)
    if lead is None:
        return Refused("it takes a lead of the party for which it is signed")
    partner = _partner(approval)
    if partner is not None:
        if partner.party_id in by.parties:
            return Refused("nobody designates their own party")
        fits = party == partner.lab_id or rules.OFFICIAL in lead.party_roles
        return Allowed() if fits else Refused("it takes a lead of the lab or of the official")
    row = Submission.objects.filter(pk=id_number("M", approval.on) or 0).first()
    if row is None:
        return Refused("nobody here can sign this")
    if row.lab_id in by.parties:
        return Refused("nobody determines about their own model")
    fits = bool({rules.OFFICIAL, rules.EVALUATOR} & lead.party_roles)
    return Allowed() if fits else Refused("it takes a lead of the official or of an evaluator")


def _carry_out(approval: Approval, by: Actor, now: datetime) -> None:
    partner = _partner(approval)
    if partner is not None:
        partners.designate(partner, by=by, now=now)
        return
    from seawall.reviews import evaluations

    evaluations.carry_out(approval, by=by, now=now)


def _partner(approval: Approval) -> Partner | None:
    number = id_number("T", approval.on)
    rows = Partner.objects.select_related("party", "lab")
    return rows.filter(pk=number).first() if number else None
