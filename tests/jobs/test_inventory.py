"""Follow-up work on assets: a changed catalogue reaches every asset."""

from datetime import date

import pytest

from inventory.test_scan import NOON, asset, sbom
from seawall.directives.models import Obligation
from seawall.inventory import actions
from seawall.inventory.catalogue import import_documents, rebuild_index
from seawall.inventory.models import Asset, Exposure, KevEntry
from seawall.jobs.inventory import scan_all
from seawall.jobs.registry import Work
from seawall.ledger.models import Outbox
from seawall.vocab.actors import LOCAL

OSV = {
    "id": "CVE-2024-56326",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "jinja2"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.5"}]}],
        }
    ],
}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def work() -> Work:
    return Work(topic="catalogue.changed", key="outbox:1", ids={}, now=NOON)


def test_an_imported_advisory_reaches_the_assets_that_are_there():
    system = asset()
    Asset.objects.update(system_class="civilian-federal")
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    import_documents([("line 1", OSV)], source="test", by=LOCAL, now=NOON)
    rebuild_index()
    assert Outbox.objects.filter(topic="catalogue.changed").count() == 1
    scan_all(work())
    assert Exposure.objects.get().vulnerability == "CVE-2024-56326"
    assert Obligation.objects.get().row == 13


def test_a_kev_listing_changes_the_obligations_that_are_there():
    test_an_imported_advisory_reaches_the_assets_that_are_there()
    KevEntry.objects.create(
        cve="CVE-2024-56326", added_date=date(2026, 1, 1), due_date=date(2026, 1, 15),
        vendor="v", product="p",
    )  # fmt: skip
    before = Obligation.objects.get().answers["in_kev"]["assumed"]
    scan_all(work())
    after = Obligation.objects.get()
    assert (before, after.answers["in_kev"]["assumed"]) == (True, False)
