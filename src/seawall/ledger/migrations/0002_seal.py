"""The triggers that make the ledger append-only; a change of `seal.py` needs a new migration."""

from django.db import migrations

from seawall.ledger.seal import FIRST_TABLES, seal, unseal


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: seal(schema_editor, FIRST_TABLES),
            lambda apps, schema_editor: unseal(schema_editor, FIRST_TABLES),
        )
    ]
