"""Addresses of the review: submissions, evaluations, partners, grants."""

from django.urls import path

from seawall.web import evaluations, grants, partners, reviews, reviews_deeds

urlpatterns = [
    path("reviews", reviews.reviews, name="reviews"),
    path("reviews/new", reviews.new, name="review-new"),
    path("reviews/<str:submission_id>", reviews.review, name="review"),
    path("reviews/<str:submission_id>/edit", reviews.edit, name="review-edit"),
    path("reviews/<str:submission_id>/head-start", reviews.head_start, name="review-head-start"),
    path("reviews/<str:submission_id>/submit", reviews_deeds.submit, name="review-submit"),
    path(
        "reviews/<str:submission_id>/evidence/<str:evidence_id>",
        reviews_deeds.evidence,
        name="review-evidence",
    ),
    path("reviews/<str:submission_id>/share", reviews_deeds.share, name="review-share"),
    path("reviews/<str:submission_id>/open", reviews_deeds.open_window, name="review-open"),
    path("reviews/<str:submission_id>/close", reviews_deeds.close_window, name="review-close"),
    path("reviews/<str:submission_id>/withdraw", reviews_deeds.withdraw, name="review-withdraw"),
    path("reviews/<str:submission_id>/release", reviews_deeds.release, name="review-release"),
    path("reviews/<str:submission_id>/delete", reviews_deeds.delete, name="review-delete"),
    path(
        "reviews/<str:submission_id>/deletion",
        reviews_deeds.deletion_evidence,
        name="review-deletion",
    ),
    path(
        "reviews/<str:submission_id>/evaluations",
        evaluations.open_evaluation,
        name="evaluation-open",
    ),
    path("evaluations/<str:evaluation_id>", evaluations.evaluation, name="evaluation"),
    path(
        "evaluations/<str:evaluation_id>/progress", evaluations.progress, name="evaluation-progress"
    ),
    path("evaluations/<str:evaluation_id>/report", evaluations.report, name="evaluation-report"),
    path(
        "evaluations/<str:evaluation_id>/nonces/<str:voice>",
        evaluations.nonce,
        name="evaluation-nonce",
    ),
    path("evaluations/<str:evaluation_id>/plan", evaluations.plan, name="evaluation-plan"),
    path(
        "evaluations/<str:evaluation_id>/determine",
        evaluations.determine,
        name="evaluation-determine",
    ),
    path("partners", partners.partners_list, name="partners"),
    path("partners/apply", partners.apply, name="partner-apply"),
    path("partners/<str:partner_id>", partners.partner, name="partner"),
    path("partners/<str:partner_id>/criteria", partners.criterion, name="partner-criterion"),
    path("partners/<str:partner_id>/select", partners.select, name="partner-select"),
    path("partners/<str:partner_id>/appeal", partners.appeal, name="partner-appeal"),
    path("partners/<str:partner_id>/renew", partners.renew, name="partner-renew"),
    path("partners/<str:partner_id>/revoke", partners.revoke, name="partner-revoke"),
    path("partners/<str:partner_id>/withdraw", partners.withdraw, name="partner-withdraw"),
    path("grants", grants.grants_list, name="grants"),
    path("grants/new", grants.new, name="grant-new"),
    path("grants/<str:grant_id>", grants.grant, name="grant"),
    path("grants/<str:grant_id>/approve", grants.approve, name="grant-approve"),
    path("grants/<str:grant_id>/suspend", grants.suspend, name="grant-suspend"),
    path("grants/<str:grant_id>/resume", grants.resume, name="grant-resume"),
    path("grants/<str:grant_id>/revoke", grants.revoke, name="grant-revoke"),
    path("grants/<str:grant_id>/reports", grants.made_with, name="grant-made-with"),
    path("grants/<str:grant_id>/keys", grants.bind, name="grant-bind"),
    path("grants/<str:grant_id>/keys/<int:number>/revoke", grants.unbind, name="grant-unbind"),
    path("grants/<str:grant_id>/signals/<int:number>", grants.seen, name="signal-seen"),
]
