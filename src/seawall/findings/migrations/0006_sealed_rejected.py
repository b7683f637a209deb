"""What could not be read of a report is sealed too: it may quote the report."""

import json

from django.db import migrations, models

from seawall.parties import sealing


def seal(apps, schema_editor):
    """Seal what was kept in the clear."""
    rows = apps.get_model("findings", "RejectedPart").objects.filter(sealed=b"")
    for row in rows.select_related("report").order_by("pk").iterator(chunk_size=500):
        said = json.dumps([row.where, row.reason], ensure_ascii=False, separators=(",", ":"))
        row.sealed = sealing.seal(row.report.key_id, said.encode(), what="rejected.part", place="")
        row.save(update_fields=["sealed"])


class Migration(migrations.Migration):
    dependencies = [("findings", "0005_words")]

    operations = [
        migrations.AddField(
            model_name="rejectedpart",
            name="sealed",
            field=models.BinaryField(default=b""),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
    ]
