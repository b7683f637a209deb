"""The embargo of a case: proposing, accepting, ending it, and letting time pass."""

import json
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from seawall.cases.clocks import DEFAULT_POLICY as DEFAULT_POLICY
from seawall.cases.clocks import disclosure_policies as disclosure_policies
from seawall.cases.clocks import longest_embargo as longest_embargo
from seawall.cases.clocks import moments_of as moments_of
from seawall.cases.clocks import signs_of
from seawall.cases.models import Case, CasePolicy, Sign
from seawall.cases.participants import agree_to, terms_of
from seawall.cases.refusals import CaseRefused
from seawall.core import embargo as rules
from seawall.core.embargo import Embargo, ExitReason
from seawall.core.plain import from_plain, to_plain
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.ledger.entries import name_of
from seawall.ledger.models import Event
from seawall.ledger.queries import events_about
from seawall.parties.access import is_house
from seawall.parties.approvals import is_machine
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.cases import EmbargoState
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import BadInput

_CHANGED = "case.embargo_changed"


def embargo_of(case: Case) -> Embargo:
    """The case's embargo as last saved; `pass_time` brings it up to date."""
    return from_plain(Embargo, case.embargo) if case.embargo else rules.NO_EMBARGO


@transaction.atomic
def propose(case: Case, *, until: datetime, by: Actor, now: datetime) -> None:
    """Propose an embargo, or other terms for the one in force; the proposer's party consents to
    them. Raises CaseRefused."""
    limit = longest_embargo(case)
    if limit is None:
        raise CaseRefused(
            f"{case.public_id}: no clock runs yet; an embargo needs a proven finding and a vendor "
            "who is aware (seawall case observe V)."
        )
    _change(
        case,
        "case.embargo_proposed",
        lambda e: rules.propose(e, until=until, by=str(by), cvd=case.cvd, longest=limit, now=now),
        by=by,
        now=now,
    )
    agree_to(case, until, by=by, now=now)


@transaction.atomic
def accept(case: Case, *, by: Actor, now: datetime) -> None:
    """Accept the open proposal, and consent to it for one's party. Raises CaseRefused.

    A participant's proposal is answered by another party or by the house.
    """
    until = terms_of(case)
    _demand_other_party(case, by)
    _change(
        case,
        "case.embargo_accepted",
        lambda e: rules.accept(e, cvd=case.cvd, now=now),
        by=by,
        now=now,
    )
    if until is not None:
        agree_to(case, until, by=by, now=now)


def reject(case: Case, *, by: Actor, now: datetime) -> None:
    """Reject the open proposal. Raises CaseRefused."""
    _change(case, "case.embargo_rejected", rules.reject, by=by, now=now)


def end(
    case: Case, *, reason: ExitReason, by: Actor, now: datetime, approved: bool = False
) -> None:
    """End the embargo before its time. Raises CaseRefused.

    That the parties agreed to publish is shown by an approval of two of them (`approved`), unless
    it is said on the machine itself.
    """
    if reason is ExitReason.PUBLISHED and not (approved or is_machine(by)):
        raise CaseRefused(
            f"{case.public_id}: to publish early, ask for the release of the advisory; "
            "it takes two people of two parties."
        )
    _change(
        case,
        "case.embargo_ended",
        lambda e: rules.exit_embargo(e, reason=reason, now=now),
        by=by,
        now=now,
    )


def pass_time(case: Case, *, by: Actor, now: datetime) -> Embargo:
    """End the embargo if it is due or a trigger fired, shorten it if a rule became tighter."""
    embargo = embargo_of(case)
    after = rules.after(embargo, cvd=case.cvd, now=now, signs=signs_of(case))
    limit = longest_embargo(case) if after.holds else None
    if limit is not None:
        shorter = rules.shorten(after, to=max(limit.ends_at, now))
        after = after if isinstance(shorter, Refused) else shorter
    if after != embargo:
        _change(case, _CHANGED, lambda _: after, by=by, now=now)
    return after


def cut_short_by(case: Case, by: Actor, *, now: datetime) -> bool:
    """Whether `by` made the embargo end sooner than the parties agreed: by recording what ends it,
    or by choosing the policy that shortened it. Such a person does not also publish alone."""
    agreed = case.participants.aggregate(end=Max("consented_until"))["end"]
    if agreed is None or now >= agreed:
        return False
    return any(
        each.what == "case.policy_chosen" or (each.what == _CHANGED and _is_no_expiry(each))
        for each in events_about(name_of(case))
        if each.by == str(by)
    )


def _is_no_expiry(event: Event) -> bool:
    return bool(json.loads(event.entry)["facts"]["reason"] != ExitReason.EXPIRED)


@transaction.atomic
def sign(case: Case, kind: Sign.Kind, *, by: Actor, now: datetime) -> None:
    """Record that the matter leaked, or that its fix is public: the embargo ends at once.
    Twice is once."""
    _, is_new = Sign.objects.get_or_create(
        case=case, kind=kind.value, defaults={"at": now, "by": str(by)[:120]}
    )
    if is_new:
        facts = {"sign": kind.value}
        ledger.record(by=by, what="case.signed", on=case, facts=facts, at=now)
    pass_time(case, by=by, now=now)


@transaction.atomic
def choose_policy(
    case: Case, policy: str, *, posted_at: datetime | None = None, by: Actor, now: datetime
) -> None:
    """Let a disclosure policy apply to the case, with the moment of posting for a list's cap; an
    embargo that it does not allow is shortened at once. Raises BadInput."""
    if policy not in disclosure_policies():
        known = ", ".join(disclosure_policies())
        raise BadInput(f"there is no policy {policy}", where="policy", mend=f"one of {known}")
    if posted_at is not None and posted_at > now:
        raise BadInput("not yet posted", where="posted_at")
    row, is_new = CasePolicy.objects.get_or_create(
        case=case,
        policy=policy,
        defaults={"posted_at": posted_at, "added_by": str(by)[:120], "added_at": now},
    )
    if not is_new and posted_at is not None and row.posted_at != posted_at:
        row.posted_at = posted_at
        row.save(update_fields=["posted_at"])
        is_new = True
    if is_new:
        posted = posted_at.isoformat() if posted_at else ""
        facts = {"policy": policy, "posted_at": posted}
        ledger.record(by=by, what="case.policy_chosen", on=case, facts=facts, at=now)
    pass_time(case, by=by, now=now)


@transaction.atomic
def drop_policy(case: Case, policy: str, *, by: Actor, now: datetime) -> None:
    """Let a policy apply no longer; an embargo that it shortened stays as short."""
    deleted, _ = CasePolicy.objects.filter(case=case, policy=policy).delete()
    if deleted:
        facts = {"policy": policy}
        ledger.record(by=by, what="case.policy_dropped", on=case, facts=facts, at=now)


@transaction.atomic
def promise_fix(case: Case, at: datetime | None, *, by: Actor, now: datetime) -> None:
    """Keep when the vendor says the fix will be out, for the grace that some policies give."""
    if case.fix_promised_at == at:
        return
    case.fix_promised_at = at
    case.save(update_fields=["fix_promised_at"])
    facts = {"at": at.isoformat() if at else ""}
    ledger.record(by=by, what="case.fix_promised", on=case, facts=facts, at=now)
    pass_time(case, by=by, now=now)


@transaction.atomic
def take_over(case: Case, *, of: Case, by: Actor, now: datetime) -> None:
    """Let the embargo of a case that was merged into this one hold on: a case without one gets
    it, one with a longer one is shortened to it. Nobody's embargo ends by a merge."""
    theirs, ours = embargo_of(of), embargo_of(case)
    if not theirs.holds or theirs.ends_at is None or theirs.ends_at <= now:
        return
    ends_at = theirs.ends_at
    if ours.holds:
        shorter = rules.shorten(ours, to=ends_at)
        if not isinstance(shorter, Refused):
            _change(case, _CHANGED, lambda _: shorter, by=by, now=now)
    elif ours.state is not EmbargoState.EXITED:
        held = Embargo(state=EmbargoState.ACTIVE, ends_at=ends_at)
        _change(case, _CHANGED, lambda _: held, by=by, now=now)


def _demand_other_party(case: Case, by: Actor) -> None:
    """Nobody agrees with themselves: the proposer's own party has nothing to answer."""
    if is_house(by, at_least=MemberRole.MEMBER):
        return
    until = terms_of(case)
    agreed = case.participants.filter(left_at=None, party__in=by.parties, consented_until=until)
    if until is not None and agreed.exists():
        raise CaseRefused(
            f"{case.public_id}: your party has agreed to these terms; another party answers them."
        )


@transaction.atomic
def _change(
    case: Case,
    what: str,
    decide: Callable[[Embargo], Embargo | Refused],
    *,
    by: Actor,
    now: datetime,
) -> None:
    row = Case.objects.select_for_update().get(pk=case.pk)
    after = decide(embargo_of(row))
    if isinstance(after, Refused):
        raise CaseRefused(f"{case.public_id}: {after.reason}.")
    case.embargo = to_plain(after)
    case.embargo_state, case.embargo_ends_at = after.state, after.ends_at
    case.save(update_fields=["embargo", "embargo_state", "embargo_ends_at"])
    facts = {
        "state": str(after.state),
        "ends_at": after.ends_at.isoformat() if after.ends_at else "",
        "reason": str(after.reason or ""),
    }
    ledger.record(by=by, what=what, on=case, facts=facts, at=now)
    if after.holds and after.ends_at:
        outbox.send("case.clock", due_at=after.ends_at, case_id=case.pk)
