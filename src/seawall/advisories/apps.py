from django.apps import AppConfig


class AdvisoriesConfig(AppConfig):
    name = "seawall.advisories"
    label = "advisories"

    def ready(self) -> None:
        """Answer the ledger: that an advisory was published may everybody read, drafts not. Say
        how an approved release is carried out."""
        from seawall.advisories.access import may_read_event
        from seawall.advisories.actions import register_release
        from seawall.ledger.access import answers

        answers("advisory", may_read_event)
        register_release()
