"""Addresses of the cases and of the maintainer's view."""

from django.urls import path

from seawall.web import maintainers, rooms, rooms_deeds, rooms_people

urlpatterns = [
    path("cases", rooms.cases, name="cases"),
    path("cases/<str:case_id>", rooms.case, name="case"),
    path("cases/<str:case_id>/timeline", rooms.history, name="case-timeline"),
    path("cases/<str:case_id>/files/<str:file_id>", rooms.file, name="case-file"),
    path("cases/<str:case_id>/messages", rooms_deeds.write, name="case-write"),
    path("cases/<str:case_id>/files", rooms_deeds.attach, name="case-attach"),
    path("cases/<str:case_id>/report", rooms_deeds.report, name="case-report"),
    path("cases/<str:case_id>/events", rooms_deeds.observe, name="case-observe"),
    path("cases/<str:case_id>/signs", rooms_deeds.sign, name="case-sign"),
    path("cases/<str:case_id>/promise", rooms_deeds.promise, name="case-promise"),
    path("cases/<str:case_id>/embargo", rooms_deeds.propose, name="case-propose"),
    path("cases/<str:case_id>/embargo/answer", rooms_deeds.answer, name="case-answer"),
    path("cases/<str:case_id>/policies", rooms_deeds.choose_policy, name="case-policy"),
    path("cases/<str:case_id>/policies/drop", rooms_deeds.drop_policy, name="case-policy-drop"),
    path("cases/<str:case_id>/fixes", rooms_deeds.add_fix, name="case-fix"),
    path("cases/<str:case_id>/credits", rooms_deeds.credit, name="case-credit"),
    path("cases/<str:case_id>/wish", rooms_deeds.wish, name="case-wish"),
    path("cases/<str:case_id>/handling-ids", rooms_deeds.handling_id, name="case-handling-id"),
    path("cases/<str:case_id>/handovers", rooms_deeds.hand_over, name="case-hand-over"),
    path(
        "cases/<str:case_id>/handovers/<str:handover_id>/withdraw",
        rooms_deeds.withdraw,
        name="case-withdraw",
    ),
    path("cases/<str:case_id>/participants", rooms_people.invite, name="case-invite"),
    path(
        "cases/<str:case_id>/participants/<int:number>/tier",
        rooms_people.set_tier,
        name="case-tier",
    ),
    path(
        "cases/<str:case_id>/participants/<int:number>/part",
        rooms_people.part_with,
        name="case-part-with",
    ),
    path(
        "cases/<str:case_id>/participants/<int:number>/report",
        rooms_people.party_step,
        name="case-party-step",
    ),
    path("cases/<str:case_id>/consent", rooms_people.consent, name="case-consent"),
    path("cases/<str:case_id>/read-ins", rooms_people.read_in, name="case-read-in"),
    path(
        "cases/<str:case_id>/read-ins/<int:number>/revoke",
        rooms_people.revoke,
        name="case-revoke",
    ),
    path("cases/<str:case_id>/bars", rooms_people.bar, name="case-bar"),
    path("cases/<str:case_id>/bars/<int:number>/lift", rooms_people.lift, name="case-lift"),
    path("cases/<str:case_id>/marking", rooms_people.mark, name="case-mark"),
    path("maintainer", maintainers.maintainer, name="maintainer"),
    path("maintainer/handovers/<str:handover_id>", maintainers.answer, name="maintainer-answer"),
    path("maintainer/<str:party_id>/budget", maintainers.budget, name="maintainer-budget"),
]
