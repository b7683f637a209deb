"""An installation whose feeds were founded, and advisories that it published."""

from datetime import datetime, timedelta

from cases.casework import finding, prove
from formats.bundles import signer
from seawall.advisories.actions import draft, publish
from seawall.advisories.models import Advisory, Release
from seawall.cases import embargoes
from seawall.cases.actions import open_case
from seawall.cases.models import Case
from seawall.distribution import feeds
from seawall.feed.tuf.check import check
from seawall.feed.tuf.founding import Holders, found
from seawall.feed.tuf.keys import tuf_key
from seawall.feed.tuf.papers import sign
from seawall.feed.tuf.places import Feed
from seawall.vocab.actors import LOCAL
from validation.records import NOON

DAY = timedelta(days=1)
LATER = NOON + DAY
SEVERE = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"
_HOLDERS = ("ana", "ben", "cleo")


def set_up(settings, tmp_path) -> None:
    """Say who publishes, and where."""
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    settings.SEAWALL_PUBLISHER_CONTACT = "Test CERT <cert@cert.example>"
    settings.SEAWALL_PUBLISHER_ORG_ID = "5b1f5f0e-0c1f-4c3a-9d58-0f6f7a3c2b11"
    settings.SEAWALL_PUBLISHER_SHORT_NAME = "testcert"
    settings.SEAWALL_LOG_ORIGIN = "cert.example/log"
    settings.SEAWALL_FEED_URL = "https://cert.example/feed"
    settings.SEAWALL_PUBLIC = tmp_path / "public"


def hold_ceremony(feed: Feed, *, opaque: bool = False, now: datetime = NOON) -> None:
    """Two of three offline holders found a feed."""
    offline = {name: signer(f"offline {name}") for name in _HOLDERS}
    who = Holders(keys=[tuf_key(key.public) for key in offline.values()], threshold=2)
    papers = found(feeds.describe(feed, opaque=opaque), root=who, targets=who, now=now)
    for name in _HOLDERS[:2]:
        sign(papers, offline[name])
    feed.install(check(papers, now=now), now=now, bits=2)


def proven_case(number: int = 1, *, cve: str = "", tlp: str = "") -> Case:
    """A case with a proof, of which everybody may read."""
    row = finding(
        f"Template text escapes the sandbox {number}",
        identifiers=[cve or f"CVE-2024-{56000 + number}"],
        cwes=["CWE-1336"],
        severity=SEVERE,
        description=f"A template can reach str.format and run commands, way {number}.",
    )
    prove(row)
    return open_case(row, by=LOCAL, now=NOON)


def published(number: int = 1, *, now: datetime = LATER) -> Release:
    """A release of an advisory."""
    case = proven_case(number)
    draft(case, by=LOCAL, now=NOON)
    publish(Advisory.objects.get(case=case), by=LOCAL, now=now)
    return Release.objects.get(revision__advisory__case=case)


def revised(release: Release, *, now: datetime) -> Release:
    """The next release of the same advisory."""
    case = release.revision.advisory.case
    case.title = f"{case.title}, revised"
    case.save(update_fields=["title"])
    revision = draft(case, by=LOCAL, now=now, summary="A better title.")
    publish(revision.advisory, by=LOCAL, now=now)
    return Release.objects.get(revision=revision)


__all__ = ["embargoes", "hold_ceremony", "proven_case", "published", "revised", "set_up"]
