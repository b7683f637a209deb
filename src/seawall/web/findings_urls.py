"""Addresses of intake, findings, duplicates, reports and the operator's view."""

from django.urls import path

from seawall.web import (
    duplicates,
    finding_proof,
    findings,
    intake,
    intake_bulk,
    operators,
    operators_check,
    operators_obligations,
    proof_queue,
    submit,
)

urlpatterns = [
    path("intake", intake.intake, name="intake"),
    path("intake/deed", intake_bulk.deed, name="intake-bulk"),
    path("intake/proofs", proof_queue.part, name="proof-queue"),
    path("findings/<str:finding_id>", findings.finding, name="finding"),
    path("findings/<str:finding_id>/preview", findings.preview, name="finding-preview"),
    path("findings/<str:finding_id>/progress", findings.progress, name="finding-progress"),
    path("findings/<str:finding_id>/reproducer", finding_proof.reproducer, name="reproducer"),
    path("findings/<str:finding_id>/reproducer/ask", finding_proof.ask, name="reproducer-ask"),
    path(
        "findings/<str:finding_id>/reproducer/file",
        finding_proof.download,
        name="reproducer-download",
    ),
    path("validations/<str:validation_id>/attestation", findings.attestation, name="attestation"),
    path("duplicates", duplicates.review, name="duplicates"),
    path("duplicates/<str:one>/<str:other>", duplicates.pair, name="pair"),
    path("duplicates/<str:one>/<str:other>/decide", duplicates.decide, name="pair-decide"),
    path("merges/<str:proposal_id>", duplicates.decide_proposal, name="merge-proposal"),
    path("submit", submit.submit, name="submit"),
    path("reports", submit.reports, name="reports"),
    path("reports/<str:report_id>", submit.report, name="report"),
    path("reports/<str:report_id>/part", submit.report_part, name="report-part"),
    path("operator", operators.operator, name="operator"),
    path("operator/systems", operators.describe, name="asset-describe"),
    path("operator/systems/<str:asset_id>", operators.asset, name="asset"),
    path("operator/systems/<str:asset_id>/sbom", operators.put_sbom, name="asset-sbom"),
    path("operator/obligations", operators_obligations.obligations, name="obligations"),
    path(
        "operator/obligations/<str:obligation_id>",
        operators_obligations.obligation,
        name="obligation",
    ),
    path("operator/check", operators_check.check, name="check-advisory"),
]
