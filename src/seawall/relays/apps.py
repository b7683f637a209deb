from django.apps import AppConfig


class RelaysConfig(AppConfig):
    name = "seawall.relays"
    label = "relays"
