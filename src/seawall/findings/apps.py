from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "seawall.findings"
    label = "findings"

    def ready(self) -> None:
        """Answer the ledger: events about findings and reports are for who reads their detail."""
        from seawall.findings.reading import may_read_event, may_read_report_event
        from seawall.ledger.access import answers

        answers("finding", may_read_event)
        answers("report", may_read_report_event)
