from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("taken_at", models.DateTimeField()),
                ("ledger_size", models.BigIntegerField()),
                ("counts", models.JSONField()),
            ],
            options={"ordering": ["-day"]},
        ),
    ]
