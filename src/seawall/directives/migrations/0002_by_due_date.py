from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directives", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["due_at", "id"],
                name="obligation_due",
            ),
        ),
    ]
