"""The parts of a CSAF 2.0 document, named as the standard names them.

Each part keeps in `extra` what it holds beyond the named fields, so that a document can be written
as it was read. Absent strings are "", absent arrays are empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from seawall.vocab.tlp import Tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """CSAF 2.0 §3.1.8."""

    category: str
    text: str
    title: str = ""
    audience: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsafReference:
    """CSAF 2.0 §3.1.10; `category` is "self" or "external"."""

    url: str
    summary: str = ""
    category: str = "external"
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgment:
    """CSAF 2.0 §3.1.1."""

    names: tuple[str, ...] = ()
    organization: str = ""
    summary: str = ""
    urls: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """CSAF 2.0 §3.2.1.8."""

    name: str
    category: str = ""
    namespace: str = ""
    contact_details: str = ""
    issuing_authority: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """CSAF 2.0 §3.2.1.12.6."""

    number: str
    date: datetime | None = None
    summary: str = ""
    legacy_version: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """CSAF 2.0 §3.2.1.12; `status` is "draft", "interim" or "final"."""

    id: str
    status: str = ""
    version: str = ""
    initial_release_date: datetime | None = None
    current_release_date: datetime | None = None
    aliases: tuple[str, ...] = ()
    revision_history: tuple[Revision, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """CSAF 2.0 §3.2.1.5; the label is translated to TLP 2.0, None when there is none."""

    tlp: Tlp | None = None
    text: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentMeta:
    """CSAF 2.0 §3.2.1."""

    category: str
    csaf_version: str
    title: str
    publisher: Publisher
    tracking: Tracking
    lang: str = ""
    source_lang: str = ""
    distribution: Distribution | None = None
    aggregate_severity: str = ""
    notes: tuple[Note, ...] = ()
    references: tuple[CsafReference, ...] = ()
    acknowledgments: tuple[Acknowledgment, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHashes:
    """The hashes of one file: (algorithm, hex value) each."""

    filename: str
    hashes: tuple[tuple[str, str], ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """Product identification helper, CSAF 2.0 §3.1.3.3."""

    purl: str = ""
    cpe: str = ""
    hashes: tuple[FileHashes, ...] = ()
    model_numbers: tuple[str, ...] = ()
    serial_numbers: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    sbom_urls: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FullProductName:
    """CSAF 2.0 §3.1.3."""

    product_id: str
    name: str
    helper: Helper | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """CSAF 2.0 §3.1.2: either branches or a product."""

    category: str
    name: str
    branches: tuple["Branch", ...] = ()
    product: FullProductName | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """CSAF 2.0 §3.2.2.4: `product` is `product_reference` as `category` of the other."""

    category: str
    product_reference: str
    relates_to_product_reference: str
    product: FullProductName
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductGroup:
    """CSAF 2.0 §3.2.2.3."""

    group_id: str
    product_ids: tuple[str, ...]
    summary: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTree:
    """CSAF 2.0 §3.2.2; `csaf_products.products_of` flattens it."""

    branches: tuple[Branch, ...] = ()
    full_product_names: tuple[FullProductName, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    product_groups: tuple[ProductGroup, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStatus:
    """CSAF 2.0 §3.2.3.9: product ids by status."""

    first_affected: tuple[str, ...] = ()
    first_fixed: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    known_affected: tuple[str, ...] = ()
    known_not_affected: tuple[str, ...] = ()
    last_affected: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    under_investigation: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def affected(self) -> tuple[str, ...]:
        """Every product id that is said to be affected, once."""
        return tuple(dict.fromkeys(self.known_affected + self.first_affected + self.last_affected))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """CSAF 2.0 §3.2.3.12; `category` is vendor_fix, mitigation, workaround, none_available or
    no_fix_planned."""

    category: str
    details: str = ""
    date: datetime | None = None
    url: str = ""
    product_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    entitlements: tuple[str, ...] = ()
    restart_required: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """CSAF 2.0 §3.2.3.13: the CVSS objects as FIRST's JSON schemas have them."""

    products: tuple[str, ...]
    cvss_v3: Mapping[str, Any] | None = None
    cvss_v2: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """CSAF 2.0 §3.2.3.5: why products are not affected."""

    label: str
    date: datetime | None = None
    product_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """CSAF 2.0 §3.2.3.14; `category` is exploit_status, impact or target_set."""

    category: str
    details: str = ""
    date: datetime | None = None
    product_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """CSAF 2.0 §3.2.3.6: a number under which a system tracks the vulnerability."""

    system_name: str
    text: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """CSAF 2.0 §3.2.3."""

    cve: str = ""
    title: str = ""
    cwe: str = ""
    cwe_name: str = ""
    ids: tuple[Identifier, ...] = ()
    discovery_date: datetime | None = None
    release_date: datetime | None = None
    product_status: ProductStatus | None = None
    notes: tuple[Note, ...] = ()
    references: tuple[CsafReference, ...] = ()
    acknowledgments: tuple[Acknowledgment, ...] = ()
    remediations: tuple[Remediation, ...] = ()
    scores: tuple[Score, ...] = ()
    flags: tuple[Flag, ...] = ()
    threats: tuple[Threat, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsafDocument:
    """A CSAF 2.0 document."""

    document: DocumentMeta
    product_tree: ProductTree | None = None
    vulnerabilities: tuple[Vulnerability, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
