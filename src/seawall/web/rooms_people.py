"""Who reads how much of a case: participants, consent, read-ins, bars, the marking."""

from datetime import timedelta

from django.utils.translation import gettext as _

from seawall.cases import access, participants, read_ins
from seawall.cases.speakers import party_named, person_named
from seawall.core.report_states import ReportStep
from seawall.parties.models import Party, Person
from seawall.vocab.access import Act, Part, Tier
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp
from seawall.web import rooms_forms as forms
from seawall.web.rooms_deeds import Deed, deed


@deed(Act.INVITE)
def invite(deed: Deed) -> str:
    said = deed.form(forms.InviteForm)
    made = participants.bring_in(
        deed.case,
        party_named(said["party"]),
        Part(said["part"]),
        tier=Tier[said["tier"]] if said["tier"] else None,
        by=deed.by,
        now=deed.now,
    )
    return _("{party} takes part.").format(party=made.party.name)


@deed(Act.INVITE)
def set_tier(deed: Deed, number: int) -> str:
    row = access.participant(deed.by, deed.case, number)
    name = deed.request.POST.get("tier", "")
    if name not in Tier.__members__:
        raise BadInput(_("choose a tier"))
    participants.set_tier(row, Tier[name], by=deed.by, now=deed.now)
    return _("{party} reads to {tier}.").format(party=row.party.name, tier=name)


@deed(Act.INVITE)
def part_with(deed: Deed, number: int) -> str:
    row = access.participant(deed.by, deed.case, number)
    participants.part_with(row, by=deed.by, now=deed.now)
    return _("{party} takes part no longer.").format(party=row.party.name)


@deed(Act.DECIDE_REPORT)
def party_step(deed: Deed, number: int) -> str:
    row = access.participant(deed.by, deed.case, number)
    try:
        step = ReportStep(deed.request.POST.get("step", ""))
    except ValueError:
        raise BadInput(_("choose a step")) from None
    participants.take_step(row, step, by=deed.by, now=deed.now)
    return _("The state of the report changed.")


@deed(Act.CONSENT)
def consent(deed: Deed) -> str:
    participants.consent(deed.case, by=deed.by, now=deed.now)
    return _("Your party has consented to the embargo.")


@deed(Act.READ_IN)
def read_in(deed: Deed) -> str:
    said = deed.form(forms.ReadInForm)
    found = _whom(said["whom"])
    until = deed.now + timedelta(days=said["days"])
    tier = Tier[said["tier"]]
    read_ins.read_in(
        deed.case, found, tier, reason=said["reason"], until=until, by=deed.by, now=deed.now
    )
    return _("{whom} is read in.").format(whom=found)


@deed(Act.READ_IN)
def revoke(deed: Deed, number: int) -> str:
    read_ins.revoke(access.read_in(deed.by, deed.case, number), by=deed.by, now=deed.now)
    return _("The read-in has ended.")


@deed(Act.BAR)
def bar(deed: Deed) -> str:
    said = deed.form(forms.BarForm)
    found = _whom(said["whom"])
    read_ins.bar(deed.case, found, reason=said["reason"], by=deed.by, now=deed.now)
    return _("{whom} is kept out.").format(whom=found)


@deed(Act.BAR)
def lift(deed: Deed, number: int) -> str:
    read_ins.lift(access.bar(deed.by, deed.case, number), by=deed.by, now=deed.now)
    return _("The bar was lifted.")


@deed(Act.SET_TLP)
def mark(deed: Deed) -> str:
    wanted = Tlp(deed.form(forms.MarkForm)["tlp"])
    read_ins.mark(deed.case, wanted, by=deed.by, now=deed.now)
    return _("The case is marked {tlp}.").format(tlp=wanted.value)


def _whom(text: str) -> Person | Party:
    """A person by e-mail address or U-number, else a party."""
    is_person = "@" in text or text.strip().upper().startswith("U-")
    return person_named(text) if is_person else party_named(text)
