"""The columns that held what is sealed now are gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("findings", "0003_sealed")]

    operations = [
        migrations.RemoveField(model_name="report", name="extra"),
        migrations.RemoveField(model_name="finding", name="content"),
        migrations.RemoveField(model_name="duplicatelink", name="explanation"),
    ]
