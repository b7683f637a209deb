"""Made-up reports with their findings, proofs and duplicate links."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from seawall.cli.seeding import words
from seawall.cli.seeding.proofs import Proof, Proofs
from seawall.cli.seeding.world import Package, Skewed, World
from seawall.core.plain import to_plain
from seawall.dedup.components import bare_name, component
from seawall.dedup.links import Signal, Strength
from seawall.findings.models import Attachment, DuplicateLink, Finding, Identifier, Receipt, Report
from seawall.findings.triage import ecosystem_of, score_of
from seawall.parties import sealing
from seawall.validation.models import Validation
from seawall.vocab import findings as vocab

_KEYS_AT_ONCE = 5_000
_WHY = {
    Signal.IDENTIFIER: "both are {cve}",
    Signal.LOCATION: "same kind of weakness in {f}, 3 lines apart",
    Signal.CRASH: "the top frames in the target are the same: {f}",
    Signal.FIX: "the same fix silences both proofs",
    Signal.TEXT: "the descriptions of {f} share most of their words",
}


@dataclass(slots=True, kw_only=True)
class Bug:
    """One made-up vulnerability: what its findings share, and what is known of it so far."""

    package: int
    weakness: int
    function: str
    cve: str
    lead: int
    """Key of its first finding."""
    title: str = ""
    best: int = 0
    proven_at: datetime | None = None
    first_at: datetime
    reporters: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    world: World
    proofs: Proofs
    senders: Skewed
    packages: Skewed
    recent: dict[int, list[Bug]] = field(default_factory=dict)
    """Bugs of each package that a later report may repeat, the latest last."""
    bugs: list[Bug] = field(default_factory=list)


def make_reports(world: World, *, done: Callable[[int], None]) -> list[Bug]:
    """Reports of one to some hundred findings until there are enough; gives their bugs in the
    order in which they were first reported."""
    parts = _Parts(
        world=world,
        proofs=Proofs(world.dice, now=world.now),
        senders=Skewed(len(world.finders), world.dice),
        packages=Skewed(len(world.packages), world.dice, steepness=0.85),
    )
    keys, made = _keys(), 0
    while made < world.size.findings:
        share = made / world.size.findings
        made += _report(parts, next(keys), wanted=world.size.findings - made, share=share)
        done(made)
    return parts.bugs


def _keys() -> Iterator[str]:
    """Data keys, made in batches: each is durable before it is used."""
    while True:
        with sealing.opening():
            yield from sealing.keyring().new_many(_KEYS_AT_ONCE)


def _report(parts: _Parts, key: str, *, wanted: int, share: float) -> int:
    """One report; gives the number of its findings."""
    world, tables = parts.world, parts.world.tables
    at, sender = world.moment(share), world.finders[parts.senders.draw()]
    count = min(wanted, _how_many(world))
    number = tables[Report].count + 1
    report = Report(
        id=number,
        digest=_digest("report", number),
        format=world.some(("seawall", "seawall", "sarif", "osv", "text")),
        size_bytes=2_000 * count,
        provenance=to_plain(_provenance(world, sender)),
        received_at=at,
        key_id=key,
    )
    tables[Report].put(report)
    tables[Receipt].add(
        report_id=number, reporter_id=sender, sent_as="report.json", by=f"party:P-{sender}", at=at
    )
    package = parts.packages.draw()
    for place in range(count):
        if world.dice.random() < 0.3:
            package = parts.packages.draw()
        _finding(parts, report, sender=sender, package=package, place=place)
    return count


def _how_many(world: World) -> int:
    """Mostly one or a few findings, now and then a scanner's hundreds."""
    if world.dice.random() < 0.7:
        return 1 + int(world.dice.expovariate(0.7))
    return 5 + int(world.dice.paretovariate(1.2)) % 400


def _provenance(world: World, sender: int) -> vocab.Provenance:
    name = world.names[sender - 1]
    tools = (vocab.Tool(name="finder-model", version="3", kind="model"),)
    return vocab.Provenance(
        reporter=name,
        finders=(name,),
        tools=tools if sender % 3 else (),
        credit=vocab.CreditWish.NAMED,
        credit_name=name,
    )


def _finding(parts: _Parts, report: Report, *, sender: int, package: int, place: int) -> None:
    world, tables = parts.world, parts.world.tables
    number = tables[Finding].count + 1
    known = parts.recent.setdefault(package, [])
    repeats = bool(known) and world.dice.random() < 0.38
    bug = world.some(known) if repeats else _bug(world, package, number, report.received_at)
    about = world.packages[package]
    proof = parts.proofs.draw() if world.dice.random() < 0.42 else None
    waits = proof is None and world.dice.random() < 0.02
    row = _row(world, report, bug, about, number=number, proof=proof)
    row.sender = world.names[sender - 1]
    if proof or waits:
        row.reproducer_id = _attachment(world, report, number)
    row.content = to_plain(_content(world, row, bug, about, place=place))
    if repeats:
        _repeat(world, row, bug)
    else:
        bug.title = row.title
        parts.bugs.append(bug)
        known.append(bug)
        del known[:-12]
    if sender not in bug.reporters:
        bug.reporters.append(sender)
    tables[Finding].put(row)
    if bug.cve:
        tables[Identifier].add(finding_id=number, text=bug.cve)
    if proof is not None:
        _validate(world, row, bug, proof)


def _bug(world: World, package: int, lead: int, at: datetime) -> Bug:
    named = world.dice.random() < 0.35
    return Bug(
        package=package,
        weakness=int(world.dice.random() * len(words.WEAKNESSES)),
        function=world.some(words.FUNCTIONS),
        cve=f"CVE-{at.year}-{100_000 + lead}" if named else "",
        lead=lead,
        first_at=at,
    )


def _row(
    world: World, report: Report, bug: Bug, about: Package, *, number: int, proof: Proof | None
) -> Finding:
    _, title, severity = words.WEAKNESSES[bug.weakness]
    target = f"{about.purl}@1.{number % 30}.{number % 7}"
    state = "valid" if proof and proof.level else "received"
    if state == "received" and world.dice.random() < 0.06:
        state = "invalid"
    invalid = state == "invalid"
    return Finding(
        id=number,
        report=report,
        key=_digest("key", number),
        title=f"{about.name}: {title.format(f=bug.function)}",
        target=target,
        component=bare_name(component(target)),
        severity=severity,
        received_at=report.received_at,
        ecosystem=ecosystem_of(target),
        score=score_of(severity),
        level=int(proof.level) if proof else 0,
        verdict=proof.verdict.value if proof else "",
        state=state,
        decided_by="person:U-1" if invalid else "",
        decided_at=report.received_at if invalid else None,
        decided_because="Works as documented." if invalid else "",
    )


def _content(world: World, row: Finding, bug: Bug, about: Package, *, place: int) -> vocab.Finding:
    said = [world.some(words.SENTENCES).format(f=bug.function, p=about.name) for _ in range(3)]
    return vocab.Finding(
        key=str(place),
        title=row.title,
        description=" ".join(said),
        target=row.target,
        affected_versions="vers:generic/<1.4.3",
        fixed_version="1.4.3",
        cwes=(words.WEAKNESSES[bug.weakness][0],),
        identifiers=(bug.cve,) if bug.cve else (),
        locations=(vocab.Location(file=f"src/{bug.function}.c", line=row.pk % 900 + 1),),
        severity=row.severity,
        reproducer=f"proof-{row.pk}.zip" if row.reproducer_id else "",
    )


def _attachment(world: World, report: Report, number: int) -> int:
    return world.tables[Attachment].add(
        report_id=report.pk,
        name=f"proof-{number}.zip",
        media_type="application/zip",
        digest=_digest("proof", number),
        size_bytes=4_000,
    )


def _repeat(world: World, row: Finding, bug: Bug) -> None:
    """A link to the bug's first finding: most join, some wait for a person, a few were undone."""
    roll = world.dice.random()
    undone, joins = roll < 0.02, roll < 0.93
    signal = world.some(tuple(_WHY)) if bug.cve else Signal.LOCATION
    link = DuplicateLink(
        id=world.tables[DuplicateLink].count + 1,
        earlier_id=bug.lead,
        later=row,
        signal=signal.value,
        strength=int(Strength.CERTAIN if joins else Strength.POSSIBLE),
        joins=joins,
        made_by="job:findings.compare",
        made_at=row.received_at,
        undone_by="person:U-1" if undone else "",
        undone_at=row.received_at + timedelta(hours=5) if undone else None,
        undone_because="Two functions of the same file." if undone else "",
    )
    link.explanation = _WHY[signal].format(cve=bug.cve, f=bug.function)
    world.tables[DuplicateLink].put(link)
    if joins and not undone:
        row.lead_id = bug.lead


def _validate(world: World, row: Finding, bug: Bug, proof: Proof) -> None:
    at = row.received_at + timedelta(minutes=5)
    digest = _digest("bundle", row.pk)
    made = Validation(
        id=world.tables[Validation].count + 1,
        finding=row,
        reproducer_digest=digest,
        verdict=proof.verdict.value,
        level=int(proof.level),
        recorded_at=at,
        is_best=True,
    )
    made.record = proof.record_for(target=row.target.partition("@")[0], digest=digest)
    made.attestation = proof.attestation
    world.tables[Validation].put(made)
    if proof.level and bug.proven_at is None:
        bug.proven_at = at
    bug.best = max(bug.best, int(proof.level))


def _digest(kind: str, number: int) -> str:
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
