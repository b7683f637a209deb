"""The demo's corpus is whole, reads, and — online — comes out as its manifest says."""

import io
import json
import tomllib
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

from seawall.cli.dedupe_input import read_items
from seawall.dedup import group
from seawall.demo.manifest import Bundle, read_manifest
from seawall.demo.packing import proof_folder, report_bytes
from seawall.proofs.reader import load_reproducer, read_reproducer_archive
from seawall.proofs.reproducer import Reproducer
from seawall.vocab.evidence import EvidenceLevel, OracleKind, Runtime, Verdict

CORPUS = Path(str(files("seawall.demo")))
MANIFEST = read_manifest()
RAW = tomllib.loads((CORPUS / "manifest.toml").read_text())


def _bundle(name: str) -> Reproducer:
    return load_reproducer(Path(str(proof_folder(name))))


def test_every_bundle_is_in_the_manifest_and_can_be_read():
    named = [each.name for each in MANIFEST.bundles]
    caught = [b.name for b in MANIFEST.bundles if b.verdict is not Verdict.CONFIRMED]
    assert sorted(caught) == sorted(p.name for p in (CORPUS / "bundles").iterdir())
    digests = {_bundle(name).digest for name in named}
    assert len(digests) == len(named)


def test_enough_real_vulnerabilities_of_each_runtime_and_every_oracle():
    real = [_bundle(b.name) for b in MANIFEST.bundles if b.verdict is Verdict.CONFIRMED]
    count = {r: sum(x.target.runtime is r for x in real) for r in Runtime}
    assert count[Runtime.PYTHON] >= 6
    assert count[Runtime.NODE] >= 3
    assert count[Runtime.NATIVE] >= 3
    assert {x.oracle.kind for x in real} == set(OracleKind) - {OracleKind.CHECK}
    assert all(x.identifiers and x.target.fixed and x.description for x in real)


def test_no_proof_brings_code_into_the_observed_process():
    assert not any(_bundle(b.name).needs_endorsement for b in MANIFEST.bundles)


def test_what_must_be_caught_is_there():
    verdicts = [b.verdict for b in MANIFEST.bundles]
    assert verdicts.count(Verdict.FORGED) == 2
    assert verdicts.count(Verdict.FLAKY) == 1
    assert verdicts.count(Verdict.NOT_REPRODUCED) == 1
    assert all(
        (b.level is EvidenceLevel.E3) == (b.verdict is Verdict.CONFIRMED) for b in MANIFEST.bundles
    )


def test_each_bundle_is_sent_once_and_unchanged():
    sent = []
    for name in MANIFEST.reports:
        filename, content = report_bytes(files("seawall.demo"), name)
        if not filename.endswith(".zip"):
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for finding in json.loads(archive.read("report.json"))["findings"]:
                top = f"reproducers/{finding['reproducer']}/"
                members = [n for n in archive.namelist() if n.startswith(top)]
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as again:
                    for member in members:
                        again.writestr(member.removeprefix(top), archive.read(member))
                sent.append(read_reproducer_archive(packed.getvalue()).digest)
    assert sorted(sent) == sorted(_bundle(b.name).digest for b in MANIFEST.bundles)


def test_a_report_packs_to_the_same_bytes_each_time():
    corpus = files("seawall.demo")
    assert report_bytes(corpus, "driftwood") == report_bytes(corpus, "driftwood")


def test_fixes_and_operators_name_files_that_exist():
    targets = {_bundle(b.name).target.purl for b in MANIFEST.bundles}
    for fix in MANIFEST.fixes:
        assert fix.target in targets
        assert bool(fix.version) != bool(fix.diff)
        assert not fix.diff or (CORPUS / "fixes" / fix.diff).is_file()
    assert all((CORPUS / "sboms" / operator.sbom).is_file() for operator in MANIFEST.operators)


def test_the_readme_names_every_bundle_with_its_advisory():
    text = (CORPUS / "README.md").read_text()
    for each in MANIFEST.bundles:
        assert f"`{each.name}`" in text
        if each.verdict is Verdict.CONFIRMED:
            assert _bundle(each.name).identifiers[0] in text


def test_the_sboms_hold_packages_of_the_proofs_at_affected_versions():
    purls = set()
    for operator in MANIFEST.operators:
        sbom = json.loads((CORPUS / "sboms" / operator.sbom).read_text())
        purls |= {component.get("purl") for component in sbom["components"]}
    hit = [
        b.name
        for b in MANIFEST.bundles
        if f"{_bundle(b.name).target.purl}@{_bundle(b.name).target.affected}" in purls
    ]
    assert len(hit) >= 7


def test_reports_that_mean_the_same_bug_are_joined_and_no_others(tmp_path):
    corpus, signatures = files("seawall.demo"), []
    for name in MANIFEST.reports:
        filename, content = report_bytes(corpus, name)
        (tmp_path / filename).write_bytes(content)
        signatures += [item.signature for item in read_items(tmp_path / filename)]
    joined = {frozenset(_source(k) for k in g.members) for g in group(signatures) if g.links}
    assert joined == {frozenset((pair["bundle"], pair["report"])) for pair in RAW["duplicate"]}


def _source(key: str) -> str:
    """The bundle of a finding that brings one, else its report's file name."""
    filename, _, finding = key.rpartition("#")
    return finding if filename.endswith(".zip") else filename


@pytest.mark.online
@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("bundle", MANIFEST.bundles, ids=lambda bundle: bundle.name)
def test_each_proof_comes_out_as_the_manifest_says(bundle: Bundle):
    from seawall.cli.reproduce import default_cache
    from seawall.proofs.reproduce import reproduce
    from seawall.sandbox import find_sandbox

    record = reproduce(_bundle(bundle.name), sandbox=find_sandbox(), cache_dir=default_cache())
    assert (record.verdict, record.level) == (bundle.verdict, bundle.level), record.reasons
