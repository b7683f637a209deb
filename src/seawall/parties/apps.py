from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "seawall.parties"
    label = "parties"
