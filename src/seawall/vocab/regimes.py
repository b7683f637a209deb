"""Regimes of review as values: who may demand what of a lab, and what follows."""

from dataclasses import dataclass
from datetime import timedelta

from seawall.vocab.disclosure import Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Something that a regime asks for, and the clause that says so. `id` is stable."""

    id: str
    says: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The period of early access before the release to other trusted partners."""

    longest: timedelta
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The training compute above which a regime binds, in integer or floating-point operations."""

    operations: float
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A regime that does not let a model be deployed before its duties are done, and what each
    day of a breach costs at least, in US dollars."""

    dollars_per_day: int
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One regime. Without a gate nothing of it can stop or delay a release: it advises."""

    id: str
    title: str
    authority: str
    status: str
    """"in force", or "proposed" for a bill."""
    voluntary: bool
    determines: Demand
    """Who says whether a model is covered; `says` names the office."""
    consults: tuple[str, ...]
    terms: tuple[Demand, ...]
    """What the lab and the government agree on before access."""
    evidence: tuple[Demand, ...]
    """What the lab must hand over before it may deploy; only where there is a gate."""
    criteria: tuple[Demand, ...]
    """What is looked at before a partner is chosen."""
    eligible: tuple[str, ...]
    """Kinds of partner that the regime names."""
    window: Window | None
    trigger: Trigger | None
    gate: Gate | None
    sources: tuple[Citation, ...]
