"""The distribution app."""

from django.apps import AppConfig


class DistributionConfig(AppConfig):
    name = "seawall.distribution"
    label = "distribution"
