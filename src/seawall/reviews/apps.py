"""The reviews app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "seawall.reviews"
    label = "reviews"
