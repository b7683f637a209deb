"""What was kept in the clear before leaves the disk: blobs, and the database's unused pages."""

from django.db import migrations

from seawall.parties import sealing

_TABLES = (
    "findings_report",
    "findings_finding",
    "findings_duplicatelink",
    "findings_rejectedpart",
    "validation_validation",
    "cases_verification",
    "advisories_revision",
)


def sweep(apps, schema_editor):
    """Nothing is done where no report was ever received. Safe to run again."""
    reports = apps.get_model("findings", "Report").objects
    if not reports.exists():
        return
    fixes = apps.get_model("cases", "CandidateFix").objects
    plain = {
        *reports.exclude(blob="").values_list("digest", flat=True),
        *apps.get_model("findings", "Attachment")
        .objects.exclude(blob="")
        .values_list("digest", flat=True),
        *fixes.exclude(diff_blob="").values_list("diff_digest", flat=True),
    }
    plain -= set(apps.get_model("inventory", "Sbom").objects.values_list("digest", flat=True))
    sealing.discard(plain)
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in _TABLES:
                cursor.execute(f"VACUUM FULL {table}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("advisories", "0003_nothing_plain"),
        ("cases", "0005_nothing_plain"),
        ("findings", "0007_no_plain_rejected"),
        ("validation", "0004_nothing_plain"),
        ("inventory", "0001_initial"),
    ]

    operations = [migrations.RunPython(sweep, migrations.RunPython.noop, elidable=True)]
