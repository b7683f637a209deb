"""Which submissions, applications and grants somebody may see; doors obtain them only here.

Rules: `core.review_access`. A hidden and an absent object are the same `NotFound`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from seawall.core import review_access as rules
from seawall.core.public_ids import id_number, short_number
from seawall.core.submissions import Step
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted, demand, require
from seawall.parties.models import Membership, Party
from seawall.parties.models import Scope as TokenScope
from seawall.reviews.models import (
    BoundKey,
    Determination,
    Evaluation,
    Grant,
    Partner,
    Submission,
)
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.decisions import Refused
from seawall.vocab.reviews import SubmissionState, Voice


def submissions(by: Actor) -> QuerySet[Submission]:
    """The submissions that `by` may know of, newest first."""
    require(by, TokenScope.READ)
    rows = Submission.objects.select_related("lab").order_by("-pk")
    if by.is_installation:
        return rows
    own = Q(lab__in=by.parties)
    if rules.is_official(by) or rules.is_evaluator(by):
        own |= ~Q(state=SubmissionState.DRAFT.value)
    return rows.filter(own)


def submission(by: Actor, public_id: str) -> Submission:
    """One submission by `M-2026-000001` or codename; raises NotFound."""
    rows = submissions(by)
    number = id_number("M", public_id)
    named = Q(pk=number) if number else Q(codename__iexact=public_id.strip())
    found = rows.filter(named).first()
    if found is None or (number and _year(found.public_id) != _year(public_id)):
        raise NotFound(f"There is no submission {public_id}.")
    return found


def submission_to(by: Actor, step: Step, public_id: str) -> Submission:
    """A submission with which `by` may take a step. Raises NotFound or NotPermitted."""
    require(by, TokenScope(rules.scope_of(step)))
    found = submission(by, public_id)
    demand(rules.may_step(by, step, lab=found.lab_id))
    if step in rules.JUDGING:
        _stand_apart(by, found.lab_id)
    return found


def sits_with(by: Actor, party: int) -> bool:
    """Whether the person who acts sits in a party. A token acts for one of its owner's parties;
    whose interests they have is asked of all."""
    if party in by.parties or by.kind is not ActorKind.TOKEN or by.person is None:
        return party in by.parties
    return Membership.objects.filter(person=by.person, party=party, ended_at=None).exists()


def _stand_apart(by: Actor, *parties: int) -> None:
    """Raise NotPermitted when the person who acts sits in one of the parties concerned."""
    if any(sits_with(by, party) for party in parties):
        raise NotPermitted("Nobody decides about their own party.")


def reads_everything(by: Actor, of: Submission) -> bool:
    """Whether `by` reads verdicts and results of a submission before they are shared."""
    return rules.reads_everything(by, lab=of.lab_id) and not sits_with(by, of.lab_id)


def evaluations(by: Actor, of: Submission) -> QuerySet[Evaluation]:
    """The evaluations of a submission that `by` may see, newest first. Everybody who knows of the
    submission sees how far each has come; results and verdicts are another matter."""
    require(by, TokenScope.READ)
    rows = Evaluation.objects.filter(submission=of).select_related("submission").order_by("-pk")
    rows = rows.annotate(result_count=Count("runs"))
    return rows if _knows(by, of) else rows.none()


def sees_assessment(by: Actor, of: Submission) -> bool:
    """Whether `by` may read evaluations and determinations of a submission they know of."""
    shared = of.assessment_shared_at is not None
    may_see = rules.may_see_assessment(by, lab=of.lab_id, shared=shared)
    return may_see and (shared or reads_everything(by, of))


def evaluation(by: Actor, public_id: str) -> Evaluation:
    """One evaluation by `E-2026-000001`; raises NotFound."""
    require(by, TokenScope.READ)
    number = id_number("E", public_id)
    rows = Evaluation.objects.select_related("submission__lab")
    found = rows.filter(pk=number).first()
    if (
        found is None
        or _year(found.public_id) != _year(public_id)
        or not _knows(by, found.submission)
    ):
        raise NotFound(f"There is no evaluation {public_id}.")
    return found


def evaluation_to_run(by: Actor, public_id: str) -> Evaluation:
    """An evaluation that `by` may plan and run. Raises NotFound or NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = evaluation(by, public_id)
    demand(rules.may_evaluate(by, lab=found.submission.lab_id))
    _stand_apart(by, found.submission.lab_id)
    return found


def evaluation_to_determine(by: Actor, public_id: str) -> Evaluation:
    """An evaluation on which `by` may found a determination. Raises NotFound or NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = evaluation(by, public_id)
    demand(rules.may_step(by, Step.DETERMINE, lab=found.submission.lab_id))
    _stand_apart(by, found.submission.lab_id)
    return found


def determination(by: Actor, of: Submission) -> Determination | None:
    """The last determination of a submission, as far as `by` may read it."""
    if not sees_assessment(by, of):
        return None
    return Determination.objects.filter(submission=of).order_by("-pk").first()


def _knows(by: Actor, row: Submission) -> bool:
    is_draft = row.state == SubmissionState.DRAFT.value
    return rules.may_see_submission(by, lab=row.lab_id, is_draft=is_draft)


def partners(by: Actor) -> QuerySet[Partner]:
    """The applications that `by` may see, newest first: one's own, those to one's lab, all for
    the official."""
    require(by, TokenScope.READ)
    rows = Partner.objects.select_related("party", "lab").order_by("-pk")
    if rules.is_official(by):
        return rows
    return rows.filter(Q(party__in=by.parties) | Q(lab__in=by.parties))


def partner(by: Actor, public_id: str) -> Partner:
    """One application by `T-2026-000001`; raises NotFound."""
    rows, number = partners(by), id_number("T", public_id)
    found = rows.filter(pk=number).first()
    if found is None or _year(found.public_id) != _year(public_id):
        raise NotFound(f"There is no application {public_id}.")
    return found


def own_partner(by: Actor, public_id: str) -> Partner:
    """An application of a party for which `by` applies. Raises NotFound or NotPermitted."""
    require(by, TokenScope.SUBMIT)
    found = partner(by, public_id)
    demand(rules.may_apply(by, party=found.party_id))
    return found


def partner_for(by: Actor, voice: Voice, public_id: str) -> Partner:
    """An application about which `by` may speak with that voice. Raises NotFound or
    NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = partner(by, public_id)
    demand(rules.may_speak(by, voice, lab=found.lab_id, party=found.party_id))
    _stand_apart(by, found.party_id)
    if voice is Voice.GOVERNMENT:
        _stand_apart(by, found.lab_id)
    return found


def labs() -> list[Party]:
    """The parties to which one can apply, by name."""
    return [each for each in Party.objects.filter(is_active=True) if rules.LAB in each.roles]


def grants(by: Actor) -> QuerySet[Grant]:
    """The grants that `by` may see, newest first. A partner's own grants say nothing of the
    submission but its window."""
    require(by, TokenScope.READ)
    rows = Grant.objects.select_related("partner__party", "submission__lab").order_by("-pk")
    if rules.is_official(by):
        return rows
    return rows.filter(Q(partner__party__in=by.parties) | Q(submission__lab__in=by.parties))


def grant(by: Actor, public_id: str) -> Grant:
    """One grant by `G-2026-000001` or alias; raises NotFound."""
    number = id_number("G", public_id)
    named = Q(pk=number) if number else Q(alias=public_id.strip())
    found = grants(by).filter(named).first()
    if found is None or (number and _year(found.public_id) != _year(public_id)):
        raise NotFound(f"There is no grant {public_id}.")
    return found


def grant_to_change(by: Actor, public_id: str) -> Grant:
    """A grant that `by` may approve, suspend and revoke. Raises NotFound or NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = grant(by, public_id)
    partner = found.partner.party_id
    demand(rules.may_change_grant(by, lab=found.submission.lab_id, partner=partner))
    _stand_apart(by, partner)
    return found


def grant_to_use(by: Actor, public_id: str) -> Grant:
    """A grant of one's own partner. Raises NotFound or NotPermitted."""
    require(by, TokenScope.SUBMIT)
    found = grant(by, public_id)
    demand(rules.may_use_grant(by, partner=found.partner.party_id))
    return found


def _year(public_id: str) -> str:
    return public_id.strip().split("-")[1]


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about a review says: who may see the thing itself; a
    finding only who may read it, and what names a grant's submission or was noticed about its use
    not its partner."""
    kind, _, public_id = event.on.partition(":")
    find: dict[str, Callable[[Actor, str], Any]] = {
        "submission": submission,
        "evaluation": evaluation,
        "partner": partner,
        "grant": grant,
    }
    try:
        found = find[kind](by, public_id)
    except (NotFound, NotPermitted):
        return False
    if event.what == "submission.determined":
        return reads_verdict(by, found)
    if event.what in _NOT_FOR_PARTNERS:
        return rules.is_official(by) or found.submission.lab_id in by.parties
    return True


_NOT_FOR_PARTNERS = frozenset({"grant.requested", "grant.signal", "grant.signal_seen"})


def reads_verdict(by: Actor, of: Submission) -> bool:
    """Whether `by` may read what was found of a submission that they may know of."""
    return reads_everything(by, of) or (
        sees_assessment(by, of) and "verdict" in of.assessment_shared
    )


def lab_for(by: Actor, named: str = "") -> Party:
    """The lab for which `by` drafts: the one named (`P-1` or its name), else their only one.
    Raises NotFound or NotPermitted."""
    require(by, TokenScope.SUBMIT)
    found = [each for each in labs() if by.is_installation or each.pk in by.parties]
    if named:
        wanted = named.strip().lower()
        found = [each for each in found if wanted in (each.public_id.lower(), each.name.lower())]
        if not found:
            raise NotFound(f"There is no lab {named}.")
    if len(found) != 1:
        raise NotPermitted("Say for which lab: you act for none, or for several.")
    demand(rules.may_step(by, Step.AMEND, lab=found[0].pk))
    return found[0]


def lab_named(named: str) -> Party:
    """The lab to which somebody applies, by id or whole name; raises NotFound."""
    wanted = named.strip().lower()
    for each in labs():
        if wanted in (each.public_id.lower(), each.name.lower()):
            return each
    raise NotFound(f"There is no lab {named}.")


def applicant_for(by: Actor, named: str = "") -> Party:
    """The party for which `by` applies: the one named, else their only one. Raises NotFound or
    NotPermitted."""
    require(by, TokenScope.SUBMIT)
    rows = Party.objects.filter(is_active=True)
    if not by.is_installation:
        rows = rows.filter(pk__in=by.parties)
    if named:
        number = short_number("P", named)
        rows = rows.filter(Q(pk=number) if number else Q(name__iexact=named.strip()))
    found = list(rows[:2])
    if named and not found:
        raise NotFound(f"There is no party {named}.")
    if len(found) != 1:
        raise NotPermitted("Say for which party: you act for none, or for several.")
    demand(rules.may_apply(by, party=found[0].pk))
    return found[0]


def partner_to_revoke(by: Actor, public_id: str) -> Partner:
    """A partner whose designation `by` may take back. Raises NotFound or NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = partner(by, public_id)
    demand(rules.may_change_grant(by, lab=found.lab_id))
    return found


def submission_to_grant(by: Actor, public_id: str) -> Submission:
    """A submission for which `by` may give grants. Raises NotFound or NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = submission(by, public_id)
    demand(rules.may_change_grant(by, lab=found.lab_id))
    return found


def bound_key(by: Actor, public_id: str, number: int) -> BoundKey:
    """A key of a grant that `by` may revoke: the partner its own, the lab and the official any.
    Raises NotFound or NotPermitted."""
    require(by, TokenScope.COORDINATE)
    row = grant(by, public_id)
    if isinstance(rules.may_change_grant(by, lab=row.submission.lab_id), Refused):
        demand(rules.may_use_grant(by, partner=row.partner.party_id))
    found = BoundKey.objects.select_related("grant").filter(grant=row, pk=number).first()
    if found is None:
        raise NotFound(f"There is no key {number} of {row.public_id}.")
    return found


def evaluation_in_full(by: Actor, public_id: str) -> Evaluation:
    """An evaluation whose results `by` may read. Raises NotFound or NotPermitted."""
    found = evaluation(by, public_id)
    everything = reads_everything(by, found.submission)
    if not everything and "results" not in found.submission.assessment_shared:
        raise NotPermitted("The official has not shared the results.")
    return found


def evaluation_for(by: Actor, voice: Voice, public_id: str) -> Evaluation:
    """An evaluation for which `by` draws a nonce with that voice. Raises NotFound or
    NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = evaluation(by, public_id)
    if voice is Voice.LAB:
        demand(rules.may_step(by, Step.HAND_OVER, lab=found.submission.lab_id))
    else:
        demand(rules.may_evaluate(by, lab=found.submission.lab_id))
        _stand_apart(by, found.submission.lab_id)
    return found


def submission_to_evaluate(by: Actor, public_id: str) -> Submission:
    """A submission for which `by` may open evaluations. Raises NotFound or NotPermitted."""
    require(by, TokenScope.COORDINATE)
    found = submission(by, public_id)
    demand(rules.may_evaluate(by, lab=found.lab_id))
    _stand_apart(by, found.lab_id)
    return found
