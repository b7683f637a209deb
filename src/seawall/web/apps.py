from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "seawall.web"
    label = "web"
