from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "seawall.findings"
    label = "findings"
