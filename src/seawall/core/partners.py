"""Trusted partners: how an application becomes a designation, and how that ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.regimes import Regime
from seawall.vocab.reviews import PartnerState, Provisioning, Voice

LASTS = timedelta(days=365)
"""How long a designation holds."""
RENEW_BEFORE = timedelta(days=60)
"""How long before its end it can be renewed."""
APPEAL_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What was found of one criterion of the regime."""

    id: str
    met: bool
    note: str
    by: str
    at: datetime


class PartnerStep(StrEnum):
    """What can be done with an application."""

    RECORD = "record a criterion"
    SELECT = "select"
    REFUSE = "refuse"
    APPEAL = "appeal"
    DESIGNATE = "designate"
    RENEW = "renew"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"
    EXPIRE = "let expire"


_P = PartnerState
_FROM: dict[PartnerStep, frozenset[PartnerState]] = {
    PartnerStep.RECORD: frozenset({_P.APPLIED, _P.APPEALED, _P.DESIGNATED}),
    PartnerStep.SELECT: frozenset({_P.APPLIED, _P.APPEALED}),
    PartnerStep.REFUSE: frozenset({_P.APPLIED, _P.APPEALED, _P.SELECTED}),
    PartnerStep.APPEAL: frozenset({_P.REFUSED}),
    PartnerStep.DESIGNATE: frozenset({_P.SELECTED}),
    PartnerStep.RENEW: frozenset({_P.DESIGNATED}),
    PartnerStep.REVOKE: frozenset({_P.SELECTED, _P.DESIGNATED}),
    PartnerStep.WITHDRAW: frozenset({_P.APPLIED, _P.APPEALED, _P.SELECTED, _P.DESIGNATED}),
    PartnerStep.EXPIRE: frozenset({_P.DESIGNATED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What decides about an application's next steps."""

    state: PartnerState
    kind: str
    criteria: tuple[Criterion, ...] = ()
    yes: frozenset[Voice] = frozenset()
    """Who said yes, by their last word."""
    decided_at: datetime | None = None
    appealed_before: bool = False
    expires_at: datetime | None = None


def may_take(
    step: PartnerStep, application: Application, regime: Regime, *, now: datetime
) -> Decision:
    """Say whether the step can be taken now, and if not why. Who takes it is asked elsewhere."""
    if application.state not in _FROM[step]:
        return Refused(f"the application is {application.state}; one cannot {step} it")
    match step:
        case PartnerStep.SELECT:
            return _may_select(application, regime)
        case PartnerStep.APPEAL:
            if application.appealed_before:
                return Refused("an appeal is decided once; apply anew")
            if application.decided_at and now > application.decided_at + APPEAL_WITHIN:
                return Refused(f"an appeal takes at most {APPEAL_WITHIN.days} days; apply anew")
        case PartnerStep.DESIGNATE if set(application.yes) != set(Voice):
            return Refused("the lab and the government have not both said yes")
        case PartnerStep.RENEW:
            if application.expires_at and now < application.expires_at - RENEW_BEFORE:
                soon = application.expires_at - RENEW_BEFORE
                return Refused(f"it can be renewed from {soon:%Y-%m-%d} on")
            return _may_select(application, regime)
        case PartnerStep.EXPIRE if application.expires_at and now < application.expires_at:
            return Refused("it has not expired")
    return Allowed()


def _may_select(application: Application, regime: Regime) -> Decision:
    if application.kind not in regime.eligible:
        return Refused(f"{regime.authority} does not name this kind of partner")
    unmet = unmet_criteria(application, regime)
    if unmet:
        return Refused(f"not recorded as met: {', '.join(unmet)}")
    return Allowed()


def unmet_criteria(application: Application, regime: Regime) -> tuple[str, ...]:
    """Ids of the regime's criteria that are not recorded as met; the last word on each counts."""
    found: Mapping[str, bool] = {each.id: each.met for each in application.criteria}
    return tuple(each.id for each in regime.criteria if not found.get(each.id, False))


def is_selected(application: Application) -> bool:
    """Whether both voices have said yes."""
    return set(application.yes) == set(Voice)


class GrantStep(StrEnum):
    """What can be done with a grant."""

    APPROVE = "approve"
    BIND = "bind a key"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    EXPIRE = "let expire"


_G = Provisioning
_GRANT_FROM: dict[GrantStep, frozenset[Provisioning]] = {
    GrantStep.APPROVE: frozenset({_G.REQUESTED}),
    GrantStep.BIND: frozenset({_G.APPROVED, _G.PROVISIONED}),
    GrantStep.SUSPEND: frozenset({_G.APPROVED, _G.PROVISIONED}),
    GrantStep.RESUME: frozenset({_G.SUSPENDED}),
    GrantStep.REVOKE: frozenset(_G) - {_G.REVOKED, _G.EXPIRED},
    GrantStep.EXPIRE: frozenset(_G) - {_G.REVOKED, _G.EXPIRED},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantStanding:
    """What decides about a grant's next steps."""

    state: Provisioning
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    """The window of its submission."""
    partner: PartnerState
    partner_expires_at: datetime | None = None
    has_key: bool = False


def may_take_grant(step: GrantStep, grant: GrantStanding, *, now: datetime) -> Decision:
    """Say whether the step can be taken now, and if not why."""
    if grant.state not in _GRANT_FROM[step]:
        return Refused(f"the grant is {grant.state}; one cannot {step} it")
    if step is GrantStep.EXPIRE and now < grant.ends_at:
        return Refused("it has not ended")
    if step in (GrantStep.APPROVE, GrantStep.BIND, GrantStep.RESUME):
        if grant.partner is not PartnerState.DESIGNATED:
            return Refused(f"the partner is {grant.partner}, not designated")
        if now >= grant.ends_at:
            return Refused("the grant has ended")
    return Allowed()


def may_grant(
    *,
    starts_at: datetime,
    ends_at: datetime,
    opens_at: datetime | None,
    closes_at: datetime,
    partner: PartnerState,
    partner_expires_at: datetime | None,
) -> Decision:
    """Say whether a grant may be made for that time: inside the submission's window, to a
    designated partner, not beyond its designation."""
    if partner is not PartnerState.DESIGNATED:
        return Refused(f"the partner is {partner}, not designated")
    if ends_at <= starts_at:
        return Refused("a grant ends after it starts")
    if opens_at is not None and starts_at < opens_at:
        return Refused(f"the window opens on {opens_at:%Y-%m-%d %H:%M} UTC")
    if ends_at > closes_at:
        return Refused(f"the window closes on {closes_at:%Y-%m-%d %H:%M} UTC")
    if partner_expires_at is not None and ends_at > partner_expires_at:
        return Refused(f"the partner's designation ends on {partner_expires_at:%Y-%m-%d}")
    return Allowed()
