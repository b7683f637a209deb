from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "seawall.ledger"
    label = "ledger"
