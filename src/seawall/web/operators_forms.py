"""The forms of the operator's view."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seawall.directives.models import Obligation
from seawall.parties.models import Party
from seawall.vocab.ssvc import SystemClass

_CLASSES = {
    SystemClass.CIVILIAN_FEDERAL: _("civilian federal"),
    SystemClass.STATE_LOCAL: _("state or local"),
    SystemClass.CRITICAL_INFRASTRUCTURE: _("critical infrastructure"),
    SystemClass.DOW: _("Department of War"),
    SystemClass.NSS: _("national security system"),
    SystemClass.OTHER: _("any other"),
}
_EXPOSED = {"": None, "yes": True, "no": False}


class AssetForm(forms.Form):
    """What is said of a system, with its SBOM if it is at hand."""

    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("As your people call it: “Patient portal”.")
    )
    kind = forms.ChoiceField(
        label=_("Kind of system"),
        choices=[(c.value, text) for c, text in _CLASSES.items()],
        initial=SystemClass.OTHER.value,
        help_text=_("Decides which directives bind it."),
    )
    reached = forms.ChoiceField(
        label=_("Reached from the internet"),
        required=False,
        choices=[("", _("not known: counts as yes")), ("yes", _("yes")), ("no", _("no"))],
    )
    sbom = forms.FileField(
        label=_("SBOM"), required=False, help_text=_("CycloneDX or SPDX. It can follow later.")
    )

    def __init__(self, owners: Sequence[Party], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._owners = owners
        if len(owners) > 1:
            self.fields["party"] = forms.TypedChoiceField(
                label=_("Owner"), choices=[(o.pk, o.name) for o in owners], coerce=int
            )

    def clean(self) -> dict[str, Any]:
        if not self._owners:
            raise forms.ValidationError(_("You describe systems of your own party only."))
        return super().clean() or {}

    @property
    def owner(self) -> int:
        return int(self.cleaned_data.get("party") or self._owners[0].pk)

    @property
    def system_class(self) -> SystemClass:
        return SystemClass(self.cleaned_data["kind"])

    @property
    def exposed(self) -> bool | None:
        return _EXPOSED[self.cleaned_data["reached"]]


class SbomForm(forms.Form):
    sbom = forms.FileField(label=_("SBOM"), help_text=_("CycloneDX or SPDX."))


class EvidenceForm(forms.Form):
    """How an obligation was met, and where that is recorded."""

    closed_as = forms.ChoiceField(
        label=_("What was done"),
        choices=[
            (Obligation.Closed.REMEDIATED.value, _("remediated: updated, patched, or removed")),
            (Obligation.Closed.MITIGATED.value, _("mitigated: the update cannot be applied yet")),
            (Obligation.Closed.NOT_AFFECTED.value, _("not affected after all")),
        ],
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was done, when, and where it is recorded, such as a change number."),
    )


class CheckForm(forms.Form):
    """One advisory, by its name or as a document."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=100,
        help_text=_("CVE-2026-1234, GHSA-…, SEAWALL-2026-0001"),
    )
    document = forms.FileField(
        label=_("Or the document"),
        required=False,
        help_text=_("CSAF, OSV, OpenVEX or a CVE record, as JSON."),
    )
