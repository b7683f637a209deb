from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "seawall.inventory"
    label = "inventory"

    def ready(self) -> None:
        """Answer the ledger: events about a system are for who sees the system."""
        from seawall.inventory.access import may_read_event
        from seawall.ledger.access import answers

        answers("asset", may_read_event)
