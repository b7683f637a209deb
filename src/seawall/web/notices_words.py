"""What happened, in the words of the pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

HAPPENED: dict[str, Any] = {
    "validation.recorded": _("The proof of a finding was run"),
    "finding.marked_invalid": _("A finding was marked invalid"),
    "case.opened": _("The case was opened"),
    "case.observed": _("Something was observed"),
    "case.report_state": _("The report moved on"),
    "case.embargo_proposed": _("An embargo was proposed"),
    "case.embargo_accepted": _("The embargo was accepted"),
    "case.embargo_rejected": _("The proposed embargo was rejected"),
    "case.embargo_ended": _("The embargo ended"),
    "case.embargo_changed": _("The embargo changed"),
    "case.embargo_consented": _("A party accepted the embargo"),
    "case.embargo_due_soon": _("The embargo ends within a day"),
    "case.fix_added": _("A candidate fix was added"),
    "case.fix_verified": _("A fix was tried"),
    "case.fix_promised": _("The vendor said when the fix comes"),
    "case.merge_proposed": _("A merge was proposed"),
    "case.message_posted": _("Somebody wrote in the room"),
    "case.file_attached": _("A file was put in the room"),
    "case.joined": _("A party joined"),
    "case.left": _("A party left"),
    "case.read_in": _("Somebody was read in"),
    "case.marked": _("The marking changed"),
    "case.rediscovered": _("Somebody else found it too"),
    "case.handover_asked": _("The case waits for a vendor"),
    "case.handed_over": _("The case was handed over"),
    "case.relayed": _("The case was passed on"),
    "case.shredded": _("The case was shredded"),
    "claim.overlapped": _("Another party claims the same target"),
    "claim.ending": _("The scan claim ends within a day; renew or finish it"),
    "claim.expired": _("The scan claim has expired"),
    "match.started": _("A session of private matching was opened"),
    "match.answered": _("A side of the private matching has answered"),
    "match.ended": _("The private matching was given up"),
    "grant.signal": _("The use of a grant should be looked at"),
    "gateway.stopped": _("A kill switch of the gateway was thrown"),
    "advisory.published": _("The advisory was published"),
    "obligations.computed": _("Obligations are new or have changed"),
    "obligation.due_soon": _("An obligation is due within a day"),
}
"""By the event's word; `core.notice_events` has the same ones."""

CHOICES = tuple(HAPPENED.items())
