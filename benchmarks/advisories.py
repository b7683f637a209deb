"""How fast advisories are validated, made and signed, in documents per second of one core.

A release is five documents. "make, validate, sign" counts, for each release: writing them, schema
and rules of each and their comparison, their texts and digests, the statement and its DSSE
signature, the log's entry, its place in the tree, a signed checkpoint, the inclusion proof, the
bundle, and reading it back; not the database. Shapes vary as in tests/formats/varied_releases.py;
the other measurements are of one shape, which has everything.

Peers run over the same documents in the same run, where they are at hand:
`prototyyppi` (PyPI) in this Python or in the one that $PROTOTYYPPI_PYTHON names, and
csaf-validator-lib (npm, the library of Secvisogram) in the folder $CSAF_VALIDATOR_LIB.
CISA's advisories are used when the optional data folder is there, else generated ones.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import zstandard

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from formats.bundles import RELEASE_KEY, Maker  # noqa: E402
from formats.releases import RELEASE  # noqa: E402
from formats.varied_releases import varied  # noqa: E402
from seawall.formats.release_bundle import check_bundle, read_bundle  # noqa: E402
from seawall.formats.release_documents import (  # noqa: E402
    check_documents,
    document_text,
    file_name,
    write_documents,
)
from seawall.formats.validate import DocumentKind, is_valid, validate_document  # noqa: E402
from seawall.formats.write_csaf import csaf_vex  # noqa: E402
from seawall.vocab.release import AdvisoryRelease  # noqa: E402

BATCH = 200
"""Releases in one measurement; a machine that others use too disturbs some of them."""

_PROTOTYYPPI = """
import json, sys, time
from prototyyppi.csaf.v20._validator import validate
documents = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
validate(documents[0], preset="basic")
start = time.process_time()
reports = [validate(one, preset="basic") for one in documents]
used = time.process_time() - start
valid = sum(all(r.passed or r.skipped for r in report.results) for report in reports)
print(json.dumps([len(documents) / used, valid]))
"""
_SECVISOGRAM = """
import fs from 'fs'
const lib = process.argv[2]
const mandatory = Object.values({...await import(lib + '/mandatoryTests.js')})
const { csaf_2_0 } = await import(lib + '/schemaTests.js')
const lines = fs.readFileSync(process.argv[3], 'utf8').trim().split('\\n')
const documents = lines.map((line) => JSON.parse(line))
const check = async (one) => {
  let valid = csaf_2_0(one).isValid
  for (const test of mandatory) {
    const answer = await test(one)
    if (answer.isValid === false || answer.errors?.length) valid = false
  }
  return valid
}
await check(documents[0])
const start = process.cpuUsage()
let valid = 0
for (const one of documents) if (await check(one)) valid++
const used = process.cpuUsage(start)
console.log(JSON.stringify([documents.length / ((used.user + used.system) / 1e6), valid]))
"""


def main() -> None:
    releases = list(_releases(2000))
    documents, source = _documents(releases)
    print(f"{len(documents)} CSAF documents ({source}), {_mean_size(documents)} bytes on average")
    validate_document(documents[0])
    ours, valid = _rate(documents, lambda one: is_valid(validate_document(one, DocumentKind.CSAF)))
    _line("schema and mandatory tests", ours, valid)
    for name, rate, peer_valid in _peers(documents):
        _line(f"  peer {name}", rate, peer_valid, ratio=ours / rate)
    write_documents(releases[0])
    made, whole = _rate(releases, _made_and_checked)
    _line("make and validate releases (5 documents each)", made, whole)
    _line("  the same, counted in documents", made * 5, whole * 5)
    for what, shapes in (("one shape", releases), ("all shapes", list(varied(2000)))):
        rate, count = _signed_rate(shapes)
        _line(f"make, validate, sign ({what})", rate, count, unit="documents")
    _line("  limit: two signatures for five documents", _signatures() * 5 / 2, 0)


def _signed_rate(releases: list[AdvisoryRelease]) -> tuple[float, int]:
    """Documents per second in the batch that was least disturbed, and how many there were."""
    maker, rates, total = Maker(), [], 0
    for at in range(0, len(releases), BATCH):
        start = time.process_time()
        count = sum(_signed(maker, release) for release in releases[at : at + BATCH])
        rates.append(count / (time.process_time() - start))
        total += count
    return max(rates), total


def _signed(maker: Maker, release: AdvisoryRelease) -> int:
    """All that a release takes but the database; how many documents it has."""
    made = write_documents(release).documents
    assert all(is_valid(problems) for problems in check_documents(made).values())
    texts = {file_name(name, release): document_text(made[name]) for name in made}
    bundle, payload = maker.signed(release, texts)
    check_bundle(read_bundle(bundle), payload)
    return len(texts)


def _signatures() -> float:
    """Ed25519 signatures per second over a statement's size."""
    message = b"x" * 1500
    start = time.process_time()
    for _ in range(5000):
        RELEASE_KEY.sign(message)
    return 5000 / (time.process_time() - start)


def _line(
    what: str, rate: float, count: int, *, ratio: float | None = None, unit: str = "valid"
) -> None:
    tail = f"   we are {ratio:.1f}x" if ratio else ""
    counted = f"   {count} {unit}" if count else ""
    print(f"{what:<48}{rate:>10,.0f}/s/core{counted}{tail}")


def _rate(items: list[Any], check: Callable[[Any], bool]) -> tuple[float, int]:
    start = time.process_time()
    valid = sum(map(check, items))
    return len(items) / (time.process_time() - start), valid


def _made_and_checked(release: AdvisoryRelease) -> bool:
    documents = write_documents(release).documents
    return all(is_valid(problems) for problems in check_documents(documents).values())


def _releases(count: int) -> Iterable[AdvisoryRelease]:
    for number in range(1, count + 1):
        tracking = f"SEAWALL-2026-{number:04}"
        advisory = replace(RELEASE.advisory, id=tracking, summary=f"Weakness number {number}")
        yield replace(
            RELEASE, advisory=advisory, tracking_id=tracking, cve=f"CVE-2026-{10000 + number}"
        )


def _documents(releases: list[AdvisoryRelease]) -> tuple[list[Any], str]:
    folder = Path(os.environ.get("SEAWALL_DATA") or ROOT.parent / "shared" / "data")
    file = folder / "advisories" / "csaf-cisa.jsonl.zst"
    if not file.exists():
        return [csaf_vex(release) for release in releases], "generated"
    with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(file.open("rb")) as raw:
        return [json.loads(line) for line in raw.read().splitlines()], "CISA"


def _mean_size(documents: list[Any]) -> int:
    return sum(len(json.dumps(one)) for one in documents) // len(documents)


def _peers(documents: list[Any]) -> Iterable[tuple[str, float, int]]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "documents.jsonl"
        data.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
        python = os.environ.get("PROTOTYYPPI_PYTHON") or sys.executable
        if python != sys.executable or importlib.util.find_spec("prototyyppi"):
            yield "prototyyppi", *_run([python, "-c", _PROTOTYYPPI, str(data)])
        else:
            print("  peer prototyyppi is absent: set PROTOTYYPPI_PYTHON")
        lib, node = os.environ.get("CSAF_VALIDATOR_LIB"), shutil.which("node")
        if lib and node:
            script = Path(folder) / "peer.mjs"
            script.write_text(_SECVISOGRAM, encoding="utf-8")
            yield "csaf-validator-lib", *_run([node, str(script), lib, str(data)])
        else:
            print("  peer csaf-validator-lib is absent: set CSAF_VALIDATOR_LIB")


def _run(command: list[str]) -> tuple[float, int]:
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    rate, valid = json.loads(answer.stdout)
    return float(rate), int(valid)


if __name__ == "__main__":
    main()
