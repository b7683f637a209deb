from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("findings", "0008_words_apart")]

    operations = [
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["verdict", "state", "level", "ecosystem"], name="finding_narrowed"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["sender", "verdict", "state", "level", "ecosystem"],
                name="finding_narrowed_by_sender",
                opclasses=["varchar_pattern_ops", "", "", "", ""],
            ),
        ),
    ]
