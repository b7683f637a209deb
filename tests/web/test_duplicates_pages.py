"""The review of duplicates: why, side by side, merge and undo with a reason."""

import pytest

from cases.casework import finding
from seawall.dedup.links import Strength
from seawall.findings.duplicates import Reason, link
from seawall.findings.models import DuplicateLink, Finding
from seawall.vocab.actors import LOCAL
from validation.records import NOON


@pytest.fixture
def pair(home, db) -> DuplicateLink:
    """Two findings that are shown as alike, and not joined."""
    one = finding("Escapes", reporter="Deep Lab", description="Same. Only left.")
    other = finding("Escapes", reporter="Ann Lab", description="Same. Only right.")
    reason = Reason(
        signal="same place", explanation="3 lines apart", strength=Strength.POSSIBLE, joins=False
    )
    return link(one, other, reason=reason, by=LOCAL, now=NOON)


def address(row: DuplicateLink) -> str:
    return f"/duplicates/{row.earlier.public_id}/{row.later.public_id}"


def lead_of(row: DuplicateLink) -> int | None:
    return Finding.objects.get(pk=row.later_id).lead_id


def test_pairs_wait_with_their_reason(visit, pair):
    who = visit("coordinator")
    text = who.get("/duplicates")
    assert "3 lines apart" in text
    assert address(pair) in text
    assert address(pair) not in who.get("/duplicates?tab=joined")
    assert address(pair) not in who.get("/duplicates?tab=apart")


def test_both_are_compared_with_differences_marked_and_credit_kept(visit, pair):
    text = visit("coordinator").get(address(pair))
    assert "The same kind of weakness at the same place" in text
    assert "Deep Lab" in text and "Ann Lab" in text
    assert '<td class="del"><span class="unseen">only here: </span>Only left.</td>' in text
    assert '<td class="add"><span class="unseen">only here: </span>Only right.</td>' in text
    assert '<tr class="same"><td>Same.</td><td>Same.</td></tr>' in text


def test_merging_takes_a_reason_joins_and_can_be_undone(visit, pair):
    who = visit("coordinator")
    who.post(f"{address(pair)}/decide", {"deed": "merge"})
    assert lead_of(pair) is None
    who.post(f"{address(pair)}/decide", {"deed": "merge", "because": "same sink"})
    assert lead_of(pair) == pair.earlier_id
    assert "same sink" in who.get("/duplicates?tab=joined")
    who.post(f"{address(pair)}/decide", {"deed": "apart", "because": "two sinks"})
    assert lead_of(pair) is None
    assert "two sinks" in who.get("/duplicates?tab=apart")


def test_a_pair_is_kept_apart(visit, pair):
    who = visit("coordinator")
    who.post(f"{address(pair)}/decide", {"deed": "apart", "because": "different bugs"})
    row = DuplicateLink.objects.get()
    assert (row.undone_because, lead_of(pair)) == ("different bugs", None)


def test_two_that_nothing_links_can_be_compared_and_not_taken_apart(visit, pair):
    third = finding("Something else", reporter="Ann Lab")
    who, url = visit("coordinator"), f"/duplicates/{third.public_id}/{pair.later.public_id}"
    assert "Nothing links them" in who.get(url)
    who.post(f"{url}/decide", {"deed": "apart", "because": "x"})
    assert "They are not linked." in who.get(url)


def test_the_next_pair_is_offered(visit, pair):
    third = finding("Third", reporter="Ann Lab")
    reason = Reason(
        signal="similar text", explanation="words", strength=Strength.POSSIBLE, joins=False
    )
    newer = link(pair.earlier, third, reason=reason, by=LOCAL, now=NOON)
    assert f'href="{address(pair)}"' in visit("coordinator").get(address(newer))


@pytest.mark.parametrize("kind", ["finder", "vendor", "operator"])
def test_pairs_are_for_the_house(visit, pair, kind):
    who = visit(kind)
    who.get("/duplicates", 403)
    who.get(address(pair), 403)
    who.post(f"{address(pair)}/decide", {"deed": "merge", "because": "x"}, 403)
    assert lead_of(pair) is None


def test_a_viewer_of_the_house_decides_nothing(visit, pair):
    visit("viewer").post(f"{address(pair)}/decide", {"deed": "merge", "because": "x"}, 403)
    assert lead_of(pair) is None


@pytest.mark.parametrize("tab", ["look", "joined", "apart", "fixes"])
def test_empty_tabs_say_what_would_be_here(visit, home, db, tab):
    assert 'class="empty"' in visit("coordinator").get(f"/duplicates?tab={tab}")


def test_a_merge_that_a_fix_suggests_is_decided(visit, home, db):
    from cases.casework import prove
    from seawall.cases.actions import open_case
    from seawall.cases.fixes import add_fix, propose_merge

    rows = [finding(title, reporter="Ann Lab") for title in ("One", "Two")]
    cases = []
    for n, row in enumerate(rows):
        prove(row, digest=f"{n}" * 64)
        cases.append(open_case(row, by=LOCAL, now=NOON))
    fix = add_fix(cases[0], version="3.1.5", by=LOCAL, now=NOON)
    asked = propose_merge(*cases, fix=fix, by=LOCAL, now=NOON)
    who = visit("coordinator")
    assert asked.explanation.replace("'", "&#x27;") in who.get("/duplicates?tab=fixes")
    who.post(f"/merges/{asked.public_id}", {"deed": "accept"})
    assert Finding.objects.get(pk=rows[1].pk).lead_id == rows[0].pk
    who.post(f"/merges/{asked.public_id}", {"deed": "decline"})
    assert "was decided" in who.get("/duplicates?tab=fixes")
