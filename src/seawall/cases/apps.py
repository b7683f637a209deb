from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "seawall.cases"
    label = "cases"

    def ready(self) -> None:
        """Answer the findings and the ledger, which cannot import the cases."""
        from seawall.cases.covering import CasesOfFindings, may_read_event
        from seawall.cases.grave import register_subjects
        from seawall.findings.coordination import fill
        from seawall.ledger.access import answers

        fill(CasesOfFindings())
        register_subjects()
        answers("case", may_read_event)
