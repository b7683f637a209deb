"""Computing and closing obligations; each obligation keeps what decided it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from seawall.core.directives import binds, demand
from seawall.directives.models import Obligation
from seawall.directives.policies import directives
from seawall.inventory.facts import FactBook, Facts
from seawall.inventory.models import Asset, Exposure
from seawall.ledger import actions as ledger
from seawall.vocab.actors import Actor
from seawall.vocab.directives import Answer, Demand
from seawall.vocab.errors import BadInput
from seawall.vocab.ssvc import SystemClass


class NoSuchObligation(LookupError):
    """There is no open obligation with that id."""


@transaction.atomic
def oblige(*, asset: Asset, by: Actor, now: datetime) -> int:
    """Compute what every directive demands for the exposures of `asset`; give the number of
    obligations that are new or changed. Obligations of closed exposures are closed."""
    exposures = list(asset.exposures.filter(closed_at=None))
    book = FactBook(i for exposure in exposures for i in exposure.identifiers)
    known = {
        (o.exposure_id, o.directive): o
        for o in Obligation.objects.select_for_update().filter(exposure__asset=asset)
    }
    changed = 0
    for exposure in exposures:
        for asked in _demands(exposure, asset, book, now):
            changed += _save(exposure, asked, known.get((exposure.pk, asked.directive)), now)
    closed = _close_with_exposures(asset, now)
    if changed or closed:
        facts = {"changed": changed, "closed": closed}
        ledger.record(by=by, what="obligations.computed", on=asset, facts=facts, at=now)
    return changed


@transaction.atomic
def close(
    obligation_id: int, *, closed_as: Obligation.Closed, evidence: str, by: Actor, now: datetime
) -> Obligation:
    """Close an obligation by evidence that a person names, such as a mitigation.

    Raises NoSuchObligation, and BadInput when no evidence is given.
    """
    if not evidence.strip():
        raise BadInput("closing needs evidence", mend="say what was done and where it is recorded")
    obligation = (
        Obligation.objects.select_for_update().filter(pk=obligation_id, closed_at=None).first()
    )
    if obligation is None:
        raise NoSuchObligation(f"There is no open obligation O-{obligation_id}.")
    obligation.closed_at, obligation.closed_as = now, closed_as
    obligation.evidence = evidence.strip()
    obligation.save(update_fields=["closed_at", "closed_as", "evidence"])
    facts = {"as": str(closed_as)}
    ledger.record(by=by, what="obligation.closed", on=obligation, facts=facts, at=now)
    return obligation


def _demands(exposure: Exposure, asset: Asset, book: FactBook, now: datetime) -> Iterable[Demand]:
    facts = book.facts(exposure.identifiers)
    answers = {**facts.answers, **_exposed(asset)}
    in_kev = facts.kev_added_at is not None or "in_kev" not in facts.answers
    for directive in directives():
        if not binds(
            directive, system_class=SystemClass(asset.system_class), in_kev=in_kev, now=now
        ):
            continue
        wanted = {
            point.key: answers[point.key] for point in directive.inputs if point.key in answers
        }
        yield demand(directive, answers=wanted, started_at=_start(exposure, facts), now=now)


def _exposed(asset: Asset) -> Mapping[str, Answer]:
    if asset.publicly_exposed is None:
        return {}
    value = "yes" if asset.publicly_exposed else "no"
    return {"publicly_exposed": Answer(value=value, source=f"asset {asset.name}")}


def _start(exposure: Exposure, facts: Facts) -> datetime:
    """The clock starts when the last deciding fact is known here (see the policy's `start`)."""
    return max(exposure.found_at, facts.kev_added_at or exposure.found_at)


def _save(exposure: Exposure, asked: Demand, known: Obligation | None, now: datetime) -> bool:
    values: dict[str, Any] = {
        "directive_version": asked.directive_version,
        "row": asked.row,
        "outcome": asked.outcome.name,
        "forensics": asked.outcome.forensics,
        "binding": asked.binding,
        "started_at": asked.started_at,
        "due_at": asked.due_at,
        "answers": {key: asdict(answer) for key, answer in asked.answers.items()},
        "clocks": [
            {"key": c.key, "label": c.label, "due_at": c.due_at.isoformat()} for c in asked.clocks
        ],
        "explanation": asked.explanation,
    }
    if known is None:
        Obligation.objects.create(
            exposure=exposure, directive=asked.directive, computed_at=now, **values
        )
        return True
    if known.closed_at is not None or all(getattr(known, k) == v for k, v in values.items()):
        return False
    for key, value in values.items():
        setattr(known, key, value)
    known.computed_at = now
    known.save()
    return True


def _close_with_exposures(asset: Asset, now: datetime) -> int:
    over = Obligation.objects.filter(
        exposure__asset=asset, closed_at=None, exposure__closed_at__isnull=False
    ).select_related("exposure")
    for obligation in over:
        obligation.closed_at, obligation.closed_as = now, Obligation.Closed.REMEDIATED
        obligation.evidence = obligation.exposure.closed_because
        obligation.save(update_fields=["closed_at", "closed_as", "evidence"])
    return len(over)
