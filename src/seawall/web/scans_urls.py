"""Addresses of the scan map and of private matching."""

from django.urls import path

from seawall.web import scans, scans_claim, scans_matching

urlpatterns = [
    path("scans", scans.scans, name="claims"),
    path("scans/new", scans.new, name="claim-new"),
    path("scans/coverage", scans.covered, name="coverage"),
    path("scans/matching", scans_matching.sessions, name="matching"),
    path("scans/matching/<str:session_id>/end", scans_matching.end, name="match-end"),
    path("scans/<str:claim_id>", scans_claim.claim, name="claim"),
    path("scans/<str:claim_id>/renew", scans_claim.renew, name="claim-renew"),
    path("scans/<str:claim_id>/release", scans_claim.release, name="claim-release"),
    path("scans/<str:claim_id>/finish", scans_claim.finish, name="claim-finish"),
]
