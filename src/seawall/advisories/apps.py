from django.apps import AppConfig


class AdvisoriesConfig(AppConfig):
    name = "seawall.advisories"
    label = "advisories"
