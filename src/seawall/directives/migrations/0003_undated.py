from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directives", "0002_by_due_date")]

    operations = [
        migrations.RemoveIndex(model_name="obligation", name="obligation_due"),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("due_at__isnull", False)),
                fields=["due_at", "id"],
                name="obligation_due",
            ),
        ),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("due_at", None)),
                fields=["id"],
                name="obligation_undated",
            ),
        ),
    ]
