"""The operator's view: my systems, what hits them, by when I must act, and what closes most."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seawall.core.access import may_change_inventory
from seawall.directives.access import obligations
from seawall.inventory import access, actions
from seawall.inventory.models import Asset, Exposure, Sbom
from seawall.parties.access import own_parties
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed
from seawall.web.bounded import bounded
from seawall.web.listing import keyset
from seawall.web.operators_forms import AssetForm, SbomForm
from seawall.web.operators_obligations import most_urgent
from seawall.web.operators_sbom import take_sbom
from seawall.web.pages import actor_of, go_to, needs_login, page, tell

_MOST_GROUPED = 2_000
"""Open exposures that are grouped by upgrade, the newest."""
_UPGRADES = 8
_URGENT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """One upgrade, and how many open exposures in how many systems it closes."""

    component: str
    version: str
    fixed: str
    """"" when no fixed version is known."""
    exposures: int
    systems: int


@require_safe
@needs_login
def operator(request: HttpRequest) -> HttpResponse:
    """What is due, what closes most, and the systems."""
    by, now = actor_of(request), timezone.now()
    mine, due, owners = access.exposures(by), obligations(by), owners_of(by)
    context = {
        "urgent": most_urgent(due, _URGENT),
        "overdue": bounded(due.filter(due_at__lt=now)),
        "open_obligations": bounded(due),
        "open_exposures": bounded(mine),
        "upgrades": list(_upgrades(mine)),
        "listed": keyset(_with_sbom(access.assets(by)), request.GET),
        "owners": owners,
        "form": AssetForm(owners),
    }
    return page(request, "operators/operator.html", context)


@require_POST
@needs_login
def describe(request: HttpRequest) -> HttpResponse:
    """Make a system of one's own party, or change what was said of it."""
    by, now = actor_of(request), timezone.now()
    owners = owners_of(by)
    form = AssetForm(owners, request.POST, request.FILES)
    if not form.is_valid():
        context = {"form": form, "owners": owners}
        return page(request, "operators/describe.html", context, status=422)
    owner = next(each for each in owners if each.pk == form.owner)
    access.demand_change(by, owner=owner.pk)
    found = actions.describe_asset(
        owner=owner,
        name=form.cleaned_data["name"],
        system_class=form.system_class,
        publicly_exposed=form.exposed,
        by=by,
        now=now,
    )
    sbom = form.cleaned_data.get("sbom")
    if sbom:
        take_sbom(request, found, sbom.read(), by=by, now=now)
    else:
        tell(request, _("The system is described; an SBOM tells what it consists of."))
    return go_to("asset", found.public_id)


@require_safe
@needs_login
def asset(request: HttpRequest, asset_id: str) -> HttpResponse:
    """One system: what hits it now, and its SBOM."""
    by = actor_of(request)
    found = access.asset(by, asset_id)
    closed_too = request.GET.get("closed") == "yes"
    rows = access.exposures(by, include_closed=closed_too).filter(asset=found)
    context = {
        "asset": found,
        "sbom": Sbom.objects.filter(asset=found, is_current=True).first(),
        "listed": keyset(rows, request.GET),
        "closed_too": closed_too,
        "may_change": isinstance(may_change_inventory(by, owner=found.owner_id), Allowed),
        "form": SbomForm(),
        "urgent": most_urgent(obligations(by).filter(exposure__asset=found), _URGENT),
        "crumbs": [(_("Operator"), reverse("operator")), (found.name, None)],
    }
    return page(request, "operators/asset.html", context)


@require_POST
@needs_login
def put_sbom(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Make an SBOM the system's current one, and say at once what hits it."""
    by, now = actor_of(request), timezone.now()
    found = access.asset(by, asset_id)
    access.demand_change(by, owner=found.owner_id)
    form = SbomForm(request.POST, request.FILES)
    if form.is_valid():
        take_sbom(request, found, form.cleaned_data["sbom"].read(), by=by, now=now)
        return go_to("asset", found.public_id)
    context = {"asset": found, "form": form, "crumbs": [(_("Operator"), reverse("operator"))]}
    return page(request, "operators/sbom.html", context, status=422)


def owners_of(by: Actor) -> list[Party]:
    """The parties whose systems `by` may describe."""
    return [
        party
        for party in own_parties(by)
        if isinstance(may_change_inventory(by, owner=party.pk), Allowed)
    ]


def _with_sbom(rows: QuerySet[Asset]) -> QuerySet[Asset]:
    """The same systems, each with the moment of its current SBOM."""
    current = Sbom.objects.filter(asset=OuterRef("pk"), is_current=True)
    return rows.annotate(sbom_at=Subquery(current.values("imported_at")[:1]))


def _upgrades(mine: QuerySet[Exposure]) -> Iterator[Upgrade]:
    """The upgrades that close most, among the newest open exposures."""
    newest = mine.order_by("-pk").values("pk")[:_MOST_GROUPED]
    groups = (
        Exposure.objects.filter(pk__in=Subquery(newest))
        .order_by()
        .values("component", "version", "fixed_versions")
        .annotate(count=Count("pk"), systems=Count("asset", distinct=True))
        .order_by("-count", "component", "version")[:_UPGRADES]
    )
    for each in groups:
        yield Upgrade(
            component=each["component"],
            version=each["version"],
            fixed=", ".join(each["fixed_versions"][:3]),
            exposures=each["count"],
            systems=each["systems"],
        )
