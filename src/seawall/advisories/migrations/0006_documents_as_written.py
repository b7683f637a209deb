from django.db import migrations

import seawall.ledger.as_written


class Migration(migrations.Migration):
    dependencies = [("advisories", "0005_sweep")]

    operations = [
        migrations.AlterField(
            model_name="revision",
            name="public_documents",
            field=seawall.ledger.as_written.WrittenJSON(null=True),
        ),
    ]
