"""What the log tells everybody: salts for commitments, signed checkpoints, cosignatures."""

import django.db.models.deletion
from django.db import migrations, models

from seawall.ledger.seal import FIRST_TABLES, TABLES, seal, unseal


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_checks")]

    operations = [
        # SQLite makes a table anew to add a column, and the triggers go with the old one.
        migrations.RunPython(
            lambda apps, schema_editor: unseal(schema_editor, FIRST_TABLES),
            lambda apps, schema_editor: seal(schema_editor, FIRST_TABLES),
        ),
        migrations.AddField(
            model_name="event",
            name="salt",
            field=models.BinaryField(default=b"", max_length=16),
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField(max_length=32)),
                ("text", models.TextField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["size"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("size__gte", 0)), name="checkpoint_size"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("witness", models.CharField(max_length=255)),
                ("line", models.TextField()),
                ("signed_at", models.DateTimeField()),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cosignatures",
                        to="ledger.checkpoint",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("checkpoint", "witness"), name="cosignature_once"
                    )
                ],
            },
        ),
        migrations.RunPython(
            lambda apps, schema_editor: seal(schema_editor, TABLES),
            lambda apps, schema_editor: unseal(schema_editor, TABLES),
        ),
    ]
