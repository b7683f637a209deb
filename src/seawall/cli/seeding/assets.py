"""Made-up systems of deployers, what hits them, and what directives demand by when."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from seawall.cli.seeding.reports import Bug
from seawall.cli.seeding.world import Skewed, World
from seawall.directives.models import Obligation
from seawall.inventory.models import Asset, AssetComponent, Exposure, KevEntry, Sbom

_CLASSES = ("civilian-federal", "civilian-federal", "state-local", "critical-infrastructure",
            "critical-infrastructure", "other", "dow")  # fmt: skip
_COMPONENTS = 60
"""Components of an asset, on average."""


def make_assets(world: World, bugs: Sequence[Bug], *, done: Callable[[int], None]) -> None:
    """Assets, few deployers with many; the exposures are to the bugs that have a CVE."""
    tables = world.tables
    owners = Skewed(len(world.deployers), world.dice, steepness=0.9)
    packages = Skewed(len(world.packages), world.dice, steepness=0.9)
    known: dict[int, list[Bug]] = {}
    for bug in bugs:
        if bug.cve and bug.best:
            known.setdefault(bug.package, []).append(bug)
    for bug in bugs[:: max(1, len(bugs) // 1_500)]:
        _list_in_kev(world, bug)
    for number in range(1, world.size.assets + 1):
        owner = world.deployers[owners.draw()]
        tables[Asset].add(
            owner_id=owner,
            name=f"{world.some(('Portal', 'Records', 'Billing', 'Control', 'Gateway'))} {number}",
            system_class=world.some(_CLASSES),
            publicly_exposed=world.some((True, False, None)),
            created_at=world.now - timedelta(days=400),
        )
        sbom = tables[Sbom].add(
            asset_id=number,
            digest=f"{number:064x}",
            format="CycloneDX",
            spec_version="1.5",
            document_name="",
            imported_at=world.now - timedelta(days=number % 60),
        )
        count = 5 + int(world.dice.expovariate(1 / _COMPONENTS))
        for package in {packages.draw() for _ in range(count)}:
            _component(world, number, sbom, package, known.get(package, ()))
        done(number)


def _list_in_kev(world: World, bug: Bug) -> None:
    if bug.cve:
        row = KevEntry(
            cve=bug.cve,
            added_date=bug.first_at.date(),
            due_date=(bug.first_at + timedelta(days=21)).date(),
            vendor="Example",
            product=world.packages[bug.package].name,
        )
        world.tables[KevEntry].put(row)


def _component(world: World, asset: int, sbom: int, package: int, hits: Sequence[Bug]) -> None:
    tables, about = world.tables, world.packages[package]
    version = f"1.{asset % 30}.{asset % 7}"
    purl = f"{about.purl}@{version}"
    tables[AssetComponent].add(sbom_id=sbom, ref=purl, name=about.name, version=version, purl=purl)
    for bug in hits[:2]:
        found = world.now - timedelta(days=world.dice.random() * 120)
        closed = found + timedelta(days=9) if world.dice.random() < 0.55 else None
        exposure = tables[Exposure].add(
            asset_id=asset,
            vulnerability=bug.cve,
            identifiers=[bug.cve],
            purl=purl,
            component=about.name,
            version=version,
            fixed_versions=["1.31.0"],
            why=f"{version} is below 1.31.0, the first fixed version.",
            severity="",
            found_at=found,
            closed_at=closed,
            closed_because="The SBOM has a version that is not affected." if closed else "",
        )
        if world.dice.random() < 0.8:
            _obligation(world, exposure, bug)


def _obligation(world: World, exposure: int, bug: Bug) -> None:
    started = world.now - timedelta(days=world.dice.random() * 40)
    days = world.some((3, 14, 60, None))
    closed = started + timedelta(days=2) if world.dice.random() < 0.5 else None
    due = started + timedelta(days=days) if days else None
    answers = {
        key: {"value": "yes", "source": "not known", "assumed": True}
        for key in ("in_kev", "publicly_exposed", "automatable")
    }
    world.tables[Obligation].add(
        exposure_id=exposure,
        directive="BOD 26-04",
        directive_version="1",
        row=14 if days == 3 else 9,
        outcome=f"{days} days" if days else "next upgrade",
        forensics=days == 3,
        binding=True,
        started_at=started,
        due_at=due,
        answers=answers,
        clocks=[],
        explanation=(
            f"BOD 26-04 row {14 if days == 3 else 9} (in KEV: yes; publicly exposed: yes) demands "
            f"this of {bug.cve} from {started:%Y-%m-%d %H:%M} UTC."
        ),
        computed_at=started,
        closed_at=closed,
        closed_as="remediated" if closed else "",
        evidence="Upgraded, see change 4711." if closed else "",
    )
