"""Every list holds what the second policy says of each of its rows: thousands of random worlds
in the database, for people, tokens and the installation."""

import random
from dataclasses import replace

import pytest

from access import oracle
from access.populated import Populated, party_pk, populate
from access.worlds import NOW, actor, at, highest, random_who
from seawall.advisories import access as advisories
from seawall.cases.models import Case
from seawall.cases.reading import facts_of, tier_of, visible_cases
from seawall.core import access as rules
from seawall.findings.models import Finding, Report
from seawall.findings.reading import (
    report_facts_of,
    tiers_of,
    visible_findings,
    visible_reports,
)
from seawall.ledger.access import may_read
from seawall.ledger.models import Event
from seawall.parties.access import NotPermitted
from seawall.validation import access as validations
from seawall.vocab.access import Tier
from seawall.vocab.actors import PUBLIC, Actor, Seat

pytestmark = pytest.mark.django_db
GROUPS, ASKING = 300, 25


def in_database(who: dict) -> Actor:
    """The actor with the keys that the parties have in the database."""
    made = actor(who)

    def moved(seat: Seat) -> Seat:
        return replace(seat, party=party_pk(seat.party))

    return replace(made, seats=tuple(moved(seat) for seat in made.seats))


def check(who: dict, made: Populated) -> None:
    by, now = in_database(who), at(NOW)
    made.turn += 1
    cases = {pk: oracle.tiers(who, each, NOW) for pk, each in made.cases.items()}
    findings = {pk: oracle.finding_tiers(who, each, NOW) for pk, each in made.findings.items()}
    reports = {pk: oracle.report_tiers(who, each, NOW) for pk, each in made.reports.items()}
    for tier in Tier:
        # Both ways of finding them, in turn: gathered by indexes, and row by row.
        many = (tier + len(who["seats"]) + made.turn) % 2 == 0
        for rows, expected in (
            (visible_cases(by, now=now, at_least=tier, one_by_one=many), cases),
            (visible_findings(by, now=now, at_least=tier, many=many), findings),
            (visible_reports(by, now=now, at_least=tier), reports),
        ):
            wanted = {pk for pk, held in expected.items() if tier in held}
            assert set(rows.values_list("pk", flat=True)) == wanted, (who, tier)


def check_rows(who: dict, made: Populated) -> None:
    """Row by row, as doors ask before they show fields."""
    by, now = in_database(who), at(NOW)
    rows = list(Finding.objects.all())
    held = tiers_of(by, rows, now=now)
    for row in rows:
        expected = oracle.finding_tiers(who, made.findings[row.pk], NOW)
        assert held[row.pk] == highest(expected), (who, made.findings[row.pk])
    for case in Case.objects.prefetch_related("participants", "read_ins", "bars"):
        expected = oracle.tiers(who, made.cases[case.pk], NOW)
        assert tier_of(by, case, now=now) == highest(expected)
    sent = list(Report.objects.all())
    facts = report_facts_of(sent, now=now)
    for report in sent:
        expected = oracle.report_tiers(who, made.reports[report.pk], NOW)
        assert rules.report_tier(by, facts[report.pk], now=now) == highest(expected)


def check_what_hangs_on_them(who: dict, made: Populated) -> None:
    by, now = in_database(who), at(NOW)
    if not oracle.can_read(who) or by.kind == "public":
        return
    summary = {
        pk for pk, each in made.findings.items() if 1 in oracle.finding_tiers(who, each, NOW)
    }
    expected = {pk for pk, finding in made.validations.items() if finding in summary}
    assert set(validations.validations(by, now=now).values_list("pk", flat=True)) == expected
    whole = oracle.is_installation(who)
    expected = {
        pk
        for pk, (case, published) in made.advisories.items()
        if published or whole or 2 in oracle.tiers(who, made.cases[case], NOW)
    }
    assert set(advisories.advisories(by, now=now).values_list("pk", flat=True)) == expected


def check_what_everybody_reads(made: Populated) -> None:
    published = {pk for pk, (_, published) in made.advisories.items() if published}
    assert set(advisories.advisories(PUBLIC).values_list("pk", flat=True)) == published
    with pytest.raises(NotPermitted):
        validations.validations(PUBLIC)


def check_who_left_is_forgotten(made: Populated) -> None:
    for case in Case.objects.prefetch_related("participants", "bars"):
        facts, plain = facts_of(case, now=at(NOW)), made.cases[case.pk]
        assert len(facts.participants) == len(plain["parts"])
        assert len(facts.bars) == len(plain["bars"])


def check_events(asking: list[dict], made: Populated) -> None:
    """What events say of cases, findings and reports: for who reads detail; of the house, for who
    may know."""
    now = at(NOW)
    for who in asking[:12]:
        by = in_database(who)
        house = any(seat["house"] for seat in who["seats"])
        whole = oracle.is_installation(who)
        for kind, rows, ask in (
            ("case", made.cases, oracle.tiers),
            ("finding", made.findings, oracle.finding_tiers),
            ("report", made.reports, oracle.report_tiers),
        ):
            for pk in list(rows)[:25]:
                letter = {"case": "C", "finding": "F", "report": "R"}[kind]
                event = Event(on=f"{kind}:{letter}-2026-{pk:06d}", what=f"{kind}.changed")
                held = ask(who, rows[pk], NOW)
                expected = oracle.can_read(who) and (whole or (0 if house else 2) in held)
                assert may_read(by, event, now=now) == expected, (who, kind, rows[pk])
                event.what = "case.merged"
                assert may_read(by, event, now=now) == (expected and (house or whole))
        other = Event(on="person:U-1", what="person.added")
        coordinates = any(s["house"] and s["role"] != "viewer" for s in who["seats"])
        assert may_read(by, other, now=now) == (oracle.can_read(who) and (whole or coordinates))


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))]
)
def test_thousands_of_rows_agree_with_the_oracle(seed, home):
    rng = random.Random(f"lists {seed}")
    made = populate(rng, groups=GROUPS)
    for number in range(ASKING):
        who = random_who(rng)
        check(who, made)
        if number % 5 == 0:
            check_rows(who, made)
            check_what_hangs_on_them(who, made)
    check_events([random_who(rng) for _ in range(12)], made)
    check_what_everybody_reads(made)
    check_who_left_is_forgotten(made)
