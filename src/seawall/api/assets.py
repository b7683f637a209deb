"""/assets: deployed systems, their SBOMs, and what hits them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from seawall.api.auth import caller, coordinator
from seawall.api.checks import SBOM
from seawall.api.openapi import takes
from seawall.api.paging import Paging, page
from seawall.directives.access import obligations
from seawall.directives.actions import oblige
from seawall.inventory import access, actions, models
from seawall.inventory.catalogue import open_index
from seawall.parties.access import NotPermitted, own_parties
from seawall.parties.actions import named_party
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.ssvc import SystemClass

router = Router(tags=["assets"])


class AssetIn(Schema):
    """`publicly_exposed` null: nobody said, which counts as exposed."""

    owner: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=200)
    system_class: SystemClass = SystemClass.OTHER
    publicly_exposed: bool | None = None


class AssetOut(Schema):
    id: str
    owner: str
    name: str
    system_class: str
    publicly_exposed: bool | None
    open_exposures: int
    created_at: datetime


class AssetPage(Schema):
    items: list[AssetOut]
    next: int | None


class ScanOut(Schema):
    """`not_checked` counts components by the reason why no advisory could be asked."""

    asset: str
    components: int
    opened: int
    closed: int
    still_open: int
    not_checked: dict[str, int]
    obligations: int


class ExposureOut(Schema):
    id: str
    asset: str
    vulnerability: str
    identifiers: list[str]
    purl: str
    component: str
    version: str
    fixed_versions: list[str]
    severity: str
    why: str
    found_at: datetime
    closed_at: datetime | None
    closed_because: str


class ExposurePage(Schema):
    items: list[ExposureOut]
    next: int | None


class ExposureQuery(Paging):
    closed: bool = False


@router.get("", response=AssetPage)
def assets(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Assets of the token's party, newest first, each with the number of its open exposures."""
    found, following = page(access.assets(caller(request)), paging)
    return {"items": [_asset(row) for row in found], "next": following}


@router.post("", response={200: AssetOut, 201: AssetOut})
def describe(request: HttpRequest, response: HttpResponse, body: AssetIn) -> Any:
    """Make the owner's asset of that name, or change it to what is said here (200).

    A token that somebody owns names its own party as the owner."""
    by, now = coordinator(request), timezone.now()
    owner = _owner(by, body.owner, now)
    row = actions.describe_asset(
        owner=owner,
        name=body.name,
        system_class=body.system_class,
        publicly_exposed=body.publicly_exposed,
        by=by,
        now=now,
    )
    response["Location"] = reverse("api-1:asset", args=[row.public_id])
    status = 201 if row.created_at == now else 200
    return Status(status, _asset(access.asset(by, row.public_id)))


@router.get("/{id}", response=AssetOut, url_name="asset")
def asset(request: HttpRequest, id: str) -> Any:
    """One asset."""
    return _asset(access.asset(caller(request), id))


@router.put("/{id}/sbom", response=ScanOut, openapi_extra=takes(SBOM))
def put_sbom(request: HttpRequest, id: str) -> Any:
    """Make an SBOM, sent as the body, the asset's current one; match it; compute obligations."""
    by, now = coordinator(request), timezone.now()
    row = access.asset(by, id)
    access.demand_change(by, owner=row.owner_id)
    actions.import_sbom(request.body, asset=row, by=by, now=now)
    scan = actions.scan(row, index=open_index(), by=by, now=now)
    oblige(asset=row, by=by, now=now)
    return {
        "asset": row.public_id,
        "components": scan.components,
        "opened": scan.opened,
        "closed": scan.closed,
        "still_open": scan.still_open,
        "not_checked": scan.not_checked,
        "obligations": obligations(by).filter(exposure__asset=row).count(),
    }


@router.get("/{id}/exposures", response=ExposurePage)
def exposures(request: HttpRequest, id: str, asked: Query[ExposureQuery]) -> Any:
    """The asset's exposures, newest first; closed ones when asked for."""
    by = caller(request)
    rows = access.exposures(by, include_closed=asked.closed).filter(asset=access.asset(by, id))
    found, following = page(rows, asked)
    return {"items": [_exposure(row) for row in found], "next": following}


def _owner(by: Actor, name: str, now: datetime) -> Party:
    """The party called `name`: for the installation any, made when it is new; for others their own.
    That another party exists is not told."""
    if by.is_installation:
        return named_party(name, role=Party.Role.DEPLOYER, by=by, now=now)
    own = {party.name.lower(): party for party in own_parties(by)}
    found = own.get(name.strip().lower())
    if found is None:
        raise NotPermitted("You describe systems of your own party only.")
    access.demand_change(by, owner=found.pk)
    return found


def _asset(row: Any) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "owner": row.owner.name,
        "name": row.name,
        "system_class": row.system_class,
        "publicly_exposed": row.publicly_exposed,
        "open_exposures": row.open_exposures,
        "created_at": row.created_at,
    }


def _exposure(row: models.Exposure) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "asset": row.asset.public_id,
        "vulnerability": row.vulnerability,
        "identifiers": row.identifiers,
        "purl": row.purl,
        "component": row.component,
        "version": row.version,
        "fixed_versions": row.fixed_versions,
        "severity": row.severity,
        "why": row.why,
        "found_at": row.found_at,
        "closed_at": row.closed_at,
        "closed_because": row.closed_because,
    }
