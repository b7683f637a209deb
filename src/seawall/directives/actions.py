"""Computing and closing obligations; each obligation keeps what decided it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from seawall.directives.advice import System, demands
from seawall.directives.models import Obligation
from seawall.inventory.facts import FactBook
from seawall.inventory.models import Asset, Exposure
from seawall.ledger import actions as ledger
from seawall.vocab.actors import Actor
from seawall.vocab.directives import Demand
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
    system = System(
        system_class=SystemClass(asset.system_class),
        exposed=asset.publicly_exposed,
        said_by=f"asset {asset.name}",
    )
    changed = 0
    for exposure in exposures:
        for asked in demands(
            exposure.identifiers, system=system, book=book, found_at=exposure.found_at, now=now
        ):
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
