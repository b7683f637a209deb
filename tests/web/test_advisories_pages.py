"""Published advisories for everybody; drafts for nobody who may not read the case."""

import hashlib
import json
from datetime import timedelta

import pytest

from cases.casework import finding, prove
from seawall.advisories.actions import draft, publish
from seawall.cases.actions import open_case
from seawall.cases.models import Case
from seawall.ledger import queries as ledger
from seawall.signing.merkle import leaf_hash, verify_inclusion
from seawall.vocab.actors import LOCAL
from seawall.web.templatetags.parts import web_address
from validation.records import NOON
from web.people import KINDS

CVE = "CVE-2024-56326"
LATER = NOON + timedelta(days=1)
ID = "SEAWALL-2026-0001"


@pytest.fixture
def case(home, db, settings) -> Case:
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    row = finding(
        "Template text escapes the sandbox",
        identifiers=[CVE],
        description="A template runs <b>commands</b>.",
        references=["https://example.org/a"],
    )
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    draft(case, by=LOCAL, now=NOON)
    return case


@pytest.fixture
def published(case) -> Case:
    publish(case.advisory, by=LOCAL, now=LATER)
    return case


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_reads_what_is_published(visit, published, kind):
    who = visit(kind)
    assert ID in who.get("/advisories")
    text = who.get(f"/advisories/{ID}")
    assert "before 3.1.5, which is fixed" in text
    assert "&lt;b&gt;commands&lt;/b&gt;" in text
    assert 'href="https://example.org/a" rel="noopener noreferrer nofollow"' in text


def test_an_identifier_that_the_case_learned_since_finds_nothing(visit, published):
    who = visit("nobody")
    assert ID in who.get(f"/advisories?q={CVE.lower()}")
    Case.objects.update(cve="CVE-2026-7777")
    assert ID not in who.get("/advisories?q=CVE-2026-7777")


@pytest.mark.parametrize("kind", ["nobody", "finder", "vendor", "operator"])
def test_a_draft_is_as_absent_as_what_never_was(visit, case, kind):
    who = visit(kind)
    assert ID not in who.get("/advisories")
    other = "SEAWALL-2026-0002"
    hidden, absent = (
        who.client.get(f"/advisories/{each}").content.decode().replace(each, "X")
        for each in (ID, other)
    )
    assert _plain(hidden) == _plain(absent)
    for end in ("", "/documents/seawall-2026-0001.json", "/proof"):
        assert who.client.get(f"/advisories/{ID}{end}").status_code == 404


def _plain(text: str) -> str:
    """The page without its form tokens, which differ each time."""
    import re

    return re.sub(r'value="\w{64}"', "", text)


def test_the_house_sees_what_waits_and_is_told_not_to_pass_it_on(visit, case):
    who = visit("coordinator")
    assert "Waiting to be published" in who.get("/advisories")
    answer = who.client.get(f"/advisories/{ID}")
    assert "Do not pass it on" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_what_a_published_case_learns_next_is_not_told(visit, published):
    Case.objects.update(title="Also reaches the kernel")
    draft(Case.objects.get(), by=LOCAL, now=LATER, summary="Kernel too")
    for kind in ("nobody", "operator"):
        who = visit(kind)
        for url in ("/", "/advisories", f"/advisories/{ID}"):
            text = who.get(url)
            assert "kernel" not in text.lower()
        assert "2 of" not in who.get(f"/advisories/{ID}")


def test_a_document_is_what_its_digest_and_the_ledger_say(visit, published):
    who = visit("nobody")
    page = who.get(f"/advisories/{ID}")
    proof = json.loads(who.client.get(f"/advisories/{ID}/proof").content)
    said = json.loads(proof["entry"])["facts"]["documents"]
    assert len(said) == 4
    for name, digest in said.items():
        answer = who.client.get(f"/advisories/{ID}/documents/{name}")
        assert hashlib.sha256(answer.content).hexdigest() == digest
        assert digest in page
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert verify_inclusion(
        leaf=leaf_hash(proof["entry"].encode()),
        index=proof["index"],
        size=proof["size"],
        proof=[bytes.fromhex(each) for each in proof["path"]],
        root=ledger.root().hash,
    )
    assert proof["root"] == ledger.root().hash.hex()


@pytest.mark.parametrize(("q", "found"), [(ID.lower(), True), (CVE, True), ("CVE-1999-1", False)])
def test_the_list_is_narrowed_by_id_and_cve(visit, published, q, found):
    text = visit("nobody").get(f"/advisories?q={q}")
    assert (f"/advisories/{ID}" in text) is found
    assert ("No published advisory matches" in text) is not found


def test_the_list_costs_the_same_with_one_and_with_three(visit, published, count_queries):
    who = visit("nobody")
    one = count_queries(lambda: who.get("/advisories"))
    for number in (2, 3):
        row = finding(f"Another one {number}", reporter=f"Lab {number}")
        prove(row, digest=f"{number}" * 64)
        case = open_case(row, by=LOCAL, now=NOON)
        draft(case, by=LOCAL, now=NOON)
        publish(case.advisory, by=LOCAL, now=LATER)
    assert count_queries(lambda: who.get("/advisories")) == one


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x", "", " https://x"]
)
def test_only_web_addresses_are_followed(url):
    assert web_address(url) == ""
    assert web_address("HTTPS://example.org/") == "HTTPS://example.org/"
