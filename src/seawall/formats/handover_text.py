"""A case that is passed on, as Markdown for people and as a Seawall report for programs."""

import hashlib
import json

from seawall.formats.report import write_seawall_report
from seawall.vocab.findings import CreditWish, Finding, Provenance, Report, ReportFormat
from seawall.vocab.handover import HandoverPayload


def handover_text(payload: HandoverPayload) -> str:
    """What the receiver reads, in Markdown."""
    parts = [payload.description.strip() or payload.title]
    facts = [
        ("Target", payload.target),
        ("Affected", payload.affected_versions),
        ("Fixed in", payload.fixed_version),
        ("Weakness", ", ".join(payload.cwes)),
        ("Known as", ", ".join(payload.identifiers)),
        ("Severity", payload.severity),
        ("Evidence", payload.evidence),
        ("Finders", ", ".join(payload.credits)),
        ("Our case", payload.case),
        ("Sharing", f"{payload.marking}{_until(payload)}"),
    ]
    parts.append("\n".join(f"- {name}: {text}" for name, text in facts if text))
    if payload.crash:
        parts.append(f"### Crash\n\n{_fenced(payload.crash)}")
    if payload.suggested_fix:
        parts.append(f"### Suggested fix\n\n{_fenced(payload.suggested_fix)}")
    if payload.references:
        parts.append("### References\n\n" + "\n".join(f"- {each}" for each in payload.references))
    return "\n\n".join(parts) + "\n"


def handover_report(payload: HandoverPayload) -> bytes:
    """The same as a Seawall report (docs/report.md), with its attachments."""
    finding = Finding(
        key=payload.case,
        title=payload.title,
        description=payload.description,
        target=payload.target,
        affected_versions=payload.affected_versions,
        fixed_version=payload.fixed_version,
        cwes=payload.cwes,
        identifiers=payload.identifiers,
        severity=payload.severity,
        crash=payload.crash,
        reproducer=payload.attachments[0].name if payload.attachments else "",
        suggested_fix=payload.suggested_fix,
        references=payload.references,
    )
    report = Report(
        format=ReportFormat.SEAWALL,
        digest="",
        provenance=Provenance(
            finders=payload.credits,
            credit=CreditWish.NAMED if payload.credits else CreditWish.ANONYMOUS,
        ),
        findings=(finding,),
        attachments=payload.attachments,
    )
    document = write_seawall_report(report) | {"tlp": payload.marking}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def payload_digest(payload: HandoverPayload) -> str:
    """sha256, hex, of everything that the receiver gets."""
    return hashlib.sha256(handover_report(payload)).hexdigest()


def _until(payload: HandoverPayload) -> str:
    at = payload.embargo_ends_at
    return f", under embargo until {at:%Y-%m-%d %H:%M} UTC" if at else ""


def _fenced(text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text.rstrip()}\n{fence}"
