import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_by_marking"),
        ("findings", "0007_no_plain_rejected"),
    ]

    operations = [
        migrations.CreateModel(
            name="Covered",
            fields=[
                (
                    "finding",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="covered",
                        serialize=False,
                        to="findings.finding",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="covers",
                        to="cases.case",
                    ),
                ),
            ],
        ),
    ]
