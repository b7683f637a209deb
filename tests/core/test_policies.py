"""Disclosure policies: read strictly, and counted in hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from seawall.core.policies import Moments, Publication, publication, read_policy
from seawall.vocab.disclosure import AfterFix, ClockStart, PolicyKind
from seawall.vocab.errors import BadInput

DAY0 = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FOLDER = files("seawall") / "policies" / "disclosure"
POLICIES = {
    p.id: p
    for f in FOLDER.iterdir()
    if f.name.endswith(".yaml")
    for p in [read_policy(f.read_text(encoding="utf-8"), name=f.name)]
}
GOOD = """
id: short
title: Seven days
authority: Somebody
kind: project
starts: vendor-notified
deadline: 7 days
sources: [{url: "https://example.org/policy", says: Seven days.}]
"""


def day(count: float) -> datetime:
    return DAY0 + timedelta(days=count)


def test_the_policies_of_the_house_are_read_and_cite_their_sources():
    assert {(p.id, p.kind, p.starts, p.deadline.days) for p in POLICIES.values()} == {
        ("google-project-zero", PolicyKind.AGREEMENT, ClockStart.VENDOR_NOTIFIED, 90),
        ("cert-cc", PolicyKind.AGREEMENT, ClockStart.VENDOR_NOTIFIED, 45),
        ("linux-distros", PolicyKind.LIST, ClockStart.POSTED, 14),
        ("linux-kernel", PolicyKind.PROJECT, ClockStart.FIX_READY, 7),
        ("oss-fuzz", PolicyKind.AGREEMENT, ClockStart.VENDOR_NOTIFIED, 90),
        ("runzero", PolicyKind.AGREEMENT, ClockStart.VENDOR_NOTIFIED, 60),
        ("zero-day-initiative", PolicyKind.AGREEMENT, ClockStart.VENDOR_NOTIFIED, 120),
        ("seawall-default", PolicyKind.DEFAULT, ClockStart.VENDOR_NOTIFIED, 90),
    }
    assert all(p.sources for p in POLICIES.values())


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ("deadline: 7 days", "deadline", "missing"),
        ("deadline: 7", "deadline", "not a duration"),
        ("deadline: 0 days", "deadline", "not between an hour and a year"),
        ("deadline: 9999 days", "deadline", "not between an hour and a year"),
        ("kind: friend", "kind", "unknown word"),
        ("id: ''", "id", "missing or not text"),
        ("sources: []", "sources", "a policy cites its source"),
        ("sources: [{url: ftp://x, says: x}]", "sources/0/url", "not a web address"),
        ("sources: [{url: 'https://x'}]", "sources/0/says", "missing or not text"),
        ("exploited: 8 days", "exploited", "longer than the deadline it shortens"),
        ("fix: instead", "fix", "after_fix and fix come together"),
        ("surprise: 1", "surprise", "unknown part"),
    ],
)
def test_an_incomplete_policy_is_refused_with_its_place(change, where, what):
    name = change.split(":")[0]
    lines = [line for line in GOOD.strip().splitlines() if not line.startswith(f"{name}:")]
    if what != "missing":
        lines.append(change)
    with pytest.raises(BadInput) as bad:
        read_policy("\n".join(lines), name="x.yaml")
    assert (bad.value.where, bad.value.what) == (f"x.yaml: {where}", what)


@pytest.mark.parametrize("text", ["[1]", "a: [", "!!python/object/apply:os.system [id]", ""])
def test_what_is_no_policy_is_refused(text):
    with pytest.raises(BadInput):
        read_policy(text)


def test_a_policy_is_silent_until_its_clock_starts():
    assert publication(POLICIES["linux-distros"], Moments(notified_at=day(0))) is None
    assert publication(POLICIES["linux-kernel"], Moments(notified_at=day(0))) is None


@pytest.mark.parametrize(
    ("fixed", "published"),
    [(47, 77), (83, 113), (None, 90), (95, 120), (104, 120), (105, 90)],
)
def test_project_zero_counts_as_its_own_examples_do(fixed, published):
    moments = Moments(notified_at=day(0), fix_ready_at=None if fixed is None else day(fixed))
    found = publication(POLICIES["google-project-zero"], moments)
    assert found is not None and found.at == day(published)


def test_project_zero_gives_seven_days_when_exploited():
    moments = Moments(notified_at=day(0), attacks_at=day(1))
    assert publication(POLICIES["google-project-zero"], moments) == Publication(
        at=day(7),
        because="7 days after it was reported to the vendor, because attacks were observed",
    )


@pytest.mark.parametrize(("fixed", "published"), [(10, 40), (70, 90), (None, 90)])
def test_oss_fuzz_takes_whichever_is_earlier(fixed, published):
    moments = Moments(notified_at=day(0), fix_ready_at=None if fixed is None else day(fixed))
    found = publication(POLICIES["oss-fuzz"], moments)
    assert found is not None and found.at == day(published)


@pytest.mark.parametrize(("promised", "published"), [(100, 100), (104, 104), (105, 90), (80, 90)])
def test_grace_reaches_to_a_promised_fix_and_no_further(promised, published):
    moments = Moments(notified_at=day(0), fix_promised_at=day(promised))
    found = publication(POLICIES["oss-fuzz"], moments)
    assert found is not None and found.at == day(published)


def test_a_second_finder_shortens_and_never_lengthens():
    default = POLICIES["seawall-default"]
    early = publication(default, Moments(notified_at=day(0), rediscovered_at=day(10)))
    late = publication(default, Moments(notified_at=day(0), rediscovered_at=day(88)))
    assert early == Publication(at=day(17), because="7 days after somebody else found it too")
    assert late is not None and late.at == day(90)


def test_weekends_and_clock_changes_do_not_count():
    hours = replace(POLICIES["linux-distros"], deadline=timedelta(hours=36), fix=AfterFix.NOTHING)
    found = publication(hours, Moments(posted_at=DAY0))
    assert found == Publication(
        at=datetime(2026, 11, 3, 21, 30, tzinfo=UTC),
        because="36 hours after it was posted to the list",
    )
