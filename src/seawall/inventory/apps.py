from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "seawall.inventory"
    label = "inventory"
