"""What follows a report: proofs are run, duplicates found, and only then cases are asked for."""

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from findings.reports import bundle, report_with_proof, seawall_report
from seawall.findings.actions import submit
from seawall.findings.models import DuplicateLink, Finding
from seawall.jobs import queue, registry
from seawall.jobs.carry_out import carry_out
from seawall.ledger import heard
from seawall.ledger.models import Outbox
from seawall.sandbox.protocol import SandboxUnavailable
from seawall.validation.models import Validation
from seawall.vocab.actors import LOCAL
from seawall.vocab.evidence import EvidenceLevel, Verdict
from validation.records import RECORD

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROOF = bundle("""
format = 1
title = "Deeply nested lists exhaust the stack"
[target]
purl = "pkg:pypi/sqlparse"
affected = "0.4.4"
runtime = "python"
[oracle]
kind = "exception"
type = "RecursionError"
[[step]]
call = "sqlparse:parse"
args = [{ repeat = ["[", 10000] }]
""")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_these_topics(monkeypatch):
    """What follows from an assessed finding is tested elsewhere; here it waits to be looked at."""
    import seawall.jobs.findings as handlers

    mine = {t: h for t, h in registry._handlers.items() if h.__module__ == handlers.__name__}
    monkeypatch.setattr(registry, "_handlers", mine)
    monkeypatch.setattr(registry, "MODULES", ())


@pytest.fixture
def prover(monkeypatch):
    """Stands for the sandbox and the run; `results` are given one after the other."""

    class Prover:
        results = [RECORD]
        runs = 0

        def reproduce(self, reproducer, *, sandbox, cache_dir):
            self.runs += 1
            return replace(self.results.pop(0), reproducer_digest=reproducer.digest)

    made = Prover()
    monkeypatch.setattr("seawall.proofs.reproduce.reproduce", made.reproduce)
    monkeypatch.setattr("seawall.sandbox.choose.find_sandbox", lambda: object())
    return made


def send(data: bytes) -> None:
    submit(data, name="r.json", by=LOCAL, now=NOON)


def work() -> list[str]:
    """Carry out all that is due, in order; the topics."""
    done = []
    while rows := queue.due(now=NOON, limit=100):
        for row in rows:
            carry_out(row.id, now=NOON)
            done.append(row.topic)
    return done


def unhandled() -> list[tuple[str, dict]]:
    rows = Outbox.objects.filter(done_at=None).exclude(topic=heard.TOPIC).order_by("pk")
    return list(rows.values_list("topic", "ids"))


def test_a_claim_is_compared_and_then_assessed(home):
    send(seawall_report("One", "Two"))
    assert work() == ["findings.received", "findings.compare"]
    ids = list(Finding.objects.order_by("pk").values_list("pk", flat=True))
    assert unhandled() == [("finding.assessed", {"finding_id": pk}) for pk in ids]


def test_a_proof_is_run_and_recorded_before_the_finding_is_compared(home, prover):
    send(report_with_proof(PROOF))
    assert work() == ["findings.received", "validation.wanted", "validation.recorded"]
    row = Validation.objects.get()
    assert (row.verdict, row.level, row.is_best) == ("confirmed", 3, True)
    assert [topic for topic, _ in unhandled()] == ["finding.assessed"]


def test_work_that_is_done_twice_runs_the_proof_once(home, prover):
    send(report_with_proof(PROOF))
    work()
    Outbox.objects.filter(topic__in=queue.topics()).update(done_at=None)
    work()
    assert prover.runs == 1
    assert Validation.objects.count() == 1
    assert [topic for topic, _ in unhandled()] == ["finding.assessed"]


def test_a_proof_that_cannot_be_read_is_noted_and_never_run(home, prover):
    send(report_with_proof(bundle("format = 2")))
    assert work() == ["findings.received", "validation.wanted", "findings.compare"]
    assert Finding.objects.get().reproducer_problem.startswith("format: this reader knows format 1")
    assert prover.runs == 0
    assert [topic for topic, _ in unhandled()] == ["finding.assessed"]


def test_without_a_sandbox_nothing_is_run_and_the_work_waits(home, prover, monkeypatch):
    def none_works():
        raise SandboxUnavailable("bubblewrap is missing")

    monkeypatch.setattr("seawall.sandbox.choose.find_sandbox", none_works)
    send(report_with_proof(PROOF))
    assert work() == ["findings.received", "validation.wanted"]
    assert prover.runs == 0
    assert queue.problems() == [("validation.wanted", "bubblewrap is missing")]
    assert queue.state(now=NOON).later == 1


def test_two_reports_of_one_vulnerability_are_linked_whatever_their_proofs_show(home, prover):
    prover.results = [
        RECORD,
        replace(RECORD, verdict=Verdict.NOT_REPRODUCED, level=EvidenceLevel.E0),
    ]
    send(report_with_proof(PROOF, identifiers=["CVE-2024-4340"]))
    work()
    send(report_with_proof(PROOF, identifiers=["CVE-2024-4340"], title="In other words"))
    work()
    first, second = Finding.objects.order_by("pk")
    assert second.lead == first
    assert DuplicateLink.objects.get().explanation == "both are CVE-2024-4340"


_SUBMIT_AND_DIE = """
    import os, sys
    from seawall.config.bootstrap import setup
    setup()
    from django.utils import timezone
    from seawall.findings.actions import submit
    from seawall.vocab.actors import LOCAL
    submit(sys.stdin.buffer.read(), name="r.json", by=LOCAL, now=timezone.now())
    os._exit(9)
"""
_WORK = """
    from seawall.cli.main import main
    main()
"""


def test_a_report_whose_receiver_died_is_worked_on_by_the_next_process(tmp_path, own_database):
    environment = {"SEAWALL_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    environment |= own_database

    def run(code: str, *args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), *args],
            env=environment,
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )

    assert run(_SUBMIT_AND_DIE, stdin=seawall_report()).returncode == 9
    worked = run(_WORK, "work", "--once", "--json")
    assert worked.stderr == b""
    told = json.loads(worked.stdout)
    assert (told["tally"]["failed"], told["queue"]["due"], told["problems"]) == (0, 0, [])
    assert told["tally"]["done"] >= 2
