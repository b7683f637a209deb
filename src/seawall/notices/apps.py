from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "seawall.notices"
    label = "notices"

    def ready(self) -> None:
        from seawall.core.notice_events import EVENTS
        from seawall.ledger.heard import hear

        hear(*EVENTS)
