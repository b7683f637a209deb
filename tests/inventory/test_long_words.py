"""Names and ids of any length come from outside; none of them breaks an import."""

import json
from datetime import UTC, datetime

import pytest

from inventory.test_scan import sbom
from seawall.formats.kev import KevCatalogue
from seawall.inventory import actions, catalogue
from seawall.inventory.models import CatalogueDocument, CatalogueState, Sbom
from seawall.ledger.models import Event
from seawall.parties.actions import named_party
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from seawall.vocab.ssvc import SystemClass

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
LONG = "long " * 100

pytestmark = pytest.mark.django_db


def osv(identifier: str) -> dict[str, object]:
    return {"id": identifier, "modified": "2026-12-01T00:00:00Z", "affected": []}


def test_a_document_with_an_endless_id_is_refused_alone():
    given = [("line 1", osv("OSV-" + "9" * 197)), ("line 2", osv("OSV-2026-1"))]
    done = catalogue.import_documents(given, source="test", by=LOCAL, now=NOON)
    assert done.added == 1
    assert done.refused == (("line 1", "its id is longer than 200 characters"),)
    assert CatalogueDocument.objects.get().document_id == "OSV-2026-1"


def test_a_long_name_of_a_source_is_shortened():
    catalogue.import_documents([("", osv("OSV-2026-1"))], source=LONG, by=LOCAL, now=NOON)
    assert CatalogueDocument.objects.get().source == LONG[:190]
    assert Event.objects.get(what="catalogue.imported").on == f"source:{LONG[:190]}"


def test_a_long_version_of_a_catalogue_is_shortened():
    given = KevCatalogue(version=LONG, released="", entries=())
    catalogue.import_kev(given, by=LOCAL, now=NOON)
    assert CatalogueState.objects.get().version == LONG[:100]


def test_an_sbom_may_say_anything_of_its_format():
    owner = named_party("Agency", role=Party.Role.DEPLOYER, by=LOCAL, now=NOON)
    asset = actions.describe_asset(
        owner=owner,
        name="web",
        system_class=SystemClass.NSS,
        publicly_exposed=None,
        by=LOCAL,
        now=NOON,
    )
    document = json.loads(sbom("pkg:pypi/jinja2@3.1.4")) | {"specVersion": "1.5-" + LONG}
    actions.import_sbom(json.dumps(document).encode(), asset=asset, by=LOCAL, now=NOON)
    assert len(Sbom.objects.get().spec_version) == 20
