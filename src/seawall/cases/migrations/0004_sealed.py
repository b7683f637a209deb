"""Diffs and verification records are sealed under a key of each case."""

import json

from django.db import migrations, models

from seawall.parties import sealing


def seal(apps, schema_editor):
    """Seal what was kept in the clear; a fix or a record that is sealed is left alone."""
    fixes = apps.get_model("cases", "CandidateFix").objects.exclude(diff_digest="")
    for fix in fixes.filter(diff_blob="").select_related("case").order_by("pk"):
        key_id = _key_of(fix.case)
        try:
            fix.diff_blob = sealing.keep(key_id, sealing.blobs().get(fix.diff_digest))
        except (sealing.BlobMissing, sealing.BlobDamaged):
            continue  # as unreadable as it was
        fix.save(update_fields=["diff_blob"])
    rows = apps.get_model("cases", "Verification").objects.filter(sealed=b"")
    for row in rows.select_related("fix__case").order_by("pk"):
        record = json.dumps(row.record, ensure_ascii=False, separators=(",", ":"))
        row.sealed = sealing.seal(
            _key_of(row.fix.case),
            record.encode(),
            what="verification.record",
            place=f"{row.fix_id} {row.outcome} {sealing.exact(row.recorded_at)}",
        )
        row.save(update_fields=["sealed"])


def _key_of(case):
    case.refresh_from_db(fields=["key_id"])
    if not case.key_id:
        case.key_id = sealing.new_key()
        case.save(update_fields=["key_id"])
    return case.key_id


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_clocks_and_handovers")]

    operations = [
        migrations.AddField(
            model_name="candidatefix",
            name="diff_blob",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="verification",
            name="sealed",
            field=models.BinaryField(default=b""),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
    ]
