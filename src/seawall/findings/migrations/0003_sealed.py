"""What reports say is sealed under a key of each report; see 0004 for the end of the plaintext."""

import json

from django.db import migrations, models

from seawall.parties import sealing


def seal(apps, schema_editor):
    """Seal what was kept in the clear; a report that has a key is done already."""
    reports = apps.get_model("findings", "Report").objects
    for report in reports.filter(key_id="").order_by("pk").iterator(chunk_size=100):
        with sealing.opening():
            _seal_report(report)
    links = apps.get_model("findings", "DuplicateLink").objects.filter(sealed_explanation=b"")
    for link in links.select_related("later__report").order_by("pk").iterator(chunk_size=500):
        link.sealed_explanation = sealing.seal(
            link.later.report.key_id,
            link.explanation.encode(),
            what="link.explanation",
            place=f"{link.earlier_id} {link.later_id}",
        )
        link.save(update_fields=["sealed_explanation"])


def _seal_report(report):
    report.key_id = sealing.new_key()
    report.blob = _keep(report.key_id, report.digest)
    report.sealed_extra = sealing.seal(
        report.key_id, _json(report.extra), what="report.extra", place=""
    )
    report.save(update_fields=["key_id", "blob", "sealed_extra"])
    for attachment in report.attachments.order_by("pk"):
        attachment.blob = _keep(report.key_id, attachment.digest)
        attachment.save(update_fields=["blob"])
    for finding in report.findings.order_by("pk"):
        finding.key = sealing.commitment(report.key_id, finding.content.get("key", finding.key))
        finding.sealed = sealing.seal(
            report.key_id, _json(finding.content), what="finding.content", place=finding.key
        )
        finding.save(update_fields=["key", "sealed"])


def _keep(key_id, digest):
    try:
        return sealing.keep(key_id, sealing.blobs().get(digest))
    except (sealing.BlobMissing, sealing.BlobDamaged):
        return ""  # as unreadable as it was


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Migration(migrations.Migration):
    dependencies = [("findings", "0002_what_intake_sorts_by")]

    operations = [
        migrations.AddField(
            model_name="report",
            name="key_id",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="report",
            name="blob",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="report",
            name="sealed_extra",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="report",
            name="shredded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="attachment",
            name="blob",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="finding",
            name="sealed",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="finding",
            name="shredded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="duplicatelink",
            name="sealed_explanation",
            field=models.BinaryField(default=b""),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
    ]
