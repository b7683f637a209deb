from django.db import migrations

from seawall.findings import words


def make(apps, schema_editor):
    words.index(schema_editor)


def unmake(apps, schema_editor):
    words.unindex(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("findings", "0004_nothing_plain")]

    operations = [migrations.RunPython(make, unmake)]
