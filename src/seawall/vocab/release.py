"""What a case adds to an advisory so that it can leave as signed documents."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seawall.vocab.advisories import Advisory
from seawall.vocab.evidence import EvidenceLevel, Verdict


class ReleaseStatus(StrEnum):
    """CSAF 2.0 §3.2.1.12.8, document/tracking/status."""

    DRAFT = "draft"
    INTERIM = "interim"
    FINAL = "final"


class PublisherCategory(StrEnum):
    """CSAF 2.0 §3.2.1.8.1, document/publisher/category; translations are not written here."""

    COORDINATOR = "coordinator"
    DISCOVERER = "discoverer"
    OTHER = "other"
    USER = "user"
    VENDOR = "vendor"


class VexStatus(StrEnum):
    """OpenVEX 0.2.0, Status Labels."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


class VexJustification(StrEnum):
    """OpenVEX 0.2.0, Status Justifications; the same words as CSAF 2.0 §3.2.3.5.2."""

    COMPONENT_NOT_PRESENT = "component_not_present"
    CODE_NOT_PRESENT = "vulnerable_code_not_present"
    CODE_NOT_IN_EXECUTE_PATH = "vulnerable_code_not_in_execute_path"
    CODE_NOT_CONTROLLABLE = "vulnerable_code_cannot_be_controlled_by_adversary"
    INLINE_MITIGATIONS = "inline_mitigations_already_exist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who issues the documents; `namespace` is a URL under the publisher's control."""

    name: str
    namespace: str
    category: PublisherCategory = PublisherCategory.COORDINATOR
    contact: str = ""
    """How to reach the publisher, in words."""
    authority: str = ""
    """Why the publisher may issue this advisory."""
    org_id: str = ""
    """CVE Services organisation UUID, needed for a CVE record."""
    short_name: str = ""
    """CVE Services short name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One entry of the revision history; `number` is a whole number from 1 up."""

    number: int
    at: datetime
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEvidence:
    """What the validations of the case showed, fit for the public."""

    verdict: Verdict
    level: EvidenceLevel
    reasons: tuple[str, ...] = ()
    """Sentences, strongest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedFix:
    """A fix that passed verification: a fixed version, a patch, or both.

    `ecosystem` and `name` say for which affected package; both "" when the advisory has one
    package only. `patch_sha256` is the hex digest of the patch, "" when there is no patch."""

    version: str = ""
    ecosystem: str = ""
    name: str = ""
    patch_sha256: str = ""
    patch_url: str = ""
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """Something that happened in the life of the case, fit for the public."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStatement:
    """What the case knows of one product.

    `product` is a purl, with version unless the statement holds for every version.
    NOT_AFFECTED needs a justification or an `impact` sentence; AFFECTED uses `action`, or the
    remediation of the release when `action` is "".
    """

    product: str
    status: VexStatus
    name: str = ""
    """A product name for people; "" to use the purl."""
    justification: VexJustification | None = None
    impact: str = ""
    action: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryRelease:
    """One advisory as it is about to leave, the single input of every document writer.

    `advisory` says what is affected, how severe it is and who found it; `advisory.id` must be
    `tracking_id`; its `tlp` binds every document. `revisions` are in order of number, at least one.
    Statements say more than the ranges of the advisory, never the contrary.
    """

    advisory: Advisory
    tracking_id: str
    publisher: Publisher
    revisions: tuple[Revision, ...]
    status: ReleaseStatus = ReleaseStatus.FINAL
    vendor: str = ""
    """Who makes the product; "" when unknown."""
    product: str = ""
    """Name of the product; "" to use the package's name."""
    cve: str = ""
    """The assigned CVE id; "" when none is."""
    remediation: str = ""
    """What an operator should do, in words; "" to say it from the fixed versions."""
    workaround: str = ""
    """What an operator can do until then; "" when nothing is known."""
    evidence: ReleaseEvidence | None = None
    fixes: tuple[VerifiedFix, ...] = ()
    timeline: tuple[TimelineEvent, ...] = ()
    statements: tuple[VexStatement, ...] = ()
    reserved_at: datetime | None = None
    """When the CVE id was reserved."""
    canonical_url: str = ""
    """Where the CSAF document will be; "" before that is known."""

    @property
    def initial_at(self) -> datetime:
        """When the first revision was made."""
        return self.revisions[0].at

    @property
    def current_at(self) -> datetime:
        """When the newest revision was made."""
        return self.revisions[-1].at

    @property
    def version(self) -> int:
        """The newest revision's number."""
        return self.revisions[-1].number
