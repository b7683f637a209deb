from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CasesConfig(AppConfig):
    name = "seawall.cases"
    label = "cases"

    def ready(self) -> None:
        """Answer the findings and the ledger, which cannot import the cases."""
        from seawall.cases import covers
        from seawall.cases.covering import CasesOfFindings, may_read_event
        from seawall.cases.grave import register_subjects
        from seawall.findings.coordination import fill
        from seawall.ledger.access import answers

        fill(CasesOfFindings())
        register_subjects()
        answers("case", may_read_event)
        pre_migrate.connect(covers.before_migrating, sender=self)
        post_migrate.connect(covers.after_migrating, sender=self)
