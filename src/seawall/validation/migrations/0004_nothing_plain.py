"""The columns that held what is sealed now are gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("validation", "0003_sealed")]

    operations = [
        migrations.RemoveField(model_name="validation", name="record"),
        migrations.RemoveField(model_name="validation", name="attestation"),
    ]
