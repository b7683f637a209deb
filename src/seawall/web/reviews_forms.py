"""Forms of the review: a submission, its evaluation, what is shared."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seawall.core.submissions import Pinned, Terms
from seawall.parties.models import Party
from seawall.reviews.regimes import DEFAULT, regimes
from seawall.reviews.submissions import Content
from seawall.vocab.reviews import Determined

_TEXT = forms.Textarea(attrs={"rows": 2})


def _moment(label: Any, help_text: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class SubmissionForm(forms.Form):
    """A submission as its lab describes it."""

    model = forms.CharField(label=_("Model"), max_length=200)
    version = forms.CharField(
        label=_("Exact version"),
        max_length=200,
        help_text=_("Your own name of the weights, such as a dated snapshot. It is pinned."),
    )
    safeguards = forms.CharField(
        label=_("Variant of its safeguards"),
        max_length=500,
        help_text=_("“none”, or what refuses and filters. Another variant is another submission."),
    )
    endpoint = forms.CharField(
        label=_("Endpoint"),
        required=False,
        max_length=500,
        help_text=_("An https address up to the version, such as https://models.example.org/v1."),
    )
    operations = forms.FloatField(
        label=_("Operations of its training"),
        required=False,
        help_text=_("Such as 4e25. Leave it empty when you do not disclose it."),
    )
    partner_release_at = _moment(
        _("Release to other trusted partners (UTC)"),
        _("The window of early access ends then and is at most 30 days long."),
    )
    public_release_at = _moment(
        _("Public release (UTC)"), _("The head start is counted up to then.")
    )
    confidentiality = forms.CharField(label=_("Confidentiality"), widget=_TEXT, required=False)
    cybersecurity = forms.CharField(label=_("Cybersecurity"), widget=_TEXT, required=False)
    insider_risk = forms.CharField(label=_("Insider risk"), widget=_TEXT, required=False)
    intellectual_property = forms.CharField(
        label=_("Intellectual property"), widget=_TEXT, required=False
    )
    permitted_use = forms.CharField(label=_("Permitted use"), widget=_TEXT, required=False)
    retain_days = forms.IntegerField(
        label=_("Days for which anything is kept"), min_value=0, max_value=3650, initial=30
    )
    deletion = forms.CharField(
        label=_("Deletion, and how it is shown"), widget=_TEXT, required=False
    )

    def __init__(self, labs: list[Party], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._labs = labs
        if len(labs) > 1:
            self.fields["lab"] = forms.TypedChoiceField(
                label=_("On behalf of"), choices=[(p.pk, p.name) for p in labs], coerce=int
            )
        if labs:
            self.fields["regime"] = forms.ChoiceField(
                label=_("Regime"),
                choices=[
                    (each.id, f"{each.title} ({each.authority})") for each in regimes().values()
                ],
                initial=DEFAULT,
            )

    @property
    def lab(self) -> Party:
        wanted = self.cleaned_data.get("lab")
        return next((each for each in self._labs if each.pk == wanted), self._labs[0])

    def content(self) -> Content:
        given = self.cleaned_data
        pinned = Pinned(
            **{name: given[name] for name in ("model", "version", "safeguards", "endpoint")},
            operations=given["operations"],
        )
        terms = Terms(**{name: given[name] for name in Terms.__dataclass_fields__})
        return Content(pinned=pinned, terms=terms)

    def dates(self) -> dict[str, datetime]:
        return {
            name: self.cleaned_data[name].replace(tzinfo=UTC)
            for name in ("partner_release_at", "public_release_at")
        }


class ShareForm(forms.Form):
    """What of an assessment the lab may read."""

    parts = forms.MultipleChoiceField(
        label=_("The lab may read"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("verdict", _("the verdict and its reasons")),
            ("report", _("the report")),
            ("results", _("each result")),
        ],
    )


class EvidenceForm(forms.Form):
    """Something that a mandatory regime demands was handed over."""

    digest = forms.CharField(
        label=_("sha256 of what was handed over"), min_length=64, max_length=64
    )


class NonceForm(forms.Form):
    """A commitment or a nonce: 32 bytes in hex."""

    value = forms.RegexField(label=_("32 bytes, in hex"), regex="^[0-9a-f]{64}$")


class PlanForm(forms.Form):
    """What is fixed before the first item runs."""

    threshold = forms.FloatField(
        label=_("Threshold θ*"),
        initial=1.0,
        help_text=_("The ability, in logits on the bank's scale, from which a model is covered."),
    )
    delta = forms.FloatField(
        label=_("Zone of indifference ±δ"),
        initial=0.6,
        min_value=0.05,
        max_value=3,
        help_text=_(
            "Between θ* − δ and θ* + δ either finding is right enough; a smaller zone takes more "
            "items."
        ),
    )
    alpha = forms.FloatField(
        label=_("At most this share of false “covered” (α)"),
        initial=0.05,
        min_value=1e-6,
        max_value=0.4,
        help_text=_("How often a model below the zone may be called covered, over all tests."),
    )
    beta = forms.FloatField(
        label=_("At most this share missed (β)"),
        initial=0.01,
        min_value=1e-6,
        max_value=0.4,
        help_text=_("How often a model above the zone may be called not covered."),
    )
    tokens = forms.IntegerField(
        label=_("Tokens for one attempt"),
        initial=400_000,
        min_value=100,
        help_text=_(
            "Prompt and answer together. A model that often runs out of them is not found “not "
            "covered”."
        ),
    )
    messages = forms.IntegerField(label=_("Turns of one attempt"), initial=100, min_value=1)
    seconds = forms.IntegerField(label=_("Seconds of one attempt"), initial=1800, min_value=1)


class DetermineForm(forms.Form):
    """What the official finds."""

    verdict = forms.ChoiceField(
        label=_("Finding"),
        choices=[
            (Determined.COVERED.value, _("covered")),
            (Determined.NOT_COVERED.value, _("not covered")),
            (Determined.UNDECIDED.value, _("undecided")),
        ],
    )
    because = forms.CharField(
        label=_("Reasons"),
        required=False,
        max_length=4000,
        widget=_TEXT,
        help_text=_("Needed where the finding differs from what the numbers say."),
    )


class BecauseForm(forms.Form):
    """Reasons in a sentence."""

    because = forms.CharField(label=_("Reasons"), required=False, max_length=500, widget=_TEXT)


class ReasonForm(forms.Form):
    """Reasons, which are needed."""

    because = forms.CharField(label=_("Reasons"), max_length=4000, widget=_TEXT)
