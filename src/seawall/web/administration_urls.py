"""Addresses of administration and approvals."""

from django.urls import path

from seawall.web import (
    administration,
    administration_house,
    administration_people,
    approvals,
    approvals_ask,
    approvals_release,
)

urlpatterns = [
    path("approvals", approvals.approvals_list, name="approvals"),
    path("approvals/<str:id>", approvals.approval, name="approval"),
    path("approvals/<str:id>/options", approvals.options, name="approval-options"),
    path("approvals/<str:id>/sign", approvals.sign, name="approval-sign"),
    path("approvals/<str:id>/withdraw", approvals.withdraw, name="approval-withdraw"),
    path("approvals/<str:id>/carry-out", approvals.carry_out, name="approval-carry-out"),
    path("approvals/ask/release/<str:id>", approvals_ask.release, name="ask-release"),
    path("approvals/ask/export/<str:id>", approvals_ask.export, name="ask-export"),
    path(
        "approvals/ask/file/<str:id>/<str:file_id>",
        approvals_ask.export_file,
        name="ask-file",
    ),
    path("approvals/ask/shred/<str:id>", approvals_ask.shred, name="ask-shred"),
    path("approvals/ask/break-glass/<str:id>", approvals_ask.break_glass, name="ask-break-glass"),
    path("cases/<str:id>/advisory", approvals_release.draft, name="case-draft"),
    path("advisories/<str:id>/publish", approvals_release.publish, name="advisory-publish"),
    path("admin", administration.parties, name="admin"),
    path("admin/parties/new", administration.new_party, name="admin-new-party"),
    path("admin/parties/<str:id>", administration.party, name="admin-party"),
    path("admin/parties/<str:id>/change", administration.change_party, name="admin-change-party"),
    path("admin/parties/<str:id>/active", administration.set_active, name="admin-party-active"),
    path("admin/parties/<str:id>/invite", administration.invite, name="admin-invite"),
    path(
        "admin/invitations/<str:id>/revoke",
        administration.revoke_invitation,
        name="admin-revoke-invitation",
    ),
    path("admin/members/<int:id>", administration.change_member, name="admin-change-member"),
    path("admin/members/<int:id>/end", administration.end_member, name="admin-end-member"),
    path("admin/people", administration_people.people_list, name="admin-people"),
    path("admin/people/<str:id>", administration_people.person, name="admin-person"),
    path("admin/people/<str:id>/reset", administration_people.reset_link, name="admin-reset-link"),
    path(
        "admin/people/<str:id>/active",
        administration_people.set_active,
        name="admin-person-active",
    ),
    path(
        "admin/people/<str:id>/end-sessions",
        administration_people.end_sessions,
        name="admin-end-sessions",
    ),
    path("admin/tokens", administration_house.tokens, name="admin-tokens"),
    path("admin/tokens/<str:key>/end", administration.end_token, name="admin-end-token"),
    path("admin/sessions", administration_house.sessions, name="admin-sessions"),
    path("admin/installation", administration_house.installation, name="admin-installation"),
]
