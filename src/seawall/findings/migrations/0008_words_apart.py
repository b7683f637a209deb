from django.db import migrations

from seawall.findings import words


def remake(apps, schema_editor):
    """PostgreSQL's index took a URL, a path or an address for one word."""
    if schema_editor.connection.vendor == "postgresql":
        words.unindex(schema_editor)
        words.index(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("findings", "0007_no_plain_rejected")]

    operations = [migrations.RunPython(remake, migrations.RunPython.noop)]
