"""The tests of CSAF 2.0 §6, one function per test, written from the specification.

A test gets a `CsafDocument` whose raw form satisfies the JSON schema and yields its problems.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from seawall.formats.csaf_tests import (
    fields,
    optional_document,
    optional_products,
    products,
    profiles,
    revisions,
    scores,
    vulnerabilities,
)
from seawall.formats.csaf_tests.document import CsafDocument, Found

Test = Callable[[CsafDocument], Found]

MANDATORY: Mapping[str, Test] = MappingProxyType(
    {
        "6.1.1": products.missing_product_id,
        "6.1.2": products.multiple_product_id,
        "6.1.3": products.circular_product_id,
        "6.1.4": products.missing_group_id,
        "6.1.5": products.multiple_group_id,
        "6.1.6": products.contradicting_status,
        "6.1.7": scores.multiple_scores,
        "6.1.8": scores.invalid_cvss,
        "6.1.9": scores.cvss_computation,
        "6.1.10": scores.inconsistent_cvss,
        "6.1.11": vulnerabilities.cwe,
        "6.1.12": fields.language,
        "6.1.13": fields.purl,
        "6.1.14": revisions.sorted_history,
        "6.1.15": revisions.translator,
        "6.1.16": revisions.latest_version,
        "6.1.17": revisions.draft_status,
        "6.1.18": revisions.released_history,
        "6.1.19": revisions.prerelease_history,
        "6.1.20": revisions.released_version,
        "6.1.21": revisions.missing_revision,
        "6.1.22": revisions.multiple_revision,
        "6.1.23": vulnerabilities.multiple_cve,
        "6.1.24": vulnerabilities.multiple_involvement,
        "6.1.25": fields.same_hash_algorithm,
        "6.1.26": fields.prohibited_category,
        "6.1.27.1": profiles.document_notes,
        "6.1.27.2": profiles.document_references,
        "6.1.27.3": profiles.no_vulnerabilities,
        "6.1.27.4": profiles.product_tree,
        "6.1.27.5": profiles.vulnerability_notes,
        "6.1.27.6": profiles.product_status,
        "6.1.27.7": profiles.vex_product_status,
        "6.1.27.8": profiles.vulnerability_id,
        "6.1.27.9": profiles.impact_statement,
        "6.1.27.10": profiles.action_statement,
        "6.1.27.11": profiles.has_vulnerabilities,
        "6.1.28": fields.translation,
        "6.1.29": vulnerabilities.remediation_without_product,
        "6.1.30": revisions.mixed_versioning,
        "6.1.31": fields.version_range,
        "6.1.32": vulnerabilities.flag_without_product,
        "6.1.33": vulnerabilities.multiple_justification,
    }
)
"""CSAF 2.0 §6.1 by clause: a document that fails one is invalid."""

OPTIONAL: Mapping[str, Test] = MappingProxyType(
    {
        "6.2.1": optional_products.unused_product,
        "6.2.2": optional_products.missing_remediation,
        "6.2.3": optional_products.missing_score,
        "6.2.4": optional_document.build_metadata,
        "6.2.5": optional_document.initial_date,
        "6.2.6": optional_document.current_date,
        "6.2.7": optional_document.involvement_date,
        "6.2.8": optional_document.md5_only,
        "6.2.9": optional_document.sha1_only,
        "6.2.10": optional_document.tlp_label,
        "6.2.11": optional_document.canonical_url,
        "6.2.12": optional_document.document_language,
        "6.2.13": optional_document.sorting,
        "6.2.14": optional_document.private_language,
        "6.2.15": optional_document.default_language,
        "6.2.16": optional_products.missing_helper,
        "6.2.17": optional_document.cve_in_ids,
        "6.2.18": optional_products.range_without_vers,
        "6.2.19": optional_products.score_for_fixed,
        "6.2.20": optional_document.additional_properties,
    }
)
"""CSAF 2.0 §6.2 by clause: good practice; a document that fails one is valid."""
