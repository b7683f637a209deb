"""What the API says of a shredded case: that it was there and when it went, never what it was."""

import pytest
from django.utils import timezone

from api.doors import DIFF
from cases.casework import finding, prove
from seawall.advisories.actions import draft
from seawall.cases.actions import open_case
from seawall.cases.fixes import add_fix, record_verification
from seawall.cases.shredding import shred
from seawall.parties import sealing
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from validation.records import NOON

pytestmark = pytest.mark.django_db(transaction=True)

GONE = "This was shredded on 2026-11-23 and cannot be read by anybody."


@pytest.fixture
def shredded(home) -> dict[str, str]:
    """The ids of what was shredded; another case stays."""
    other = finding("Another one", target="pkg:pypi/other@1")
    prove(other, digest="cd" * 32)
    open_case(other, by=LOCAL, now=NOON)
    row = finding("Sandbox escape", description="How it works")
    run = prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    fix = add_fix(case, diff=DIFF, by=LOCAL, now=NOON)
    result = FixVerification(
        outcome=FixOutcome.VERIFIED,
        reasons=("It is silent.",),
        checks=(),
        silenced=(),
        started_at=NOON,
        finished_at=NOON,
    )
    record_verification(fix, result, by=LOCAL, now=NOON)
    drafted = draft(case, by=LOCAL, now=NOON, summary="How to escape").advisory
    shred(case, by=LOCAL, now=NOON)
    return {
        "advisory": drafted.public_id,
        "case": case.public_id,
        "finding": row.public_id,
        "validation": run.public_id,
        "report": row.report.public_id,
    }


@pytest.mark.parametrize(
    "address", ["findings/{finding}", "validations/{validation}", "advisories/{advisory}"]
)
def test_its_content_is_gone(shredded, reader, address):
    told = reader.get("/" + address.format(**shredded), status=410)
    assert (told["title"], told["detail"]) == ("Gone", GONE)


def test_the_case_stays_listed_and_says_since_when(shredded, reader):
    told = reader.get(f"/cases/{shredded['case']}")
    assert told["shredded_at"] == "2026-11-23T12:00:00Z"
    assert (told["title"], told["fixes"], told["findings"]) == (None, None, None)


@pytest.mark.parametrize("list_", ["cases", "findings", "validations", "reports", "advisories"])
def test_lists_go_on_and_say_nothing_of_what_it_was(shredded, reader, list_):
    page = reader.get(f"/{list_}")
    assert len(page["items"]) >= 1
    assert "escape" not in str(page)


def test_nothing_can_be_done_with_it(shredded, coordinator):
    told = coordinator.post(f"/cases/{shredded['case']}/fixes", {"version": "2"}, status=410)
    assert told["detail"] == GONE


def test_keys_that_cannot_be_reached_are_no_mystery_and_no_leak(home, reader):
    row = finding()
    (home / "keys" / "sealing.key").chmod(0o644)
    told = reader.get(f"/findings/{row.public_id}", status=503)
    assert told["detail"] == "The keys of this installation cannot be used; its log says why."
    assert reader.get("/findings")["items"][0]["title"]  # lists need no key


def test_lists_ask_for_no_key(home, reader, monkeypatch):
    row = finding()
    prove(row)
    open_case(row, by=LOCAL, now=timezone.now())

    def asked(self, key_id):
        raise AssertionError("a list asked for a key")

    monkeypatch.setattr(type(sealing.keyring()), "get", asked)
    for list_ in ("findings", "reports", "cases", "validations"):
        assert reader.get(f"/{list_}")["items"]
