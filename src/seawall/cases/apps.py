from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "seawall.cases"
    label = "cases"
