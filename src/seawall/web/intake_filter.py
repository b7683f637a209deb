"""What the intake queue is narrowed to, the orders it has, and the views that are offered."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from seawall.cases.models import Covered
from seawall.findings.models import Finding
from seawall.findings.words import with_words
from seawall.formats.identifiers import spell_identifier
from seawall.vocab.access import Tier
from seawall.vocab.cases import ReportState
from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.web.listing import Filter, Order
from seawall.web.words import word

_ALL = ("", _("all"))
_STATES = (ReportState.RECEIVED, ReportState.VALID, ReportState.INVALID)
_MOST_TEXT = 200

ORDERS = (
    Order(key="newest", label=_("Received")),
    Order(key="oldest", label=_("Received"), descending=False),
    Order(key="level", label=_("Evidence"), column="level"),
    Order(key="level-up", label=_("Evidence"), column="level", descending=False),
    Order(key="severity", label=_("Severity"), column="score"),
    Order(key="severity-up", label=_("Severity"), column="score", descending=False),
    Order(key="target", label=_("Target"), column="target", descending=False, read=str),
    Order(key="target-down", label=_("Target"), column="target", read=str),
    Order(key="reporter", label=_("Reporter"), column="sender", descending=False, read=str),
    Order(key="reporter-down", label=_("Reporter"), column="sender", read=str),
    Order(key="state", label=_("State"), column="state", descending=False, read=str),
    Order(key="state-down", label=_("State"), column="state", read=str),
)
PAIRS = tuple(zip(ORDERS[::2], ORDERS[1::2], strict=True))
"""Each column's two orders, the one that a first click gives first."""


class IntakeFilter(Filter):
    q = forms.CharField(
        label=_("Words"),
        max_length=_MOST_TEXT,
        help_text=_("Of the title or target, or an identifier such as CVE-2026-1234."),
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[_ALL, *((s.value, word(s)) for s in _STATES)]
    )
    level = forms.ChoiceField(
        label=_("Evidence, at least"), choices=[_ALL, *((e.name, e.name) for e in EvidenceLevel)]
    )
    verdict = forms.ChoiceField(
        label=_("Verdict"), choices=[_ALL, *((v.value, v.value) for v in Verdict)]
    )
    proof = forms.ChoiceField(
        label=_("Proof"),
        choices=[
            _ALL,
            ("yes", _("has one")),
            ("no", _("has none")),
            ("waiting", _("waits to be run")),
        ],
    )
    duplicate = forms.ChoiceField(
        label=_("Duplicates"),
        choices=[_ALL, ("no", _("first of each")), ("yes", _("only duplicates"))],
    )
    case = forms.ChoiceField(
        label=_("Case"), choices=[_ALL, ("no", _("without")), ("yes", _("with"))]
    )
    ecosystem = forms.CharField(label=_("Ecosystem"), max_length=20)
    target = forms.CharField(
        label=_("Target"), max_length=_MOST_TEXT, help_text=_("How it begins.")
    )
    reporter = forms.CharField(
        label=_("Reporter"), max_length=_MOST_TEXT, help_text=_("How the name begins.")
    )

    @property
    def narrow(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.wanted)

    def least_tier(self, order: Order) -> Tier:
        """How much somebody must be able to read of a finding that appears: a hit in a filter,
        and a place in an order, tell what they are about."""
        if "reporter" in self.wanted or order.column == "sender":
            return Tier.T2
        return Tier.T1 if self.wanted or order.column != "pk" else Tier.T0


def narrowed(rows: QuerySet[Finding], wanted: Mapping[str, Any], order: Order) -> QuerySet[Finding]:
    """Those of `rows` that the filter wants.

    When the conditions that have an index leave few findings, all of them together, these are
    gathered by it; otherwise rows are looked at in the order of the list until the page is full.
    One short count for each index that could do it decides.
    """
    if _contradicts_itself(wanted):
        return rows.none()
    few = next(filter(_is_few, _gathered(wanted)), None)
    if few is not None:
        rows = rows.filter(pk__in=few.values("pk"))
    walked = "" if few is not None or order.column != "pk" else _walked(wanted)
    for name, value in wanted.items():
        if name in _OTHERS:
            rows = _OTHERS[name](rows, value)
        elif name == walked:
            rows = _INDEXED[name](rows, value)
        else:
            rows = _INDEXED[name](rows.alias(**_UNINDEXED), value, "_")
    return rows


def _is_few(found: QuerySet[Finding]) -> bool:
    return found.values("pk")[: _FEW + 1].count() <= _FEW


def _gathered(wanted: Mapping[str, Any]) -> Iterator[QuerySet[Finding]]:
    """Findings among which all are that are wanted, as an index has them."""
    every = Finding.objects.order_by()
    told = {name: wanted[name] for name in _TOGETHER if name in wanted}
    if "reporter" in wanted:
        yield _together(every, told | {"reporter": wanted["reporter"]})
        told = {}
    if "target" in wanted:
        yield _INDEXED["target"](every, wanted["target"])
        kind = _PURL_TYPE.match(wanted["target"])
        told |= {"ecosystem": kind[1]} if kind and "ecosystem" not in wanted else {}
    if told:
        yield _together(every, told)


def _together(rows: QuerySet[Finding], told: Mapping[str, Any]) -> QuerySet[Finding]:
    """By an index that has the verdict first, then state, level and ecosystem: what is not asked
    for is any of the few values there are, so that the index is of use for what comes after."""
    told = {**told, "verdict": Verdict.CONFIRMED} if told.get("level", "E0") != "E0" else told
    for name, value in told.items():
        if name == "level":
            rows = rows.filter(level__in=_ANY["level"][int(EvidenceLevel[value]) :])
        else:
            rows = _INDEXED[name](rows, value)
    if "reporter" in told:
        return rows
    last = max(_TOGETHER.index(name) for name in told)
    for name in _TOGETHER[:last]:
        if name not in told:
            rows = rows.filter(**{f"{name}__in": _ANY[name]})
    return rows


def _walked(wanted: Mapping[str, Any]) -> str:
    """The condition whose index has the rows in the order in which they came, if there is one."""
    return next((name for name in ("verdict", "ecosystem", "state") if name in wanted), "")


def _contradicts_itself(wanted: Mapping[str, Any]) -> bool:
    """Whether nothing can be like that: only what is confirmed has a level."""
    proven = EvidenceLevel[wanted.get("level", "E0")] > EvidenceLevel.E0
    return proven and wanted.get("verdict", Verdict.CONFIRMED.value) != Verdict.CONFIRMED.value


def _words(rows: QuerySet[Finding], value: str) -> QuerySet[Finding]:
    if value.strip().upper().startswith(("CVE-", "GHSA-", "OSV-", "PYSEC-", "RUSTSEC-", "GO-")):
        return rows.filter(identifiers__text=spell_identifier(value.strip()))
    return with_words(rows, value)


def _proof(rows: QuerySet[Finding], value: str) -> QuerySet[Finding]:
    if value == "no":
        return rows.filter(reproducer=None)
    rows = rows.filter(reproducer__isnull=False)
    return rows.filter(verdict="", reproducer_problem="") if value == "waiting" else rows


def _case(rows: QuerySet[Finding], value: str) -> QuerySet[Finding]:
    has = Exists(Covered.objects.filter(pk=OuterRef("pk")))
    return rows.filter(has if value == "yes" else ~has)


def _by(column: str, how: str = "exact") -> Callable[..., QuerySet[Finding]]:
    """A condition on a column; with the prefix "_" on the same value without its index."""

    def condition(rows: QuerySet[Finding], value: Any, prefix: str = "") -> QuerySet[Finding]:
        if column == "level":
            value = int(EvidenceLevel[value])
        if column == "ecosystem":
            value = value.lower()
        return rows.filter(**{f"{prefix}{column}__{how}": value})

    return condition


def _begins(column: str) -> Callable[..., QuerySet[Finding]]:
    """The same for how a column begins, letter case minded. SQLite has no index for LIKE, but
    sorts by code points, so that what begins so is a range."""

    def condition(rows: QuerySet[Finding], value: str, prefix: str = "") -> QuerySet[Finding]:
        if connection.vendor == "sqlite":
            range_of = {"gte": value, "lt": value + "\U0010ffff"}
            return rows.filter(**{f"{prefix}{column}__{k}": v for k, v in range_of.items()})
        return rows.filter(**{f"{prefix}{column}__startswith": value})

    return condition


_FEW = 5_000
_TOGETHER = ("verdict", "state", "level", "ecosystem")
_ANY: dict[str, Sequence[Any]] = {
    "verdict": ["", *Verdict],
    "state": list(ReportState),
    "level": [int(each) for each in EvidenceLevel],
}
_PURL_TYPE = re.compile(r"pkg:([a-z]+)(?:/|$)")
_INDEXED = {
    "state": _by("state"),
    "level": _by("level", "gte"),
    "verdict": _by("verdict"),
    "ecosystem": _by("ecosystem"),
    "target": _begins("target"),
    "reporter": _begins("sender"),
}
_OTHERS = {
    "q": _words,
    "proof": _proof,
    "duplicate": lambda rows, value: rows.filter(lead__isnull=value == "no"),
    "case": _case,
}
_UNINDEXED: dict[str, Any] = {
    "_level": F("level") + 0,
    **{f"_{name}": Concat(F(name), Value("")) for name in
       ("state", "verdict", "ecosystem", "target", "sender")},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A filter that is offered by name: a link that can be kept like any other."""

    label: Any
    query: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"?{urlencode(self.query)}" if self.query else "?"


VIEWS = (
    View(label=_("Everything"), query={}),
    View(label=_("To decide"), query={"state": "received", "duplicate": "no"}),
    View(label=_("Proven, no case"), query={"level": "E1", "case": "no", "duplicate": "no"}),
    View(label=_("Proofs waiting"), query={"proof": "waiting"}),
    View(label=_("Forged"), query={"verdict": "forged"}),
    View(label=_("Duplicates"), query={"duplicate": "yes"}),
    View(label=_("Invalid"), query={"state": "invalid"}),
)
