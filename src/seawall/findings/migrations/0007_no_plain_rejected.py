"""The columns that held what is sealed now are gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("findings", "0006_sealed_rejected")]

    operations = [
        migrations.RemoveField(model_name="rejectedpart", name="where"),
        migrations.RemoveField(model_name="rejectedpart", name="reason"),
    ]
