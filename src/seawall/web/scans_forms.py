"""The forms of the scan map."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seawall.claims.actions import Wanted
from seawall.claims.scope import read_scope
from seawall.core.claim_rules import MAX_LEASE
from seawall.parties.models import Party
from seawall.vocab.claims import Lease, Sharing
from seawall.vocab.errors import BadInput
from seawall.web.listing import Filter

_SHARING = {
    Sharing.NAME: _("my organisation's name and the dates"),
    Sharing.DATES: _("the dates only"),
    Sharing.ALL: _("name, dates, model and purpose"),
}


class MapFilter(Filter):
    """What the map is narrowed to."""

    target = forms.CharField(
        label=_("Target"), max_length=500, help_text=_("A package URL, repository or product.")
    )
    show = forms.ChoiceField(
        label=_("Show in the list"),
        choices=[("", _("open claims")), ("all", _("those that ended too"))],
    )

    @property
    def name(self) -> str:
        """The bare name of the target asked for; "" for none or one that cannot be read."""
        try:
            return read_scope(self.wanted["target"]).name if self.wanted.get("target") else ""
        except BadInput as bad:
            self.add_error("target", bad.what)
            return ""


class _ForParty(forms.Form):
    """A form in the name of a party, asked for only when there is a choice."""

    def __init__(self, parties: Sequence[Party], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._parties = parties
        if len(parties) > 1:
            self.fields["party"] = forms.TypedChoiceField(
                label=_("On behalf of"), choices=[(p.pk, p.name) for p in parties], coerce=int
            )

    @property
    def party(self) -> Party:
        wanted = self.cleaned_data.get("party")
        return next((p for p in self._parties if p.pk == wanted), self._parties[0])


class ScopeForm(_ForParty):
    """A target and versions."""

    target = forms.CharField(
        label=_("Target"),
        max_length=500,
        help_text=_("A package URL such as pkg:pypi/jinja2, a repository, or a product's name."),
    )
    versions = forms.CharField(
        label=_("Versions"),
        required=False,
        max_length=20_000,
        help_text=_("A range such as >=3.0|<3.1.5, or a list. Empty for all."),
    )


class ClaimForm(ScopeForm):
    """A claim as somebody asks for it."""

    model = forms.CharField(label=_("Model or tool"), max_length=200)
    model_version = forms.CharField(label=_("Its version"), required=False, max_length=100)
    purpose = forms.CharField(label=_("Purpose"), required=False, max_length=500)
    starts_at = forms.DateTimeField(
        label=_("Begins (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty for now."),
    )
    days = forms.IntegerField(
        label=_("Days"),
        min_value=1,
        max_value=MAX_LEASE.days,
        initial=7,
        help_text=_("It ends by itself; renew it when it takes longer."),
    )
    exclusive = forms.BooleanField(
        label=_("Ask others to leave it alone meanwhile"), required=False
    )
    sharing = forms.ChoiceField(
        label=_("Others who want the same target see"),
        choices=[(each.value, text) for each, text in _SHARING.items()],
        initial=Sharing.NAME.value,
    )

    def wanted(self, *, now: datetime) -> Wanted:
        """The claim; BadInput when its target or versions cannot be read."""
        given = self.cleaned_data
        starts = given["starts_at"] or now
        return Wanted(
            scope=read_scope(given["target"], given["versions"]),
            lease=Lease(starts_at=starts, until_at=starts + timedelta(days=given["days"])),
            model=given["model"],
            model_version=given["model_version"],
            purpose=given["purpose"],
            exclusive=given["exclusive"],
            sharing=Sharing(given["sharing"]),
        )


class CoverageForm(ScopeForm):
    """The question who scanned a target."""

    since = forms.DateField(
        label=_("Since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class RenewForm(forms.Form):
    """How much longer."""

    days = forms.IntegerField(
        label=_("Days from now"), min_value=1, max_value=MAX_LEASE.days, initial=7
    )


class FinishForm(forms.Form):
    """What came of a scan."""

    report = forms.CharField(
        label=_("Report"),
        required=False,
        max_length=40,
        help_text=_("The report that came of it, such as R-2026-000001. Empty for none."),
    )
    because = forms.CharField(label=_("A word about it"), required=False, max_length=500)
