from django.db import migrations


def fill(apps, schema_editor):
    """Keep the best evidence of before beside its finding."""
    findings = apps.get_model("findings", "Finding")
    best = apps.get_model("validation", "Validation").objects.filter(is_best=True)
    for finding, level, verdict in best.values_list("finding", "level", "verdict").iterator():
        state = {"state": "valid"} if level else {}
        findings.objects.filter(pk=finding).update(level=level, verdict=verdict, **state)


class Migration(migrations.Migration):
    dependencies = [
        ("validation", "0001_initial"),
        ("findings", "0002_what_intake_sorts_by"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
