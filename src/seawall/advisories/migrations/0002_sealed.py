"""Documents that are not published are sealed under the case's key."""

import json

from django.db import migrations, models

from seawall.parties import sealing


def seal(apps, schema_editor):
    """Seal drafts that were kept in the clear; what was published stays readable."""
    rows = apps.get_model("advisories", "Revision").objects.filter(
        sealed_documents=b"", public_documents__isnull=True
    )
    for row in rows.select_related("advisory__case").order_by("pk"):
        if row.published_at is not None:
            row.public_documents = row.documents
        else:
            text = json.dumps(row.documents, ensure_ascii=False, separators=(",", ":"))
            row.sealed_documents = sealing.seal(
                _key_of(row.advisory.case),
                text.encode(),
                what="revision.documents",
                place=f"{row.advisory_id} {row.number}",
            )
        row.save(update_fields=["sealed_documents", "public_documents"])


def _key_of(case):
    case.refresh_from_db(fields=["key_id"])
    if not case.key_id:
        case.key_id = sealing.new_key()
        case.save(update_fields=["key_id"])
    return case.key_id


class Migration(migrations.Migration):
    dependencies = [
        ("advisories", "0001_initial"),
        ("cases", "0004_sealed"),
    ]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="sealed_documents",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="revision",
            name="public_documents",
            field=models.JSONField(null=True),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
    ]
