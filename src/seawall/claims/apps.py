from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "seawall.claims"
    label = "claims"
