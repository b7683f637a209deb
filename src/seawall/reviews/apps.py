"""The reviews app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "seawall.reviews"
    label = "reviews"

    def ready(self) -> None:
        """Say how designations work, and who reads the events of reviews."""
        from seawall.ledger.access import answers
        from seawall.reviews.access import may_read_event
        from seawall.reviews.grave import register_subjects

        register_subjects()
        for kind in ("submission", "evaluation", "partner", "grant"):
            answers(kind, may_read_event)
