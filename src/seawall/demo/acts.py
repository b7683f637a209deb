"""The acts of the demo: each does its part with the same calls as any user and says what came."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from django.conf import settings

from seawall.advisories.actions import PublicationRefused, publish
from seawall.advisories.models import Advisory
from seawall.cases.actions import findings_of, observe
from seawall.cases.fixes import add_fix
from seawall.cases.models import CandidateFix, Case, MergeProposal
from seawall.config import processes
from seawall.core.cvd import CvdEvent
from seawall.demo.manifest import Bundle, Manifest, Operator
from seawall.demo.packing import proof_folder, report_bytes
from seawall.directives.access import obligations
from seawall.directives.actions import oblige
from seawall.directives.models import Obligation
from seawall.findings.actions import Submitted, submit
from seawall.findings.models import DuplicateLink, Finding
from seawall.formats.bounded import parse_json
from seawall.formats.kev import SsvcRecord, read_kev, read_vulnrichment
from seawall.formats.purl import parse_purl
from seawall.inventory.actions import Scan, describe_asset, import_sbom, scan
from seawall.inventory.catalogue import (
    import_documents,
    import_kev,
    import_ssvc,
    open_index,
    rebuild_index,
)
from seawall.inventory.models import Asset
from seawall.matching.index import AdvisoryIndex
from seawall.matching.schemes import scheme_for_purl_type
from seawall.parties.actions import named_party
from seawall.parties.models import Party
from seawall.proofs.reader import load_reproducer
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import PrepareFailed, Unsupported
from seawall.proofs.runtimes import driver_for
from seawall.sandbox import find_sandbox
from seawall.validation.models import Validation
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import Side

_FETCHES = 8
"""At a time: fetching waits for the registries more than for this machine."""

Progress = Callable[[int, int], None]


def data(name: str) -> Traversable:
    """A file or folder of the demo's data."""
    return files("seawall.demo") / name


def get_ready(manifest: Manifest, progress: Progress) -> None:
    """Before the story: fetch and build both versions of each target, as far as they are not in
    the cache yet. What cannot be had is left to the proof's own run, which says why."""
    sandbox, cache = find_sandbox(), Path(settings.SEAWALL_HOME) / "cache"
    proofs = [_proof(each) for each in manifest.bundles]
    wanted = [
        (proof, side)
        for proof in proofs
        for side in (Side.AFFECTED, Side.FIXED)
        if not proof.script and (side is Side.AFFECTED or proof.target.fixed)
    ]

    def prepare(proof: Reproducer, side: Side) -> None:
        with suppress(BadInput, PrepareFailed, Unsupported):
            driver_for(proof, sandbox, cache).prepare(proof, side)

    progress(0, len(wanted))
    with ThreadPoolExecutor(max_workers=_FETCHES) as pool:
        jobs = [pool.submit(prepare, proof, side) for proof, side in wanted]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            progress(done, len(wanted))


def receive(manifest: Manifest) -> list[tuple[str, Submitted]]:
    """Act 1: reports come in, each as its file name and what became of it."""
    received = []
    for name in manifest.reports:
        sent_as, content = report_bytes(files("seawall.demo"), name)
        received.append((sent_as, submit(content, name=sent_as, by=LOCAL, now=_now())))
    return received


def prove(progress: Progress) -> list[Validation]:
    """Act 2: every proof runs in the sandbox; gives the validations in order of their findings."""
    total = Finding.objects.filter(reproducer__isnull=False).count()
    done = 0

    def told(topic: str, result: processes.Result) -> None:
        nonlocal done
        if topic == "validation.wanted":
            done += 1
            progress(done, total)

    progress(0, total)
    processes.work_once(parallel=0, progress=told, again=False)
    rows = Validation.objects.filter(is_best=True).select_related("finding__report")
    return list(rows.order_by("finding_id"))


def merged() -> list[DuplicateLink]:
    """Act 3: what was found to be the same, and why."""
    rows = DuplicateLink.objects.filter(joins=True, undone_at=None)
    return list(rows.select_related("earlier__report", "later__report"))


def fix(manifest: Manifest, progress: Progress) -> list[CandidateFix]:
    """Act 4: vendors are told, fixes come in and are run against every proof of their case."""
    cases = {case.pk: case for case in Case.objects.filter(merged_into=None)}
    for case in cases.values():
        observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=_now())
    total = 0
    for case in cases.values():
        for wanted in manifest.fixes_of(_targets(case)):
            diff = (data("fixes") / wanted.diff).read_bytes() if wanted.diff else b""
            label = wanted.label or wanted.version or wanted.diff
            add_fix(case, version=wanted.version, diff=diff, label=label, by=LOCAL, now=_now())
            total += 1
    done = 0

    def told(topic: str, result: processes.Result) -> None:
        nonlocal done
        if topic == "fix.wanted":
            done += 1
            progress(done, total)

    progress(0, total)
    processes.work_once(parallel=0, progress=told, again=False)
    rows = CandidateFix.objects.select_related("case__finding").prefetch_related("verifications")
    return list(rows.order_by("case_id", "pk"))


def proposals() -> list[MergeProposal]:
    """Cases that one fix silences together."""
    return list(MergeProposal.objects.select_related("earlier", "later", "fix"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An operator's system after a scan."""

    operator: Operator
    asset: Asset
    scan: Scan


def watch(manifest: Manifest) -> list[Watch]:
    """Act 5a: operators bring their SBOMs; the public catalogues are already here."""
    catalogues = data("catalogues")
    for name in manifest.advisories:
        lines = (catalogues / name).read_text(encoding="utf-8").splitlines()
        documents = [(f"{name} line {n}", json.loads(line)) for n, line in enumerate(lines, 1)]
        import_documents(documents, source=name, by=LOCAL, now=_now())
    if manifest.kev:
        catalogue = read_kev(parse_json((catalogues / manifest.kev).read_bytes()))
        import_kev(catalogue, by=LOCAL, now=_now())
    if manifest.ssvc:
        parts = read_vulnrichment((catalogues / manifest.ssvc).read_bytes().splitlines())
        decided = [part for part in parts if isinstance(part, SsvcRecord)]
        import_ssvc(decided, source="Vulnrichment", by=LOCAL, now=_now())
    index = rebuild_index()
    return [_watch(operator, index) for operator in manifest.operators]


def _watch(operator: Operator, index: AdvisoryIndex) -> Watch:
    owner = named_party(operator.owner, role=Party.Role.DEPLOYER, by=LOCAL, now=_now())
    asset = describe_asset(
        owner=owner,
        name=operator.asset,
        system_class=operator.system_class,
        publicly_exposed=operator.exposed,
        by=LOCAL,
        now=_now(),
    )
    content = (data("sboms") / operator.sbom).read_bytes()
    import_sbom(content, asset=asset, by=LOCAL, now=_now())
    found = scan(asset, index=index, by=LOCAL, now=_now())
    oblige(asset=asset, by=LOCAL, now=_now())
    return Watch(operator=operator, asset=asset, scan=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What became of one advisory; `refused` says why it waits."""

    advisory: Advisory
    documents: tuple[str, ...]
    refused: str = ""


def release() -> list[Publication]:
    """Act: the advisories are published, except what an embargo holds."""
    made = []
    for advisory in Advisory.objects.select_related("case").order_by("number"):
        case = advisory.case
        if case.merged_into_id is not None:
            continue
        made.append(_publish(advisory))
    processes.work_once(parallel=0, progress=None, again=False)
    return made


def _publish(advisory: Advisory) -> Publication:
    revision = advisory.revisions.order_by("-number").first()
    documents = tuple(revision.documents) if revision else ()
    try:
        publish(advisory, by=LOCAL, now=_now())
    except PublicationRefused as refused:
        return Publication(advisory=advisory, documents=documents, refused=str(refused))
    return Publication(advisory=advisory, documents=documents)


def due() -> list[Obligation]:
    """Act 6: what directives demand now, the most urgent first."""
    return list(obligations(LOCAL))


def upgrade(watches: list[Watch]) -> list[Watch]:
    """Act 7: each operator upgrades as its obligations say, and sends a new SBOM."""
    return [after for each in watches for after in _upgrade(each)]


def _upgrade(watch: Watch) -> Iterator[Watch]:
    wanted = dict(list(_upgrades(watch.asset).items())[: watch.operator.upgrades])
    if not wanted:
        return
    document = json.loads((data("sboms") / watch.operator.sbom).read_bytes())
    for component in document.get("components", ()):
        version = wanted.get(component.get("purl", ""))
        if version:
            old = component["version"]
            component["purl"] = component["purl"].replace(f"@{old}", f"@{version}")
            component["version"] = version
    content = json.dumps(document).encode()
    import_sbom(content, asset=watch.asset, by=LOCAL, now=_now())
    found = scan(watch.asset, index=open_index(), by=LOCAL, now=_now())
    oblige(asset=watch.asset, by=LOCAL, now=_now())
    yield Watch(operator=watch.operator, asset=watch.asset, scan=found)


def _upgrades(asset: Asset) -> dict[str, str]:
    """purl → the lowest version that closes all its open exposures, as far as fixes are known."""
    found: dict[str, list[str]] = {}
    for exposure in asset.exposures.filter(closed_at=None):
        if exposure.fixed_versions:
            found.setdefault(exposure.purl, []).append(exposure.fixed_versions[0])
    return {purl: max(versions, key=_key(purl)) for purl, versions in found.items()}


def _key(purl: str) -> Callable[[str], Any]:
    scheme = scheme_for_purl_type(parse_purl(purl).type)
    return scheme.key if scheme else str


def _targets(case: Case) -> list[str]:
    return [finding.target for finding in findings_of(case)]


def _now() -> datetime:
    return datetime.now(UTC)


def digests(manifest: Manifest) -> dict[str, Bundle]:
    """The digest of each bundle of the demo."""
    return {_proof(each).digest: each for each in manifest.bundles}


def _proof(bundle: Bundle) -> Reproducer:
    with as_file(proof_folder(bundle.name)) as folder:
        return load_reproducer(folder)


def groups() -> dict[str, int]:
    """Every finding's id with the number of its group."""
    return {row.public_id: row.lead_id or row.pk for row in Finding.objects.all()}
