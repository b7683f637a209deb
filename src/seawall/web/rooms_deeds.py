"""What people do in a case room: each deed is a POST, one action, and back to the room."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from seawall.cases import access, actions, credits, embargoes, fixes, handovers, messages, relays
from seawall.cases.models import Case, Credit, Sign
from seawall.cases.refusals import CaseRefused
from seawall.cases.speakers import party_named
from seawall.core.cvd import CvdEvent
from seawall.core.report_states import ReportStep
from seawall.parties.access import NotPermitted
from seawall.vocab.access import Act
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import CreditWish
from seawall.vocab.tlp import Tlp
from seawall.web import rooms_forms as forms
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.rooms_context import room_context

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A deed in progress: in which case, by whom, when."""

    request: HttpRequest
    case: Case
    by: Actor
    now: datetime

    def form(self, kind: type[forms.RoomForm]) -> dict[str, Any]:
        """What was filled in; raises BadInput when it cannot be used."""
        form = kind(self.request.POST, self.request.FILES)
        if not form.is_valid():
            raise BadInput(form.problem)
        return form.cleaned_data


Done = Callable[Concatenate[Deed, P], str | HttpResponse]
View = Callable[..., HttpResponse]


def deed(act: Act | None) -> Callable[[Done[P]], View]:
    """A view that does something in a case, for who may do `act` there. It gives the sentence to
    tell; what a rule refuses is told as well, and the room is shown again."""

    def decorate(done: Done[P]) -> View:
        @require_POST
        @needs_login
        @wraps(done)
        def view(request: HttpRequest, case_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
            by, now = actor_of(request), timezone.now()
            row = access.case(by, case_id, act=act, now=now)
            try:
                said = done(Deed(request=request, case=row, by=by, now=now), *args, **kwargs)
            except (CaseRefused, BadInput, NotPermitted) as error:
                warn(request, str(error))
            else:
                if isinstance(said, HttpResponse):
                    return said
                tell(request, said)
            return go_to("case", row.public_id)

        return view

    return decorate


@deed(Act.WRITE)
def write(deed: Deed) -> str | HttpResponse:
    """Write a message, with a file if wanted. What cannot be sent is shown again, not lost."""
    own = access.tier(deed.by, deed.case, now=deed.now)
    form = forms.MessageForm(own, deed.request.POST, deed.request.FILES)
    if form.is_valid():
        said = form.cleaned_data
        try:
            messages.write(
                deed.case,
                said["text"],
                tier=said["tier"],
                tlp=Tlp(said["tlp"]) if said["tlp"] else None,
                files=_uploads(said.get("file")),
                by=deed.by,
                now=deed.now,
            )
            return _("The message was sent.")
        except (CaseRefused, BadInput) as error:
            form.add_error(None, str(error))
    context = room_context(deed.case, deed.by, deed.now, composer=form)
    return page(deed.request, "rooms/room.html", context, status=422)


@deed(Act.ATTACH)
def attach(deed: Deed) -> str:
    found = _uploads(deed.request.FILES.get("file"))
    if not found:
        raise BadInput(_("choose a file"))
    for each in found:
        messages.attach(deed.case, each, by=deed.by, now=deed.now)
    return _("The file is in the room.")


@deed(Act.DECIDE_REPORT)
def report(deed: Deed) -> str:
    actions.take_step(deed.case, _step(deed), by=deed.by, now=deed.now)
    return _("The state of the report changed.")


@deed(Act.OBSERVE)
def observe(deed: Deed) -> str:
    try:
        event = CvdEvent(deed.request.POST.get("event", ""))
    except ValueError:
        raise BadInput(_("say what happened")) from None
    actions.observe(deed.case, event, by=deed.by, now=deed.now)
    return _("It was recorded, with what follows from it.")


@deed(Act.OBSERVE)
def sign(deed: Deed) -> str:
    said = deed.form(forms.SignForm)
    embargoes.sign(deed.case, Sign.Kind(said["sign"]), by=deed.by, now=deed.now)
    return _("It was recorded; an embargo that held has ended.")


@deed(Act.OBSERVE)
def promise(deed: Deed) -> str:
    said = deed.form(forms.PromiseForm)
    embargoes.promise_fix(deed.case, said["at"], by=deed.by, now=deed.now)
    return _("The promised day is kept; some policies give grace for it.")


@deed(Act.PROPOSE_EMBARGO)
def propose(deed: Deed) -> str:
    until = deed.form(forms.EmbargoForm)["until"]
    embargoes.propose(deed.case, until=until, by=deed.by, now=deed.now)
    return _("The embargo was proposed; your party has consented to it.")


@deed(Act.ANSWER_EMBARGO)
def answer(deed: Deed) -> str:
    if deed.request.POST.get("answer") == "accept":
        embargoes.accept(deed.case, by=deed.by, now=deed.now)
        return _("The embargo is in force; each party consents to it by itself.")
    embargoes.reject(deed.case, by=deed.by, now=deed.now)
    return _("The proposed terms were rejected.")


@deed(Act.END_EMBARGO)
def choose_policy(deed: Deed) -> str:
    said = deed.form(forms.PolicyForm)
    embargoes.choose_policy(
        deed.case, said["policy"], posted_at=said["posted_at"], by=deed.by, now=deed.now
    )
    return _("The policy applies; the tightest decides.")


@deed(Act.END_EMBARGO)
def drop_policy(deed: Deed) -> str:
    embargoes.drop_policy(deed.case, deed.request.POST.get("policy", ""), by=deed.by, now=deed.now)
    return _("The policy applies no longer.")


@deed(Act.ADD_FIX)
def add_fix(deed: Deed) -> str:
    said = deed.form(forms.FixForm)
    diff = said.get("diff")
    try:
        tests = shlex.split(said["tests"])
    except ValueError as error:
        raise BadInput(str(error), where="tests") from None
    fixes.add_fix(
        deed.case,
        version=said["version"],
        diff=diff.read() if diff else b"",
        label=said["version"] or (diff.name if diff else ""),
        test_argv=tests,
        by=deed.by,
        now=deed.now,
    )
    return _("The fix was added; it is run against every proof of the case.")


@deed(Act.CREDIT)
def credit(deed: Deed) -> str:
    said = deed.form(forms.CreditForm)
    credits.set_credit(
        deed.case,
        name=said["name"],
        role=Credit.Role(said["role"]),
        wish=CreditWish(said["wish"]),
        by=deed.by,
        now=deed.now,
    )
    return _("The credit was kept.")


@deed(None)
def wish(deed: Deed) -> str:
    said = deed.form(forms.WishForm)
    credits.state_wish(deed.case, CreditWish(said["wish"]), by=deed.by, now=deed.now)
    return _("Your wish was kept.")


@deed(Act.OBSERVE)
def handling_id(deed: Deed) -> str:
    said = deed.form(forms.HandlingForm)
    relays.add_handling_id(
        deed.case,
        system=said["system"],
        text=said["text"],
        url=said["url"],
        by=deed.by,
        now=deed.now,
    )
    return _("The id was kept.")


@deed(Act.HAND_OVER)
def hand_over(deed: Deed) -> str:
    said = deed.form(forms.HandOverForm)
    handovers.ask(
        deed.case,
        party_named(said["vendor"]),
        override=said["override"],
        by=deed.by,
        now=deed.now,
    )
    return _("It goes to the vendor once it is complete and the vendor has room.")


@deed(Act.HAND_OVER)
def withdraw(deed: Deed, handover_id: str) -> str:
    row = access.handover(deed.by, handover_id, now=deed.now)
    if row.case_id != deed.case.pk:
        raise CaseRefused(_("That handover is of another case."))
    handovers.withdraw(row, by=deed.by, now=deed.now)
    return _("It was taken out of the queue.")


def _step(deed: Deed) -> ReportStep:
    try:
        return ReportStep(deed.request.POST.get("step", ""))
    except ValueError:
        raise BadInput(_("choose a step")) from None


def _uploads(file: Any) -> tuple[messages.Upload, ...]:
    if not file:
        return ()
    if file.size > messages.MAX_FILE_BYTES:
        limit = messages.MAX_FILE_BYTES >> 20
        raise BadInput(_("a file may take {limit} MiB").format(limit=limit), where=file.name)
    return (messages.Upload(name=file.name, data=file.read()),)
