from django.apps import AppConfig


class ValidationConfig(AppConfig):
    name = "seawall.validation"
    label = "validation"
