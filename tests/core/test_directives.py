"""BOD 26-04 and BOD 22-01 as data, against the published table and the KEV catalogue."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import product

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from realdata import data, read_json
from seawall.core.directive_policies import read_directive
from seawall.core.directives import add_months, binds, demand, tightest
from seawall.core.kev_dates import DueClass, compare_due
from seawall.vocab.directives import Answer, Demand
from seawall.vocab.errors import BadInput
from seawall.vocab.ssvc import SystemClass

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)


def policy(name: str) -> str:
    return (files("seawall") / "policies" / "directives" / name).read_text()


BOD_26_04 = read_directive(policy("bod-26-04.yaml"), name="bod-26-04.yaml")
BOD_22_01 = read_directive(policy("bod-22-01.yaml"), name="bod-22-01.yaml")

# Table 1 of BOD 26-04, written down a second time and in another way than in the policy.
PUBLISHED = {
    # (in KEV, exposed, automatable, total impact): (days, forensics); 0 days: on upgrade
    (0, 0, 0, 0): (0, False), (1, 0, 0, 0): (14, False),
    (0, 1, 0, 0): (60, False), (0, 0, 1, 0): (60, False),
    (0, 0, 0, 1): (0, False), (1, 1, 0, 0): (14, False),
    (1, 0, 1, 0): (14, False), (0, 1, 1, 0): (14, False),
    (1, 0, 0, 1): (14, False), (0, 1, 0, 1): (14, False),
    (0, 0, 1, 1): (60, False), (1, 1, 1, 0): (3, False),
    (1, 1, 0, 1): (3, True), (1, 0, 1, 1): (3, True),
    (0, 1, 1, 1): (3, False), (1, 1, 1, 1): (3, True),
}  # fmt: skip


def answers(kev: int, exposed: int, automatable: int, total: int) -> dict[str, Answer]:
    words = ("no", "yes")
    return {
        "in_kev": Answer(value=words[kev], source="KEV"),
        "publicly_exposed": Answer(value=words[exposed], source="asset"),
        "automatable": Answer(value=words[automatable], source="Vulnrichment"),
        "technical_impact": Answer(value=("partial", "total")[total], source="Vulnrichment"),
    }


def ask(*values: int) -> Demand:
    return demand(BOD_26_04, answers=answers(*values), started_at=NOON, now=NOON)


@pytest.mark.parametrize("values", sorted(PUBLISHED))
def test_each_row_of_bod_26_04_is_the_published_one(values):
    days, forensics = PUBLISHED[values]
    asked = ask(*values)
    assert asked.due_at == (NOON + timedelta(days=days) if days else None)
    assert asked.outcome.forensics is forensics
    assert [c.due_at - NOON for c in asked.clocks] == (
        [timedelta(hours=2), timedelta(hours=24), timedelta(hours=72)] if forensics else []
    )


def test_the_rows_are_numbered_as_in_the_published_decision_table():
    text = data("catalogs/cisa_bod_26_04_1_0_0.csv").read_text()
    published = {
        tuple(list(row.values())[1:5]): (int(row["row"]), list(row.values())[5])
        for row in csv.DictReader(io.StringIO(text))
    }
    ours = {
        row.values: (row.number, row.outcome.name.replace(" and ", " & ")) for row in BOD_26_04.rows
    }
    assert ours == published


def test_a_worse_answer_never_buys_time_where_the_published_table_is_monotone():
    def days(values: tuple[int, ...]) -> int:
        return PUBLISHED[values][0] or 10_000

    for values in product((0, 1), repeat=4):
        for place in range(4):
            worse = (*values[:place], 1, *values[place + 1 :])
            assert days(worse) <= days(values)


def test_an_unknown_answer_counts_as_the_most_severe_and_is_said():
    known = answers(1, 1, 0, 0)
    del known["technical_impact"], known["automatable"]
    asked = demand(BOD_26_04, answers=known, started_at=NOON, now=NOON)
    assert (asked.row, asked.outcome.name) == (15, "3 days and forensic investigation")
    assert "technical impact: total (assumed, not known)" in asked.explanation
    assert asked.answers["automatable"].assumed


def test_the_explanation_names_row_inputs_and_both_ends_of_the_clock():
    assert ask(1, 0, 0, 1).explanation == (
        "BOD 26-04 row 8 (in KEV: yes (KEV); publicly exposed: no (asset); automatable: no "
        "(Vulnrichment); technical impact: total (Vulnrichment)) demands 14 days: from "
        "2026-12-10 12:00 UTC until 2026-12-24 12:00 UTC."
    )


def test_before_its_effective_date_a_directive_only_advises():
    early = datetime(2026, 12, 6, 23, 59, tzinfo=UTC)
    on_time = datetime(2026, 12, 7, tzinfo=UTC)
    facts = answers(1, 1, 1, 1)
    assert not demand(BOD_26_04, answers=facts, started_at=early, now=early).binding
    assert demand(BOD_26_04, answers=facts, started_at=early, now=on_time).binding


@pytest.mark.parametrize("system_class", list(SystemClass))
def test_bod_26_04_binds_civilian_federal_systems_only(system_class):
    bound = binds(BOD_26_04, system_class=system_class, in_kev=False, now=NOON)
    assert bound is (system_class is SystemClass.CIVILIAN_FEDERAL)


def test_bod_22_01_binds_kev_entries_until_it_was_revoked():
    def bound(*, in_kev: bool, year: int) -> bool:
        now = datetime(year, 6, 10, tzinfo=UTC)
        return binds(BOD_22_01, system_class=SystemClass.CIVILIAN_FEDERAL, in_kev=in_kev, now=now)

    assert bound(in_kev=True, year=2025)
    assert not bound(in_kev=False, year=2025)
    assert not bound(in_kev=True, year=2026)


def test_the_tightest_demand_wins_and_an_upgrade_comes_last():
    assert tightest(()) is None
    assert tightest((ask(0, 0, 0, 0), ask(0, 1, 0, 0), ask(1, 0, 0, 0))) == ask(1, 0, 0, 0)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1)), st.integers(0, 48)
)
def test_adding_months_keeps_the_day_or_takes_the_last_of_the_month(moment, months):
    later = add_months(moment, months)
    assert (later.year * 12 + later.month) - (moment.year * 12 + moment.month) == months
    assert later.day == moment.day or (later + timedelta(days=1)).day == 1


def spoiled(change) -> str:
    raw = yaml.safe_load(policy("bod-26-04.yaml"))
    change(raw)
    return yaml.safe_dump(raw)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda raw: raw["rows"].pop(), "no row for"),
        (lambda raw: raw["rows"].append(raw["rows"][0]), "two rows"),
        (lambda raw: raw["rows"][0].update(outcome="never"), "unknown outcome never"),
        (lambda raw: raw["rows"][0].update(in_kev="maybe"), "no row for"),
        (lambda raw: raw["sources"].pop("table"), "the table has no source"),
        (lambda raw: raw["sources"].pop("clocks"), "the clocks has no source"),
        (lambda raw: raw.pop("issued"), "missing 'issued'"),
        (lambda raw: raw["outcomes"]["days3"].update(months=1), "exactly one of"),
        (lambda raw: raw.update(applies_to=["everyone"]), "everyone"),
    ],
)
def test_an_incomplete_policy_is_refused(change, what):
    with pytest.raises(BadInput, match=what):
        read_directive(spoiled(change), name="x.yaml")


def test_kev_due_dates_follow_the_rule_or_differ_for_a_known_reason():
    catalogue = read_json("catalogs/kev.json.zst")["vulnerabilities"]
    compared = [
        compare_due(
            BOD_22_01,
            cve=entry["cveID"],
            added_date=date.fromisoformat(entry["dateAdded"]),
            catalogue_date=date.fromisoformat(entry["dueDate"]),
        )
        for entry in catalogue
    ]
    counts = Counter(each.due_class for each in compared)
    assert counts == KEV_CLASSES
    assert all(
        c.computed_date == c.catalogue_date for c in compared if c.due_class is DueClass.RULE
    )
    three_weeks = [e for e, c in zip(catalogue, compared, strict=True) if c.due_class is WEEKS]
    assert min(entry["dateAdded"] for entry in three_weeks) == "2022-03-03"
    earlier = {c.cve for c in compared if c.due_class is DueClass.EARLIER_ORDER}
    assert earlier == EMERGENCY_DIRECTIVES


WEEKS = DueClass.THREE_WEEKS
KEV_CLASSES = {
    DueClass.RULE: 383,
    DueClass.THREE_WEEKS: 911,
    DueClass.GRAVE_RISK: 88,
    DueClass.EARLIER_ORDER: 15,
    DueClass.LONGER: 7,
}
# Emergency directives 20-02, 20-03, 20-04, 21-02, 21-03 and 21-04 had ordered these before.
EMERGENCY_DIRECTIVES = {
    "CVE-2020-0601", "CVE-2020-1350", "CVE-2020-1472", "CVE-2021-26855", "CVE-2021-26857",
    "CVE-2021-26858", "CVE-2021-27065", "CVE-2019-11510", "CVE-2020-8243", "CVE-2020-8260",
    "CVE-2021-22893", "CVE-2021-22894", "CVE-2021-22899", "CVE-2021-22900", "CVE-2021-34527",
}  # fmt: skip
