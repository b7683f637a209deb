from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "seawall.cases"
    label = "cases"

    def ready(self) -> None:
        """Answer the findings, which cannot import the cases."""
        from seawall.cases.covering import CasesOfFindings
        from seawall.findings.coordination import fill

        fill(CasesOfFindings())
