"""The column that held what is sealed now is gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("advisories", "0002_sealed")]

    operations = [migrations.RemoveField(model_name="revision", name="documents")]
