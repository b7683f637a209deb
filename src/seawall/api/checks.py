"""/checks: what hits an SBOM, by the advisories of this installation; nothing is stored."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from seawall.api.auth import reader
from seawall.api.openapi import refuses, takes
from seawall.api.problems import problem
from seawall.api.refusals import Conflict
from seawall.formats.sbom import read_sbom
from seawall.inventory.catalogue import open_index
from seawall.matching.check import check_sbom
from seawall.matching.export.plain import as_data

router = Router(tags=["checks"])

SBOM = "CycloneDX (JSON, XML) or SPDX (JSON, tag-value)."


@router.post("", response=dict[str, Any], openapi_extra=takes(SBOM) | refuses())
def check(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Match the components of an SBOM, sent as the body, with the advisories held here.

    The answer is what `seawall check --json` prints. When nothing in the SBOM could be checked
    that is a problem (422) that carries the answer as `report`; without advisories it is 409.
    """
    reader(request)
    sbom = read_sbom(request.body)
    index = open_index()
    if not index.advisories:
        raise Conflict("There are no advisories here: import some (POST /catalogue/advisories).")
    report = check_sbom(index, sbom)
    data = as_data(report)
    if not report.checked:
        return problem(422, "Nothing in this SBOM was checked.", report=data)
    return data
