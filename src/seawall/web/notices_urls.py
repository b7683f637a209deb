"""Addresses of notices and webhooks."""

from django.urls import path

from seawall.web import notices, notices_webhooks

urlpatterns = [
    path("notices", notices.notices, name="notices"),
    path("notices/seen", notices.seen, name="notices-seen"),
    path("notices/settings", notices.settings, name="notices-settings"),
    path("notices/webhooks", notices_webhooks.webhooks, name="webhooks"),
    path("notices/webhooks/<str:webhook_id>", notices_webhooks.webhook, name="webhook"),
    path(
        "notices/webhooks/<str:webhook_id>/rotate", notices_webhooks.rotate, name="webhook-rotate"
    ),
    path("notices/webhooks/<str:webhook_id>/test", notices_webhooks.test, name="webhook-test"),
    path(
        "notices/webhooks/<str:webhook_id>/remove", notices_webhooks.remove, name="webhook-remove"
    ),
]
