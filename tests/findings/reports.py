"""Reports as finders send them, small."""

import base64
import io
import json
import zipfile
from typing import Any


def seawall_report(*titles: str, reporter: str = "Ann Lab", **first: Any) -> bytes:
    """A Seawall report with one finding per title; `first` adds to the first finding."""
    findings = [
        {"key": str(number), "title": title, "target": "pkg:pypi/jinja2@3.1.4"}
        for number, title in enumerate(titles or ("Sandbox escape",), start=1)
    ]
    findings[0] |= first
    return json.dumps(
        {
            "seawall_report": 1,
            "provenance": {"reporter": reporter, "tools": [{"name": "m-1", "kind": "model"}]},
            "findings": findings,
        }
    ).encode()


def bundle(manifest: str = "format = 1\n") -> bytes:
    """A zip with a reproducer.toml; the same bytes whenever it is made."""
    file, member = io.BytesIO(), zipfile.ZipInfo("reproducer.toml")
    member.external_attr = 0o600 << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, manifest)
    return file.getvalue()


def report_with_proof(data: bytes, **first: Any) -> bytes:
    """A Seawall report whose one finding has the attachment `data` as reproducer."""
    report = json.loads(seawall_report("With proof", reproducer="proof.zip", **first))
    report["attachments"] = [
        {
            "name": "proof.zip",
            "media_type": "application/zip",
            "base64": base64.b64encode(data).decode(),
        }
    ]
    return json.dumps(report).encode()
