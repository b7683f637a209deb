from django.apps import AppConfig


class DirectivesConfig(AppConfig):
    name = "seawall.directives"
    label = "directives"
