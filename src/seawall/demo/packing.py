"""The demo's reports as the bytes that a finder would send."""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable

from seawall.formats.archives import pack_zip

REPORT = "report.json"


def proof_folder(name: str) -> Traversable:
    """The bundle `name`: a genuine one is the proof of a family of the practice bank, what must be
    caught lies with the demo."""
    genuine = files("seawall.evals") / "items" / name / "reproducer"
    return genuine if genuine.is_dir() else files("seawall.demo") / "bundles" / name


def report_bytes(corpus: Traversable, name: str) -> tuple[str, bytes]:
    """Give the file name and content of the report `name` below `corpus`/reports.

    A file is sent as it is. A folder holds a report.json and is sent as a zip of it with the
    bundles that its findings name, so that the proofs lie in one place only.
    """
    found = corpus / "reports" / name
    if found.is_file():
        return name, found.read_bytes()
    document = (found / REPORT).read_bytes()
    packed = {REPORT: document}
    for finding in json.loads(document)["findings"]:
        if bundle := finding.get("reproducer"):
            top = f"reproducers/{bundle}"
            packed |= dict(_below(proof_folder(bundle), top))
    return f"{name}.zip", pack_zip(packed)


def _below(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    made: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        spot = f"{path}/{entry.name}"
        made += _below(entry, spot) if entry.is_dir() else [(spot, entry.read_bytes())]
    return made
