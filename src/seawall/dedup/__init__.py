"""Findings × findings: which are one bug, why, and how sure. Pure; knows no storage."""

from seawall.dedup.compare import compare, contradictions
from seawall.dedup.grouping import Group, group
from seawall.dedup.index import Index
from seawall.dedup.links import Contradiction, Link, Signal, Strength
from seawall.dedup.signature import Facts, Signature, of_crash, of_finding

__all__ = [
    "Contradiction",
    "Facts",
    "Group",
    "Index",
    "Link",
    "Signal",
    "Signature",
    "Strength",
    "compare",
    "contradictions",
    "group",
    "of_crash",
    "of_finding",
]
