"""Who is named in the advisory: from the reports, then as people say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from seawall.cases.groups import findings_of
from seawall.cases.models import Case, Credit
from seawall.cases.refusals import CaseRefused
from seawall.findings.models import Report
from seawall.ledger import actions as ledger
from seawall.parties.access import is_house
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import CreditWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One credit as it stands. `wish` is None while nobody asked: then nobody is named.

    `row` is None for what follows from a report and was not edited.
    """

    name: str
    role: Credit.Role
    wish: CreditWish | None
    party: Party | None
    row: Credit | None = None

    @property
    def is_named(self) -> bool:
        return self.wish is CreditWish.NAMED

    @property
    def must_be_asked(self) -> bool:
        """Whether the finder has to say whether they want to be named."""
        return self.wish is None


def credits_of(case: Case) -> list[Named]:
    """All credits of the case: what was edited wins over what the reports say."""
    edited = {(each.name.lower(), each.role): each for each in case.credits.select_related("party")}
    found: dict[tuple[str, str], Named] = {}
    reports = (
        Report.objects.filter(findings__in=findings_of(case))
        .distinct()
        .prefetch_related("receipts__reporter")
        .order_by("pk")
    )
    for report in reports:
        for each in _said(report):
            key = (each.name.lower(), each.role)
            found[key] = max(found.get(key, each), each, key=_privacy)
    for key, row in edited.items():
        found[key] = Named(
            name=row.name,
            role=Credit.Role(row.role),
            wish=CreditWish(row.wish),
            party=row.party,
            row=row,
        )
    return list(found.values())


def credits_for(case: Case, *, by: Actor) -> list[Named]:
    """The credits that `by` may read: all for coordinators, for others those who are named and
    their own. Who does not want to be named, or was not asked yet, is not told to participants."""
    found = credits_of(case)
    if is_house(by):
        return found
    return [each for each in found if each.is_named or (each.party and each.party.pk in by.parties)]


def _privacy(each: Named) -> int:
    """Of two wishes of one finder the more private counts; one that was stated beats none."""
    order = [None, CreditWish.NAMED, CreditWish.ANONYMOUS, CreditWish.NONE]
    return order.index(each.wish)


def _said(report: Report) -> Iterator[Named]:
    """The finders and tools of one report with the wish that it states; none stated is unasked."""
    said = report.provenance_value()
    parties = [each.reporter for each in report.receipts.all() if each.reporter is not None]
    names = (said.credit_name,) if said.credit_name else report.finders()
    for name in names:
        if name:
            yield Named(
                name=name,
                role=Credit.Role.FINDER,
                wish=said.credit,
                party=next((each for each in parties if each.name == name), None)
                or (parties[0] if len(names) == 1 and parties else None),
            )
    for tool in said.tools:
        name = f"{tool.name} {tool.version}".strip()
        yield Named(name=name, role=Credit.Role.TOOL, wish=said.credit, party=None)


@transaction.atomic
def set_credit(
    case: Case,
    *,
    name: str,
    role: Credit.Role,
    wish: CreditWish,
    party: Party | None = None,
    by: Actor,
    now: datetime,
) -> Credit:
    """Say how somebody is to be named in the advisory. Raises BadInput."""
    name = one_line(name, limit=200)
    if not name:
        raise BadInput("a credit has a name", where="name")
    row, _ = Credit.objects.update_or_create(
        case=case,
        name=name,
        role=role.value,
        defaults={"wish": wish.value, "party": party, "by": str(by)[:120], "at": now},
    )
    facts = {"role": role.value, "wish": wish.value}
    ledger.record(by=by, what="case.credited", on=case, facts=facts, at=now)
    return row


@transaction.atomic
def state_wish(case: Case, wish: CreditWish, *, by: Actor, now: datetime) -> list[Credit]:
    """Let a finder say, for the own party's credits of the case, how to be named.

    Raises CaseRefused when none of the credits is theirs.
    """
    least = MemberRole.MEMBER.rank
    able = {seat.party for seat in by.seats if seat.role.rank >= least}
    mine = [each for each in credits_of(case) if each.party and each.party.pk in able]
    if not mine:
        raise CaseRefused(f"{case.public_id}: no credit of yours is in this case.")
    return [
        set_credit(
            case,
            name=each.name,
            role=each.role,
            wish=wish,
            party=each.party,
            by=by,
            now=now,
        )
        for each in mine
    ]


@transaction.atomic
def drop_credit(credit: Credit, *, by: Actor, now: datetime) -> None:
    """Take an edited credit back; what the report says holds again."""
    facts = {"role": credit.role}
    ledger.record(by=by, what="case.credit_dropped", on=credit.case, facts=facts, at=now)
    credit.delete()
