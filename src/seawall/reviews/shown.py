"""Submissions, applications and grants as they may be shown to one who asks.

Every door shows these and nothing else, so that what is hidden is hidden at every door.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seawall.core import submissions as rules
from seawall.core.review_access import is_official, may_step
from seawall.core.submissions import Penalty, Pinned, Step, Terms
from seawall.reviews import access
from seawall.reviews.models import Evaluation, Grant, Partner, Submission
from seawall.reviews.partners import application_of, rulebook, voices
from seawall.reviews.regimes import regime
from seawall.reviews.submissions import content_of, penalty_of, standing_of
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed
from seawall.vocab.reviews import Determined, PartnerState, Provisioning, SubmissionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The last determination as far as it is shared; None for the parts that are not."""

    verdict: Determined
    because: str
    at: datetime
    evaluation: str
    report: bool
    """Whether the report may be read."""
    results: bool
    """Whether each result may be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceShown:
    """Something that the regime demands, and whether it was handed over."""

    id: str
    says: str
    clause: str
    digest: str
    """sha256, hex; "" while it is missing."""
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionShown:
    """A submission for its lab, the official or an evaluator."""

    id: str
    codename: str
    lab: str
    regime: str
    state: SubmissionState
    pinned: Pinned | None
    """None once it was deleted."""
    terms: Terms | None
    partner_release_at: datetime
    public_release_at: datetime
    earliest_opening: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    submitted_at: datetime | None
    determined_at: datetime | None
    withdrawn_at: datetime | None
    released_at: datetime | None
    deleted_at: datetime | None
    deletion: dict[str, Any]
    """The evidence of deletion; {} before."""
    may_release: bool
    release_refused_because: str
    """What the regime says against a release; "" always under a voluntary one."""
    penalty: Penalty | None
    evidence: tuple[EvidenceShown, ...]
    assessment: Assessment | None
    """None while there is none, or none is shared."""
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A submission in a list."""

    id: str
    codename: str
    lab: str
    regime: str
    state: SubmissionState
    partner_release_at: datetime
    public_release_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None


def summary(row: Submission) -> Summary:
    """A submission that the actor may know of, in a list; its lab must be at hand."""
    return Summary(
        id=row.public_id,
        codename=row.codename,
        lab=row.lab.name,
        regime=row.regime,
        state=SubmissionState(row.state),
        partner_release_at=row.partner_release_at,
        public_release_at=row.public_release_at,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
    )


def submission(by: Actor, row: Submission, *, now: datetime) -> SubmissionShown:
    """A submission that `by` may know of, as it may be shown to them."""
    content = content_of(row) if row.deleted_at is None else None
    standing = standing_of(row, content=content)
    policy = regime(row.regime)
    said = rules.may_release(standing, policy, now=now)
    handed = {each["id"]: each for each in row.evidence}
    return SubmissionShown(
        id=row.public_id,
        codename=row.codename,
        lab=row.lab.name,
        regime=row.regime,
        state=SubmissionState(row.state),
        pinned=content.pinned if content else None,
        terms=content.terms if content else None,
        partner_release_at=row.partner_release_at,
        public_release_at=row.public_release_at,
        earliest_opening=rules.earliest_opening(standing, policy),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        submitted_at=row.submitted_at,
        determined_at=row.determined_at,
        withdrawn_at=row.withdrawn_at,
        released_at=row.released_at,
        deleted_at=row.deleted_at,
        deletion=row.deletion,
        may_release=isinstance(said, Allowed),
        release_refused_because="" if isinstance(said, Allowed) else said.reason,
        penalty=penalty_of(row, now=now),
        evidence=tuple(
            EvidenceShown(
                id=each.id,
                says=each.says,
                clause=each.clause,
                digest=handed[each.id]["digest"] if each.id in handed else "",
                at=datetime.fromisoformat(handed[each.id]["at"]) if each.id in handed else None,
            )
            for each in policy.evidence
        ),
        assessment=assessment(by, row),
        shared=tuple(row.assessment_shared),
    )


def assessment(by: Actor, row: Submission) -> Assessment | None:
    """The last determination as far as `by` may read it."""
    found = access.determination(by, row)
    if found is None:
        return None
    everything = access.reads_everything(by, row)
    parts = row.assessment_shared
    if not (everything or "verdict" in parts):
        return None
    return Assessment(
        verdict=Determined(found.verdict),
        because=found.because,
        at=found.at,
        evaluation=found.evaluation.public_id if found.evaluation else "",
        report=everything or "report" in parts,
        results=everything or "results" in parts,
    )


def steps(by: Actor, row: Submission, *, now: datetime) -> tuple[Step, ...]:
    """The steps that `by` can take with a submission now, in the order of their lives."""
    standing, policy = standing_of(row), regime(row.regime)
    return tuple(
        step
        for step in Step
        if isinstance(may_step(by, step, lab=row.lab_id), Allowed)
        and isinstance(rules.may_take(step, standing, policy, now=now), Allowed)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationShown:
    """An evaluation and how far it has come."""

    id: str
    submission: str
    bank: str
    bank_root: str
    agency_commitment: str
    lab_commitment: str
    agency_nonce: str
    lab_nonce: str
    plan_digest: str
    made_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    results: int


def evaluation(row: Evaluation) -> EvaluationShown:
    """An evaluation that the actor may see; nonces stay "" until both are revealed."""
    both = bool(row.agency_nonce and row.lab_nonce)
    counted: int | None = getattr(row, "result_count", None)
    return EvaluationShown(
        id=row.public_id,
        submission=row.submission.public_id,
        bank=row.bank,
        bank_root=row.bank_root,
        agency_commitment=row.agency_commitment,
        lab_commitment=row.lab_commitment,
        agency_nonce=row.agency_nonce if both else "",
        lab_nonce=row.lab_nonce if both else "",
        plan_digest=row.plan_digest,
        made_at=row.made_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        results=row.runs.count() if counted is None else counted,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionShown:
    """One criterion of the regime, and what was found; `met` is None while nothing was."""

    id: str
    says: str
    clause: str
    met: bool | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerShown:
    """An application or designation."""

    id: str
    party: str
    lab: str
    kind: str
    state: PartnerState
    statement: str
    contact: str
    criteria: tuple[CriterionShown, ...]
    yes: tuple[str, ...]
    """Whose voices say yes."""
    made_at: datetime
    decided_at: datetime | None
    refused_because: str
    appeal: str
    designated_at: datetime | None
    expires_at: datetime | None
    renewals: int
    revoked_because: str


def partner(row: Partner) -> PartnerShown:
    """An application that the actor may see."""
    found = {each.id: each for each in application_of(row).criteria}
    return PartnerShown(
        id=row.public_id,
        party=row.party.name,
        lab=row.lab.name,
        kind=row.kind,
        state=PartnerState(row.state),
        statement=row.statement,
        contact=row.contact,
        criteria=tuple(
            CriterionShown(
                id=each.id,
                says=each.says,
                clause=each.clause,
                met=found[each.id].met if each.id in found else None,
                note=found[each.id].note if each.id in found else "",
            )
            for each in rulebook().criteria
        ),
        yes=tuple(sorted(voice.value for voice in voices(row))),
        made_at=row.made_at,
        decided_at=row.decided_at,
        refused_because=row.refused_because,
        appeal=row.appeal,
        designated_at=row.designated_at,
        expires_at=row.expires_at,
        renewals=row.renewals,
        revoked_because=row.revoked_because,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantShown:
    """A grant; `submission` is "" for its partner, who knows the alias alone."""

    id: str
    alias: str
    partner: str
    partner_party: str
    submission: str
    state: Provisioning
    purpose: str
    starts_at: datetime
    ends_at: datetime
    requests_per_minute: int
    tokens_per_day: int
    concurrent: int
    hours: tuple[int, ...]
    retain_days: int
    keys: int
    """Keys that are bound and not revoked."""
    ended_because: str


def grant(by: Actor, row: Grant) -> GrantShown:
    """A grant that `by` may see, as it may be shown to them."""
    knows = is_official(by) or row.submission.lab_id in by.parties
    return GrantShown(
        id=row.public_id,
        alias=row.alias,
        partner=row.partner.public_id,
        partner_party=row.partner.party.name,
        submission=row.submission.public_id if knows else "",
        state=Provisioning(row.state),
        purpose=row.purpose,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        requests_per_minute=row.requests_per_minute,
        tokens_per_day=row.tokens_per_day,
        concurrent=row.concurrent,
        hours=tuple(row.hours),
        retain_days=row.retain_days,
        keys=sum(key.revoked_at is None for key in row.keys.all()),
        ended_because=row.ended_because,
    )
