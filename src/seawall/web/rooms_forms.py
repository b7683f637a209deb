"""The forms of a case room."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seawall.cases.clocks import disclosure_policies
from seawall.cases.messages import MAX_TEXT
from seawall.cases.models import Credit, Sign
from seawall.vocab.access import Part, Tier
from seawall.vocab.findings import CreditWish
from seawall.vocab.tlp import Tlp
from seawall.web.rooms_words import PARTS, TIERS, WISHES

TIER_CHOICES = [(tier.name, TIERS[tier]) for tier in Tier]
_WISHES = [(wish.value, WISHES[wish]) for wish in CreditWish]


class MomentField(forms.DateTimeField):
    """A moment in UTC, as the browser's own widget gives it."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
        super().__init__(widget=widget, input_formats=formats, **more)

    def to_python(self, value: Any) -> datetime | None:
        found = super().to_python(value)
        return found.replace(tzinfo=UTC) if found else None


class RoomForm(forms.Form):
    """A form of the room; its fields have ids of their own on the page."""

    def __init__(self, *args: Any, **more: Any) -> None:
        kind = type(self).__name__.removesuffix("Form").lower()
        super().__init__(*args, auto_id=f"{kind}_%s", **more)

    @property
    def problem(self) -> str:
        """What is wrong, in one line."""
        return " ".join(
            f"{self.fields[name].label}: {' '.join(map(str, errors))}"
            if name in self.fields
            else " ".join(map(str, errors))
            for name, errors in self.errors.items()
        )


class MessageForm(RoomForm):
    text = forms.CharField(
        label=_("Message"), widget=forms.Textarea(attrs={"rows": 4}), max_length=MAX_TEXT
    )
    tier = forms.TypedChoiceField(
        label=_("Who reads it"), choices=TIER_CHOICES, coerce=lambda name: Tier[name]
    )
    tlp = forms.ChoiceField(
        label=_("Marking"),
        required=False,
        choices=[("", _("as the case")), *((each.value, each.value) for each in Tlp)],
        help_text=_("Never more open than the case."),
    )
    file = forms.FileField(label=_("File"), required=False)

    def __init__(self, own: Tier, *args: Any, **more: Any) -> None:
        super().__init__(*args, initial={"tier": min(own, Tier.T2).name}, **more)
        self.fields["tier"].choices = [  # type: ignore[attr-defined]
            (name, words) for name, words in TIER_CHOICES if Tier[name] <= own
        ]


class InviteForm(RoomForm):
    party = forms.CharField(
        label=_("Party"), max_length=200, help_text=_("Its name, or an id such as P-3.")
    )
    part = forms.ChoiceField(label=_("As"), choices=[(p.value, PARTS[p]) for p in Part])
    tier = forms.ChoiceField(
        label=_("Reads"), required=False, choices=[("", _("what its part reads")), *TIER_CHOICES]
    )


class ReadInForm(RoomForm):
    whom = forms.CharField(
        label=_("Person or party"),
        max_length=254,
        help_text=_("An e-mail address for a person; a name or P-number for a party."),
    )
    tier = forms.ChoiceField(label=_("Reads"), choices=TIER_CHOICES[1:])
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=90, initial=30)
    reason = forms.CharField(label=_("Why"), max_length=1000)


class BarForm(RoomForm):
    whom = forms.CharField(
        label=_("Person or party"),
        max_length=254,
        help_text=_("An e-mail address for a person; a name or P-number for a party."),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=1000, help_text=_("Such as a conflict of interest.")
    )


class MarkForm(RoomForm):
    tlp = forms.ChoiceField(label=_("Marking"), choices=[(t.value, t.value) for t in Tlp])


class EmbargoForm(RoomForm):
    until = MomentField(label=_("Until (UTC)"))


class PolicyForm(RoomForm):
    policy = forms.ChoiceField(label=_("Disclosure policy"))
    posted_at = MomentField(
        label=_("Posted to the list (UTC)"), required=False, help_text=_("For a list's cap.")
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["policy"].choices = [  # type: ignore[attr-defined]
            (each.id, each.title) for each in disclosure_policies().values()
        ]


class PromiseForm(RoomForm):
    at = MomentField(label=_("The fix will be out (UTC)"))


class SignForm(RoomForm):
    sign = forms.ChoiceField(
        label=_("What became public"),
        choices=[
            (Sign.Kind.LEAK.value, _("it leaked")),
            (Sign.Kind.PUBLIC_FIX.value, _("the fix")),
        ],
    )


class FixForm(RoomForm):
    version = forms.CharField(label=_("Fixed version"), required=False, max_length=200)
    diff = forms.FileField(
        label=_("or a diff"),
        required=False,
        help_text=_("A unified diff against what is affected."),
    )
    tests = forms.CharField(
        label=_("Command of the project's own tests"), required=False, max_length=1000
    )


class CreditForm(RoomForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    role = forms.ChoiceField(label=_("For"), choices=Credit.Role.choices)
    wish = forms.ChoiceField(label=_("Is named"), choices=_WISHES)


class WishForm(RoomForm):
    wish = forms.ChoiceField(label=_("How you want to be named"), choices=_WISHES)


class HandlingForm(RoomForm):
    system = forms.CharField(label=_("Whose id"), max_length=60, help_text=_("VINCE, GitHub, JVN"))
    text = forms.CharField(label=_("Id"), max_length=200)
    url = forms.URLField(label=_("Address"), required=False, max_length=500, assume_scheme="https")


class HandOverForm(RoomForm):
    vendor = forms.CharField(label=_("Vendor"), max_length=200, help_text=_("A name or P-number."))
    override = forms.CharField(
        label=_("Although something is missing, because"),
        required=False,
        max_length=1000,
        help_text=_("For leads. Leave it empty to wait until all is there."),
    )
