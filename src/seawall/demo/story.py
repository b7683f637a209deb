"""The whole story, told and returned as data."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone
from rich.console import Console

from seawall.cases.models import CandidateFix
from seawall.config import processes
from seawall.demo import acts, cast, feed, review, rooms, scans
from seawall.demo.manifest import Manifest, read_manifest
from seawall.demo.show import Teller, verdict_counts
from seawall.findings.actions import Submitted
from seawall.headstart.actions import take_snapshot
from seawall.headstart.funnel import funnel
from seawall.ledger import queries as ledger
from seawall.validation.models import Validation
from seawall.vocab.evidence import EvidenceLevel


def play(console: Console, *, home: Path) -> dict[str, Any]:
    """Play all acts in the open installation; `surprises` is what the manifest did not expect."""
    manifest, teller = read_manifest(), Teller(console)
    with teller.progress("getting packages, fetched and built the first time") as bar:
        acts.get_ready(manifest, bar)
    began = time.monotonic()

    teller.act("Parties take their places", "Each sees what concerns it, and no more.")
    people = cast.take_places(manifest)
    teller.people(people)

    teller.act("Scans are claimed", "Who meets whom is said before anybody begins.")
    claimed = scans.claim(manifest)
    teller.scans(claimed)

    teller.act("Reports come in", "From AI labs, scanners and people, in several formats.")
    received = acts.receive(manifest)
    teller.reports(received)

    teller.act("Each proof runs in a sandbox", "On the affected and on the fixed version.")
    with teller.progress("proofs") as bar:
        proofs = acts.prove(bar)
    teller.proofs(proofs)

    teller.act(
        "Duplicates become one case", "Every finder keeps the credit; each merge can be undone."
    )
    links = acts.merged()
    teller.merges(links)

    teller.act("Fixes are run, not believed", "Proof silent, benign use whole, variants silent.")
    with teller.progress("fixes") as bar:
        fixes = acts.fix(manifest, bar)
    teller.fixes(fixes)
    proposals = acts.proposals()
    teller.proposals(proposals)

    teller.act(
        "Vendors get what is ready", "At the pace that they can bear; one case stays secret."
    )
    handed = rooms.hand_over(manifest)
    held = rooms.agree(manifest)
    teller.handovers(handed, held)

    teller.act("Operators say what they run")
    watches = acts.watch(manifest)
    teller.watches(watches)

    teller.act("Advisories go out, and meet the systems")
    feed.found()
    publications = acts.release()
    teller.publications(publications)

    teller.act("What is due, by when, and why")
    due = acts.due()
    teller.obligations(due)
    upgraded = acts.upgrade(watches)
    teller.upgrades(upgraded)

    teller.act(
        "An operator who trusts nobody in between follows the feed",
        "Signed, logged, and checked by the operator's own client; mirrors may lie.",
    )
    followed = feed.follow(watches[0].asset.owner)
    teller.followed(followed)

    surprises = [*_proof_surprises(manifest, proofs), *_fix_surprises(manifest, fixes)]
    surprises += _duplicate_surprises(manifest, received, proofs)

    teller.act(
        "Two models are reviewed before they are out",
        "The proven cases are the sealed items; both sides' nonces draw their order.",
    )
    bank = review.seal_bank()
    with teller.progress("attempts at items") as bar:
        reviewed = review.review(bank, bar)
    teller.reviewed(bank, reviewed)
    grant = review.early_access(reviewed)
    found = review.found_with(grant) if grant else None
    teller.early_access(grant, found)

    processes.work_once(parallel=0, progress=None, again=False)
    take_snapshot(now=timezone.now())
    stages = funnel()
    teller.funnel(stages)
    check = ledger.verify()
    surprises += check.problems
    surprises += review.surprises(reviewed)
    surprises += feed.surprises(followed)
    seconds = time.monotonic() - began
    teller.end(_where_next(home, seconds, check.root.size, surprises))
    return {
        "home": str(home),
        "seconds": round(seconds, 1),
        "reports": [{"file": name, **_plain(done)} for name, done in received],
        "verdicts": verdict_counts(proofs),
        "proofs": [_proof(row) for row in proofs],
        "merges": [
            {"finding": x.later.public_id, "same_as": x.earlier.public_id, "why": x.explanation}
            for x in links
        ],
        "fixes": [
            {"case": x.case.public_id, "fix": x.label, "outcome": x.verifications.all()[0].outcome}
            for x in fixes
            if x.verifications.all()
        ],
        "merge_proposals": [row.explanation for row in proposals],
        "handovers": [
            {"case": x.case.public_id, "vendor": x.vendor.name, "state": x.state} for x in handed
        ],
        "advisories": [
            {"id": p.advisory.public_id, "documents": p.documents, "waits": p.refused}
            for p in publications
        ],
        "obligations": [
            {
                "id": o.public_id,
                "asset": o.exposure.asset.name,
                "vulnerability": o.exposure.vulnerability,
                "due_at": o.due_at,
                "row": o.row,
                "explanation": o.explanation,
            }
            for o in due
        ],
        "followed": {
            "operator": followed.operator,
            "releases": followed.first.releases,
            "bytes": followed.first.received,
            "bytes_again": followed.again.received,
            "refusals": [{"mirror": r.deed, "client": r.answer} for r in followed.refusals],
            "receipts": followed.receipts,
        },
        "reviews": [
            {
                "submission": each.submission.public_id,
                "model": each.model.name,
                "verdict": each.verdict.value,
                "because": each.statistics.because,
                "problems": each.problems,
            }
            for each in reviewed
        ],
        "head_start": found,
        "funnel": stages,
        "ledger": {"size": check.root.size, "root": check.root.hash.hex(), "sound": check.sound},
        "surprises": surprises,
    }


def _proof_surprises(manifest: Manifest, proofs: Sequence[Validation]) -> Iterator[str]:
    """Proofs that came out differently than the manifest says, by bundle digest."""
    expected = acts.digests(manifest)
    found = {row.reproducer_digest: row for row in proofs}
    for digest, bundle in expected.items():
        row = found.get(digest)
        if row is None:
            yield f"{bundle.name} was not run."
        elif (row.verdict, row.level) != (bundle.verdict, bundle.level):
            yield (
                f"{bundle.name} is {row.verdict} {EvidenceLevel(row.level).name}, expected "
                f"{bundle.verdict} {bundle.level.name}: {row.value().reasons[0]}"
            )


def _duplicate_surprises(
    manifest: Manifest, received: Sequence[tuple[str, Submitted]], proofs: Sequence[Validation]
) -> Iterator[str]:
    """Duplicates that were not joined, and findings that were joined without being duplicates."""
    digests = {bundle.name: digest for digest, bundle in acts.digests(manifest).items()}
    group_of = acts.groups()
    proven = {row.reproducer_digest: row.finding for row in proofs}
    wanted = 0
    for each in manifest.duplicates:
        other = next(done.findings[0] for name, done in received if name == each.report)
        finding = proven.get(digests[each.bundle])
        wanted += 1
        if finding is None or group_of[finding.public_id] != group_of[other]:
            yield f"{each.report} was not recognised as {each.bundle}."
    joined = len(group_of) - len(set(group_of.values()))
    if joined > wanted:
        yield f"{joined} findings were joined, expected {wanted}."


def _fix_surprises(manifest: Manifest, fixes: Sequence[CandidateFix]) -> Iterator[str]:
    for row in fixes:
        wanted = next(
            (f for f in manifest.fixes if row.label in (f.label, f.version, f.diff)), None
        )
        runs = list(row.verifications.all())
        outcome = runs[0].outcome if runs else "not run"
        if wanted is not None and outcome != wanted.expect:
            yield f"Fix {row.label} of {row.case.title} is {outcome}, expected {wanted.expect}."


def _proof(row: Validation) -> dict[str, Any]:
    record = row.value()
    return {
        "finding": row.finding.public_id,
        "title": row.finding.title,
        "target": record.target,
        "affected": record.affected_version,
        "fixed": record.fixed_version,
        "oracle": record.oracle.value,
        "verdict": row.verdict,
        "level": EvidenceLevel(row.level).name,
        "reasons": record.reasons,
    }


def _plain(done: Any) -> dict[str, Any]:
    return {
        "report": done.report,
        "format": done.format,
        "findings": list(done.findings),
        "rejected": [{"where": p.where, "reason": p.reason} for p in done.rejected],
    }


def _where_next(home: Path, seconds: float, events: int, surprises: Sequence[str]) -> Iterator[str]:
    yield f"Played in {seconds:.0f} s. The ledger's {events} events were verified, hash by hash."
    for each in surprises:
        yield f"Not as expected: {each}"
    yield ""
    yield "Look around in it:"
    yield f"  export SEAWALL_HOME={home}"
    yield "  seawall findings list        what was reported, with verdicts"
    yield "  seawall case list            one case for each vulnerability"
    yield "  seawall advisory show SEAWALL-…"
    yield "  seawall obligations          what is due, and why"
    yield "  seawall serve --demo         the same as pages, with names to sign in as"
