"""Which address leads to which page. One line per page; names are what templates link to."""

from django.urls import include, path

from seawall.web import (
    advisories,
    audit,
    feed_files,
    follow,
    home,
    live,
    log,
    preferences,
    search,
    styleguide,
)

urlpatterns = [
    path("", include("seawall.web.sign_in_urls")),
    path("", include("seawall.web.administration_urls")),
    path("", include("seawall.web.findings_urls")),
    path("", include("seawall.web.rooms_urls")),
    path("", include("seawall.web.scans_urls")),
    path("", include("seawall.web.notices_urls")),
    path("", include("seawall.web.reviews_urls")),
    path("", home.home, name="home"),
    path("advisories", advisories.advisories, name="advisories"),
    path("advisories/<str:advisory_id>", advisories.advisory, name="advisory"),
    path(
        "advisories/<str:advisory_id>/documents/<str:name>",
        advisories.document,
        name="advisory-document",
    ),
    path("advisories/<str:advisory_id>/proof", advisories.proof, name="advisory-proof"),
    path("advisories/<str:advisory_id>/release", advisories.release, name="advisory-release"),
    path("audit", audit.audit, name="audit"),
    path("audit/events/<int:index>", audit.event, name="audit-event"),
    path("audit/checks", audit.start_check, name="audit-check-start"),
    path("audit/checks/<int:check_id>", audit.check, name="audit-check"),
    path("log/checkpoint", log.checkpoint, name="log-checkpoint"),
    path("log/tile/entries/<path:place>", log.bundle, name="log-bundle"),
    path("log/tile/<str:level>/<path:place>", log.tile, name="log-tile"),
    path("feed/", feed_files.feed_file, {"path": ""}, name="feed-contents"),
    path("feed/<path:path>", feed_files.feed_file, name="feed-file"),
    path(
        ".well-known/csaf/provider-metadata.json",
        feed_files.well_known,
        {"path": "csaf/provider-metadata.json"},
        name="well-known-csaf",
    ),
    path(
        ".well-known/security.txt",
        feed_files.well_known,
        {"path": "security.txt"},
        name="well-known-security",
    ),
    path("follow", follow.follow, name="follow"),
    path("live/work", live.work, name="live-work"),
    path("preferences", preferences.prefer, name="preferences"),
    path("search", search.search, name="search"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
]
