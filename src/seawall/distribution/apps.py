"""The distribution app."""

from django.apps import AppConfig


class DistributionConfig(AppConfig):
    name = "seawall.distribution"
    label = "distribution"

    def ready(self) -> None:
        """Say who reads the events of receipts, keys, recipients and deliveries."""
        from seawall.distribution.access import may_read_event
        from seawall.ledger.access import answers

        for kind in ("clientkey", "signedreceipt", "recipient", "delivery"):
            answers(kind, may_read_event)
