from django.apps import AppConfig


class ValidationConfig(AppConfig):
    name = "seawall.validation"
    label = "validation"

    def ready(self) -> None:
        """Answer the ledger: events about validations are for who reads their detail."""
        from seawall.ledger.access import answers
        from seawall.validation.access import may_read_event

        answers("validation", may_read_event)
