import django.db.models.deletion
from django.db import migrations, models

import seawall.ledger.as_written


class Migration(migrations.Migration):
    dependencies = [
        ("advisories", "0006_documents_as_written"),
    ]

    operations = [
        migrations.CreateModel(
            name="Patch",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
            ],
            options={
                "verbose_name_plural": "patches",
            },
        ),
        migrations.AddField(
            model_name="revision",
            name="public_fixes",
            field=seawall.ledger.as_written.WrittenJSON(null=True),
        ),
        migrations.AddField(
            model_name="revision",
            name="sealed_fixes",
            field=models.BinaryField(default=b""),
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bundle", models.TextField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("event_index", models.BigIntegerField(unique=True)),
                ("released_at", models.DateTimeField()),
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="advisories.revision",
                    ),
                ),
            ],
            options={
                "ordering": ["event_index"],
            },
        ),
    ]
