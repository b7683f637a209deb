"""Ask other validators about our CSAF documents: `tools/csaf_peers.py [--count 1000] [FILES…]`.

csaf-validator-lib (npm, the library of Secvisogram) and prototyyppi (PyPI) judge the schema and
all mandatory tests of CSAF 2.0 of each document: the FILES (JSON, folders of them), or else the
security advisory and the VEX document of so many generated releases of all shapes. They are
installed, pinned, into the folder $CSAF_PEERS (default var/csaf-peers) when they are not there.
Exit code 0: no document fails, except for the reasons in ERRING; 1: one does; 3: a validator
cannot be had here.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "@secvisogram/csaf-validator-lib"
PINNED = {LIBRARY: "2.0.10", "prototyyppi": "2026.10.25"}

_NODE = r"""
import fs from 'fs'
const lib = process.argv[2]
const tests = Object.entries({...await import(lib + '/mandatoryTests.js')})
const { csaf_2_0_strict } = await import(lib + '/schemaTests.js')
for (const line of fs.readFileSync(process.argv[3], 'utf8').trim().split('\n')) {
  const document = JSON.parse(line)
  const failed = {}
  const schema = csaf_2_0_strict(document)
  if (!schema.isValid) failed.schema = schema.errors.map((each) => each.message)
  for (const [name, test] of tests) {
    const answer = await test(document)
    if (answer.isValid !== false && !answer.errors?.length) continue
    failed[name] = answer.errors.map((each) => each.message)
  }
  console.log(JSON.stringify(failed))
}
"""
_PYTHON = """
import json, sys
from prototyyppi.csaf.v20._validator import validate
for line in open(sys.argv[1], encoding="utf-8"):
    report = validate(json.loads(line), preset="basic")
    failed = {r.id: [f"{e.instance_path}: {e.message}" for e in r.errors]
              for r in report.results if not (r.passed or r.skipped)}
    print(json.dumps(failed))
"""


class PeerMissing(RuntimeError):
    """A validator cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A document that a validator refuses; `excuse` says why the validator errs, "" when it does
    not."""

    document: str
    test: str
    says: str
    excuse: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erring:
    """Where a validator is wrong: which words of which of its tests, about which documents."""

    peer: str
    test: str
    says: str
    """A pattern for each of its messages."""
    about: Callable[[Any], bool]
    reason: str


def _each_version_once(document: Any) -> bool:
    """Whether no product has two scores of the same CVSS version."""
    for vulnerability in document["vulnerabilities"]:
        seen = [
            (product, score[key]["version"])
            for score in vulnerability.get("scores", ())
            for key in ("cvss_v2", "cvss_v3")
            if key in score
            for product in score["products"]
        ]
        if len(set(seen)) != len(seen):
            return False
    return True


ERRING = (
    Erring(
        peer="csaf-validator-lib",
        test="mandatoryTest_6_1_13",
        says=r'invalid purl: Invalid purl: (swift|cran) requires a "version" component',
        about=lambda document: True,
        reason="purl-spec requires a version of no type; of swift only the namespace",
    ),
    Erring(
        peer="prototyyppi",
        test="6.1.7",
        says=r".* has multiple CVSS v3 scores in vulnerability \d+",
        about=_each_version_once,
        reason="CSAF 2.0 §6.1.7 is about the same version; 3.0 and 3.1 are two",
    ),
)


def peers(folder: Path | None = None) -> Mapping[str, list[str]]:
    """Name → the command that reads a file of documents, one each line, and prints for each the
    tests it fails. Installs what is not there. Raises PeerMissing."""
    place = folder or Path(os.environ.get("CSAF_PEERS") or ROOT / "var" / "csaf-peers")
    place.mkdir(parents=True, exist_ok=True)
    return {"csaf-validator-lib": _node(place), "prototyyppi": _python(place)}


def ask(command: list[str], documents: Iterable[tuple[str, Any]], *, peer: str) -> list[Failure]:
    """What one validator refuses. Raises PeerMissing when it does not judge every document."""
    named = list(documents)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "documents.jsonl"
        data.write_text("".join(json.dumps(each) + "\n" for _, each in named), encoding="utf-8")
        answer = subprocess.run([*command, str(data)], capture_output=True, text=True, check=False)
    lines = answer.stdout.splitlines()
    if answer.returncode or len(lines) != len(named):
        raise PeerMissing(f"{peer} ended early: {answer.stderr.strip()[-500:]}")
    return [
        Failure(
            document=name,
            test=test,
            says=json.dumps(says[:3], ensure_ascii=False)[:400],
            excuse=excuse(peer, test, says, document),
        )
        for (name, document), line in zip(named, lines, strict=True)
        for test, says in json.loads(line).items()
    ]


def excuse(peer: str, test: str, says: list[str], document: Any) -> str:
    """Why the validator errs about this document; "" when it is not known to."""
    for each in ERRING:
        about = each.peer == peer and each.test == test and each.about(document)
        if about and all(re.fullmatch(each.says, one) for one in says):
            return each.reason
    return ""


def generated(count: int) -> Iterable[tuple[str, Any]]:
    """The CSAF documents of so many releases of all shapes."""
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    from formats.varied_releases import varied
    from seawall.formats.release_documents import DocumentName, write_documents

    for release in varied(count):
        documents = write_documents(release).documents
        for name in (DocumentName.CSAF, DocumentName.CSAF_VEX):
            yield f"{release.tracking_id} {name}", documents[name]


def stored(paths: Iterable[Path]) -> Iterable[tuple[str, Any]]:
    """The CSAF documents among files, folders of files, and release bundles."""
    for path in paths:
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            raw = json.loads(file.read_bytes())
            inside = raw.get("documents") if isinstance(raw, dict) else None
            texts = inside if isinstance(inside, dict) else {file.name: json.dumps(raw)}
            for name, text in texts.items():
                document = json.loads(text)
                if isinstance(document, dict) and "csaf_version" in document.get("document", {}):
                    yield f"{file}: {name}", document


def _node(place: Path) -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    library = place / "node_modules" / LIBRARY
    if node is None or npm is None:
        raise PeerMissing("There is no node with npm here.")
    if not (library / "package.json").exists():
        _install([npm, "install", "--prefix", str(place), "--ignore-scripts", "--no-audit",
                  "--no-fund", f"{LIBRARY}@{PINNED[LIBRARY]}"])  # fmt: skip
    script = place / "ask.mjs"
    script.write_text(_NODE, encoding="utf-8")
    return [node, str(script), str(library)]


def _python(place: Path) -> list[str]:
    python = place / "python" / "bin" / "python"
    if not python.exists():
        venv.create(place / "python", with_pip=True)
    if subprocess.run([python, "-c", "import prototyyppi"], capture_output=True).returncode:
        wanted = f"prototyyppi=={PINNED['prototyyppi']}"
        _install([str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", wanted])
    return [str(python), "-c", _PYTHON]


def _install(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerMissing(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=1000, help="how many releases to generate")
    parser.add_argument("files", nargs="*", type=Path, help="documents, bundles or folders instead")
    asked = parser.parse_args()
    documents = list(stored(asked.files) if asked.files else generated(asked.count))
    try:
        commands = peers()
        failures = {peer: ask(commands[peer], documents, peer=peer) for peer in commands}
    except PeerMissing as missing:
        print(missing, file=sys.stderr)
        return 3
    for peer, found in failures.items():
        _tell(peer, found, len(documents))
    return 1 if any(not each.excuse for found in failures.values() for each in found) else 0


def _tell(peer: str, found: list[Failure], documents: int) -> None:
    refused = {each.document for each in found if not each.excuse}
    erring = {each.document for each in found if each.excuse} - refused
    version = PINNED.get(peer) or PINNED[LIBRARY]
    print(
        f"{peer} {version}: {documents} documents, {documents - len(refused) - len(erring)} valid, "
        f"{len(erring)} refused in error, {len(refused)} refused"
    )
    for (test, why), times in Counter((each.test, each.excuse) for each in found).most_common():
        example = next(each for each in found if (each.test, each.excuse) == (test, why))
        told = f"in error: {why}" if why else f"such as {example.document}: {example.says}"
        print(f"  {test}: {times}, {told}")


if __name__ == "__main__":
    sys.exit(main())
