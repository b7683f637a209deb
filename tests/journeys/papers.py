"""What the people of the journeys send: reports with proofs, a scanner's log, SBOMs."""

import base64
import io
import json
import zipfile
from typing import Any

from journeys.packages import PURL

CVE = "CVE-2026-40412"
SCORE = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"

_TARGET = f"""
[target]
purl = "{PURL}"
affected = "1.0"
runtime = "python"

[oracle]
kind = "command"
"""

PROOF = f"""
format = 1
title = "Lettermill runs Python that stands in a letter"
{_TARGET}
[[step]]
call = "lettermill:render"
args = ["Dear {{=__import__('os').system('{{command}}')}},"]
may_raise = true

[[control]]
call = "lettermill:render"
args = ["Dear {{name}}, you owe {{=6*7}} francs."]
kwargs = {{ name = "Ada" }}
"""

FORGED_PROOF = f"""
format = 1
title = "Lettermill runs commands that stand in a name"
script = "proof.py"
{_TARGET}"""

_FORGERY = """
import subprocess

import lettermill
import seawall

lettermill.render("Dear {name},", name="`x`")
subprocess.run([seawall.command], check=True)
"""


def lab_report(**more: Any) -> bytes:
    """An AI lab's report in Seawall's own format, with a proof that can be run."""
    finding = {
        "title": "Letters run Python code",
        "description": "What stands behind {= in a letter reaches eval in lettermill._value.",
        "target": f"{PURL}@1.0",
        "identifiers": [CVE],
        "cwes": ["CWE-95"],
        "severity": SCORE,
        "locations": [{"file": "lettermill.py", "line": 16, "function": "_value"}],
        **more,
    }
    return _report("Example Lab", finding, _zip({"reproducer.toml": PROOF}), model="lab-model-4")


def forged_report() -> bytes:
    """A report whose proof starts the planted command by itself."""
    finding = {
        "title": "Names in letters reach a shell",
        "description": "A name in backquotes is run as a command.",
        "target": f"{PURL}@1.0",
        "cwes": ["CWE-78"],
        "locations": [{"file": "lettermill.py", "line": 12, "function": "_fill"}],
    }
    proof = _zip({"reproducer.toml": FORGED_PROOF, "proof.py": _FORGERY})
    return _report("Bounty Hunter", finding, proof)


def scanner_log() -> bytes:
    """Another finder's scanner saw the same place, and says so in SARIF, without CVE or proof."""
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": "lettermill.py"},
            "region": {"startLine": 17},
        },
        "logicalLocations": [{"name": "_value", "kind": "function"}],
    }
    rule = {"id": "py/eval", "properties": {"tags": ["external/cwe/cwe-095"]}}
    result = {
        "ruleId": "py/eval",
        "message": {"text": "Call of eval on data from outside."},
        "locations": [place],
        "properties": {"purl": f"{PURL}@1.0"},
    }
    run = {
        "tool": {"driver": {"name": "evalfinder", "version": "2.3", "rules": [rule]}},
        "results": [result],
    }
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def sbom(version: str) -> bytes:
    """The CycloneDX SBOM of a system that runs Lettermill at `version`, and one thing more."""
    components = [
        {"type": "library", "name": name, "version": number, "purl": f"pkg:pypi/{name}@{number}"}
        for name, number in (("lettermill", version), ("postbox", "3.2"))
    ]
    return json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
    ).encode()


def _report(reporter: str, finding: dict[str, Any], proof: bytes, *, model: str = "") -> bytes:
    tools = [{"name": model, "kind": "model"}] if model else []
    provenance = {"reporter": reporter, "tools": tools, "credit": "named"}
    packed = base64.b64encode(proof).decode()
    attachment = {"name": "proof", "media_type": "application/zip", "base64": packed}
    document = {
        "seawall_report": 1,
        "provenance": provenance,
        "findings": [{**finding, "reproducer": "proof"}],
        "attachments": [attachment],
    }
    return json.dumps(document).encode()


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()
