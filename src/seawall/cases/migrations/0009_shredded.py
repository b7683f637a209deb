from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_covered")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("shredded_at__isnull", False)),
                fields=["shredded_at"],
                name="case_shredded",
            ),
        ),
    ]
