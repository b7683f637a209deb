"""A reproducer goes along only at T3 and when two people of two parties approved it."""

import base64
import io
import json
import zipfile

import pytest

from notices.world import joined, member, party, reload, work
from relays.test_relays import SENDING, Vince, token
from seawall.cases.actions import open_case
from seawall.cases.models import Participant, RelayHop
from seawall.findings.actions import submit
from seawall.findings.exporting import ask_export
from seawall.findings.models import Finding
from seawall.parties import approvals
from seawall.parties.access import actor_of
from seawall.parties.models import ApprovalSignature
from seawall.relays import actions
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL
from validation.records import NOON

pytestmark = pytest.mark.django_db
PROOF = b"PROOF OF IT"
__all__ = ["token"]


@pytest.fixture
def passed_on(home, receiver, settings, token):
    """A case with a proof, a vendor that reads it to T3, and what VINCE gets of it."""
    vince = Vince(receiver, settings)
    house, acme = party("House", is_house=True), party("Acme")
    report = {
        "seawall_report": 1,
        "provenance": {"reporter": "Lab"},
        "findings": [{"key": "1", "title": "Overflow", "reproducer": "proof.zip"}],
        "attachments": [
            {"name": "proof.zip", "base64": base64.b64encode(PROOF).decode()},
        ],
    }
    submit(json.dumps(report).encode(), name="r.json", by=LOCAL, now=NOON)
    row = Finding.objects.get()
    case = open_case(row, by=LOCAL, now=NOON)
    joined(case, acme, tier=Tier.T3)
    leads = [member(house, "Cora", MemberRole.LEAD), member(acme, "Ann", MemberRole.LEAD)]

    def passed_on() -> list[str]:
        actions.ask(reload(case), system="VINCE", receiver=acme, by=LOCAL, now=NOON)
        work(NOON, SENDING)
        ((_, files),) = vince.reports
        (packed,) = files.values()
        return zipfile.ZipFile(io.BytesIO(packed)).namelist()

    def approve() -> None:
        asked = ask_export(row, by=actor_of(leads[1]), now=NOON)
        for lead in leads:
            actor = actor_of(lead)
            approvals.sign(
                asked,
                party=min(actor.parties),
                digest=asked.digest,
                how=ApprovalSignature.How.CONFIRMED,
                evidence={},
                by=actor,
                now=NOON,
            )

    passed_on.approve = approve
    return passed_on


def test_without_an_approval_only_the_report_goes(passed_on):
    assert passed_on() == ["report.json"]
    assert RelayHop.objects.get().tier == Tier.T2


def test_with_an_approval_for_the_receiver_the_proof_goes_along(passed_on):
    passed_on.approve()
    names = passed_on()
    assert len(names) == 2 and names[1].endswith("-proof.zip")
    assert RelayHop.objects.get().tier == Tier.T3


def test_who_reads_no_proofs_gets_none_whatever_was_approved(passed_on):
    passed_on.approve()
    Participant.objects.update(tier=Tier.T2.value)
    assert passed_on() == ["report.json"]
