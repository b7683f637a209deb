"""The webhooks of the parties that one administers."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seawall.notices import access, channels
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.web.notices_words import CHOICES
from seawall.web.pages import actor_of, go_to, needs, page, tell
from seawall.web.roles import is_admin
from seawall.web.sign_in_flow import private


class WebhookForm(forms.Form):
    """A new webhook of one of the parties that its maker administers."""

    def __init__(self, data: object = None, *, by: Actor) -> None:
        super().__init__(data, auto_id="webhook_%s")  # type: ignore[arg-type]
        parties = [(each.public_id, each.name) for each in access.managed_parties(by)]
        self.fields["party"] = forms.ChoiceField(label=_("For"), choices=parties)
        self.order_fields(["party", "url", "events"])

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy("A public https address that takes POST requests."),
        widget=forms.URLInput,
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Only these events"),
        choices=CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none to be told of all."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(is_admin)
def webhooks(request: HttpRequest) -> HttpResponse:
    """All webhooks; by POST a new one, whose secret is shown this once."""
    by = actor_of(request)
    if request.method != "POST":
        return _page(request, WebhookForm(by=by))
    form = WebhookForm(request.POST, by=by)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.cleaned_data
    try:
        _row, secret = channels.add_webhook(
            access.party_for(by, given["party"]),
            url=given["url"],
            events=given["events"],
            by=by,
            now=timezone.now(),
        )
    except BadInput as bad:
        form.add_error("url", str(bad))
        return _page(request, form, status=422)
    return _secret(request, secret)


@require_safe
@needs(is_admin)
def webhook(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """One webhook with its newest deliveries."""
    row = access.webhook(actor_of(request), webhook_id)
    newest = list(row.deliveries.order_by("-pk")[:50])
    return page(request, "notices/webhook.html", {"hook": row, "deliveries": newest})


@require_POST
@needs(is_admin)
def rotate(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """A new secret, shown this once."""
    by = actor_of(request)
    row = access.webhook(by, webhook_id)
    return _secret(request, channels.rotate(row, by=by, now=timezone.now()))


@require_POST
@needs(is_admin)
def test(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """Send a test; a webhook that had failed goes on."""
    by = actor_of(request)
    channels.test(access.webhook(by, webhook_id), by=by, now=timezone.now())
    tell(request, _("The test is sent as soon as the worker runs."))
    return go_to("webhook", webhook_id)


@require_POST
@needs(is_admin)
def remove(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """End a webhook."""
    by = actor_of(request)
    channels.remove(access.webhook(by, webhook_id), by=by, now=timezone.now())
    tell(request, _("The webhook was removed."))
    return go_to("webhooks")


def _page(request: HttpRequest, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    rows = list(access.webhooks(actor_of(request)))
    return page(request, "notices/webhooks.html", {"hooks": rows, "form": form}, status=status)


def _secret(request: HttpRequest, secret: str) -> HttpResponse:
    return private(page(request, "notices/secret.html", {"secret": secret}))
