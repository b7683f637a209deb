"""Checking a single advisory: does it hit my systems, and is it genuine?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from seawall.advisories.public import digests, newest_published, published_advisory
from seawall.formats.bounded import as_object, parse_json
from seawall.formats.identifiers import spell_identifier
from seawall.formats.validate import detect_kind, is_valid, validate_document
from seawall.inventory.access import exposures
from seawall.inventory.models import Exposure
from seawall.parties.access import NotFound
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.problems import Problem
from seawall.web.operators_forms import CheckForm
from seawall.web.pages import actor_of, needs_login, page

_MOST = 50
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is known about one advisory."""

    names: Sequence[str]
    hits: Sequence[Exposure]
    kind: str = ""
    """Of the document; "" when only a name was asked."""
    problems: Sequence[Problem] = field(default=())
    valid: bool = True
    genuine: bool | None = None
    """Whether the document is, byte for byte in content, one that was published here; None when
    none is published under its name."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def check(request: HttpRequest) -> HttpResponse:
    """The form, and by POST or by `?name=` the answer. Nothing is kept."""
    by = actor_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    form = CheckForm(asked if asked else None, request.FILES or None)
    context: dict[str, Any] = {
        "form": form,
        "crumbs": [(_("Operator"), reverse("operator")), (_("Check an advisory"), None)],
    }
    status = 200
    if form.is_bound and form.is_valid():
        try:
            context["checked"] = _checked(by, form)
        except BadInput as bad:
            context["bad"], status = bad, 422
    return page(request, "operators/check.html", context, status=status)


def _checked(by: Actor, form: CheckForm) -> Checked:
    file = form.cleaned_data.get("document")
    if file is None:
        name = form.cleaned_data["name"].strip()
        if not name:
            raise BadInput(_("nothing was asked"), mend=_("give a name or a document"))
        return Checked(names=[name], hits=_hits(by, _aliases([name])))
    document = as_object(parse_json(file.read()), "")
    kind = detect_kind(document)
    problems = validate_document(document, kind)
    names = _names(document)
    return Checked(
        names=names,
        hits=_hits(by, _aliases(names)),
        kind=kind.value,
        problems=problems[:10],
        valid=is_valid(problems),
        genuine=_is_genuine(names, document),
    )


def _aliases(names: Sequence[str]) -> list[str]:
    """The names as exposures have them, with the CVE of a published advisory of ours."""
    found = [spell_identifier(name) for name in names]
    for name in names:
        try:
            found.append(published_advisory(name).case.cve)
        except NotFound:
            continue
    return [name for name in dict.fromkeys(found) if name]


def _hits(by: Actor, names: Sequence[str]) -> list[Exposure]:
    wanted = Q(vulnerability__in=names)
    return list(exposures(by).filter(wanted).order_by("-pk")[:_MOST]) if names else []


def _names(document: dict[str, Any]) -> list[str]:
    """The identifiers that a document gives itself and its vulnerabilities."""
    tracking = _inner(_inner(document, "document"), "tracking")
    metadata = _inner(document, "cveMetadata")
    found = [document.get("id"), tracking.get("id"), metadata.get("cveId")]
    for key in ("aliases", "vulnerabilities"):
        listed = document.get(key)
        for each in listed if isinstance(listed, list) else ():
            found.append(each.get("cve") if isinstance(each, dict) else each)
    names = [name for name in found if isinstance(name, str) and name]
    return list(dict.fromkeys(names))[:_MOST_NAMES]


def _inner(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _is_genuine(names: Sequence[str], document: Any) -> bool | None:
    for name in names:
        try:
            revision = newest_published(published_advisory(name))
        except NotFound:
            continue
        ours = digests(revision.public_documents or {}).values()
        return digests({"it": document})["it"] in ours
    return None
