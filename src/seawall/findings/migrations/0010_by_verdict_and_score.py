from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("findings", "0009_narrowed")]

    operations = [
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["verdict", "score", "id"], name="finding_by_verdict_score"),
        ),
    ]
