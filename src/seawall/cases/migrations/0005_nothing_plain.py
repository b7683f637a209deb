"""The column that held what is sealed now is gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_sealed")]

    operations = [migrations.RemoveField(model_name="verification", name="record")]
