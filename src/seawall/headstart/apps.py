from django.apps import AppConfig


class HeadStartConfig(AppConfig):
    name = "seawall.headstart"
    label = "headstart"
