"""Records and attestations are sealed under the report's key."""

import json

from django.db import migrations, models

from seawall.parties import sealing


def seal(apps, schema_editor):
    """Seal what was kept in the clear."""
    rows = apps.get_model("validation", "Validation").objects.filter(sealed_record=b"")
    for row in rows.select_related("finding__report").order_by("pk").iterator(chunk_size=200):
        key_id, at = row.finding.report.key_id, sealing.exact(row.recorded_at)
        place = f"{row.finding_id} {row.reproducer_digest} {row.verdict} {row.level} {at}"
        record = json.dumps(row.record, ensure_ascii=False, separators=(",", ":"))
        row.sealed_record = sealing.seal(
            key_id, record.encode(), what="validation.record", place=place
        )
        row.sealed_attestation = sealing.seal(
            key_id, row.attestation.encode(), what="validation.attestation", place=place
        )
        row.save(update_fields=["sealed_record", "sealed_attestation"])


class Migration(migrations.Migration):
    dependencies = [
        ("validation", "0002_best_beside_findings"),
        ("findings", "0003_sealed"),
    ]

    operations = [
        migrations.AddField(
            model_name="validation",
            name="sealed_record",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="validation",
            name="sealed_attestation",
            field=models.BinaryField(default=b""),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
    ]
