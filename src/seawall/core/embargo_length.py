"""How long an embargo may last: the tightest of all the rules that apply."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from seawall.core.policies import Moments, Publication, publication
from seawall.vocab.disclosure import DisclosurePolicy, PolicyKind
from seawall.vocab.evidence import EvidenceLevel

_ORDER = tuple(PolicyKind)
"""Project policy, list cap, agreement, default: of two that end together, the first decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """The latest end, the policy that decides it and why, and what the others say."""

    ends_at: datetime
    decided_by: DisclosurePolicy
    because: str
    considered: tuple[tuple[DisclosurePolicy, Publication], ...]


def longest(policies: Iterable[DisclosurePolicy], moments: Moments) -> Length | None:
    """Give how long an embargo may last under all of `policies`; None while no clock runs.

    Policies whose clock has not started say nothing yet. Call again when something happened: a
    fix, attacks or another finder only ever bring the policies' own rules to bear.
    """
    return tightest((p, found) for p in policies if (found := publication(p, moments)) is not None)


def tightest(said: Iterable[tuple[DisclosurePolicy, Publication]]) -> Length | None:
    """Give the length that follows from what each policy says; None when none says anything."""
    considered = tuple(said)
    if not considered:
        return None
    policy, found = min(considered, key=lambda pair: (pair[1].at, _ORDER.index(pair[0].kind)))
    return Length(
        ends_at=found.at.astimezone(UTC),
        decided_by=policy,
        because=f"{policy.title}: {found.because}",
        considered=considered,
    )


def proven_moments(
    moments: Moments, *, level: EvidenceLevel, proven_at: datetime | None
) -> Moments:
    """Give `moments` as clocks may count them: none run on an unproven finding, and a finding
    that was proven after it was reported counts from its proof.

    Attacks, leaks and rediscovery are facts of the world and stay; only what starts a clock is
    held back.
    """
    if level < EvidenceLevel.E1 or proven_at is None:
        return Moments(
            attacks_at=moments.attacks_at,
            rediscovered_at=moments.rediscovered_at,
            fix_promised_at=moments.fix_promised_at,
        )
    return Moments(
        notified_at=_later(moments.notified_at, proven_at),
        posted_at=_later(moments.posted_at, proven_at),
        fix_ready_at=moments.fix_ready_at,
        attacks_at=moments.attacks_at,
        rediscovered_at=moments.rediscovered_at,
        fix_promised_at=moments.fix_promised_at,
    )


def _later(moment: datetime | None, proven_at: datetime) -> datetime | None:
    return None if moment is None else max(moment, proven_at)
