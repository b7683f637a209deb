from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_indexes_of_lists")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["tlp"], name="case_by_marking"),
        ),
    ]
