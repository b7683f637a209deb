from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_seal")]

    operations = [
        migrations.AddIndex(
            model_name="event", index=models.Index(fields=["by", "index"], name="event_by")
        ),
        migrations.AddIndex(
            model_name="outbox",
            index=models.Index(
                condition=models.Q(("failed_at__isnull", False)),
                fields=["id"],
                name="outbox_failed",
            ),
        ),
        migrations.CreateModel(
            name="LedgerCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("size", models.BigIntegerField()),
                ("done", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("problems", models.JSONField(default=list)),
                ("root", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={"ordering": ["-id"]},
        ),
    ]
