from django.apps import AppConfig


class DirectivesConfig(AppConfig):
    name = "seawall.directives"
    label = "directives"

    def ready(self) -> None:
        """Answer the ledger: events about an obligation are for who sees the obligation."""
        from seawall.directives.access import may_read_event
        from seawall.ledger.access import answers

        answers("obligation", may_read_event)
