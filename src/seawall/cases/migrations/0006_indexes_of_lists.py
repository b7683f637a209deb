from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_nothing_plain")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["embargo_state", "embargo_ends_at"], name="case_by_embargo"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["report_state", "vendor_aware"], name="case_by_report_state"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("fix_promised_at__isnull", False)),
                fields=["fix_promised_at"],
                name="case_by_promise",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["cve"], name="case_by_cve"),
        ),
    ]
