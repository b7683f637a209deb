"""CSAF 2.0 documents of a release: security advisory (§4.4) and VEX (§4.5)."""

from typing import Any

from seawall import __version__
from seawall.formats.csaf_tests.optional_document import csaf_filename
from seawall.formats.csaf_tests.registries import cwe_names
from seawall.formats.cvss_vectors import CvssScore
from seawall.formats.release_facts import ReleaseFacts, facts_of, stamp
from seawall.formats.write_csaf_products import ProductTree, product_tree
from seawall.vocab.release import AdvisoryRelease
from seawall.vocab.tlp import Tlp

_LABELS = {
    Tlp.RED: "RED",
    Tlp.AMBER_STRICT: "RED",
    Tlp.AMBER: "AMBER",
    Tlp.GREEN: "GREEN",
    Tlp.CLEAR: "WHITE",
}
"""CSAF 2.0 knows TLP 1.0 only; AMBER+STRICT becomes the next stricter label, never a weaker."""
_ROLES = {
    "FINDER": "found the vulnerability",
    "REPORTER": "reported the vulnerability",
    "ANALYST": "analysed the vulnerability",
    "COORDINATOR": "coordinated the disclosure",
    "REMEDIATION_DEVELOPER": "developed the fix",
    "REMEDIATION_REVIEWER": "reviewed the fix",
    "REMEDIATION_VERIFIER": "verified the fix",
    "TOOL": "is the tool that found the vulnerability",
    "SPONSOR": "sponsored the work",
    "OTHER": "contributed",
}
VEX_SUFFIX = "-VEX"


def csaf_security_advisory(
    release: AdvisoryRelease, *, facts: ReleaseFacts | None = None
) -> dict[str, Any]:
    """The release as CSAF security advisory; BadInput when the release contradicts itself.

    `facts` are those of the release, where they are worked out already.
    """
    return _advisory(facts := facts or facts_of(release), _content(facts))


def csaf_vex(release: AdvisoryRelease, *, facts: ReleaseFacts | None = None) -> dict[str, Any]:
    """The release as CSAF VEX document, tracked under the tracking id followed by "-VEX"."""
    return _vex(facts := facts or facts_of(release), _content(facts))


def csaf_both(facts: ReleaseFacts) -> tuple[dict[str, Any], dict[str, Any]]:
    """The security advisory and the VEX document, which say the same about the same products."""
    content = _content(facts)
    return _advisory(facts, content), _vex(facts, content)


def tlp_text(tlp: Tlp) -> str:
    """How `document/distribution/text` names a label that CSAF 2.0 lacks; "" for the others."""
    return f"{tlp} (TLP 2.0)" if tlp is Tlp.AMBER_STRICT else ""


def _advisory(facts: ReleaseFacts, content: dict[str, Any]) -> dict[str, Any]:
    return _write(facts, content, category="csaf_security_advisory", suffix="")


def _vex(facts: ReleaseFacts, content: dict[str, Any]) -> dict[str, Any]:
    return _write(facts, content, category="csaf_vex", suffix=VEX_SUFFIX)


def _content(facts: ReleaseFacts) -> dict[str, Any]:
    """What both documents say."""
    tree = product_tree(facts)
    return {"product_tree": tree.document, "vulnerabilities": [_vulnerability(facts, tree)]}


def _write(
    facts: ReleaseFacts, content: dict[str, Any], *, category: str, suffix: str
) -> dict[str, Any]:
    made: dict[str, Any] = _sorted(
        {"document": _document(facts, category=category, suffix=suffix), **content}
    )
    return made


def _sorted(value: Any) -> Any:
    """The value with all keys in order (CSAF 2.0 §6.2.13)."""
    if isinstance(value, dict):
        return {
            key: each if isinstance(each := value[key], str) else _sorted(each)
            for key in sorted(value)
        }
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _document(facts: ReleaseFacts, *, category: str, suffix: str) -> dict[str, Any]:
    release = facts.release
    publisher = release.publisher
    distribution: dict[str, Any] = {"tlp": {"label": _LABELS[release.advisory.tlp]}}
    if text := tlp_text(release.advisory.tlp):
        distribution = {"text": text} | distribution
    return _filled(
        acknowledgments=_acknowledgments(facts),
        aggregate_severity=_aggregate(facts),
        category=category,
        csaf_version="2.0",
        distribution=distribution,
        lang="en",
        notes=[{"category": "summary", "text": facts.title, "title": "Summary"}],
        publisher=_filled(
            category=publisher.category.value,
            contact_details=publisher.contact,
            issuing_authority=publisher.authority,
            name=publisher.name,
            namespace=publisher.namespace,
        ),
        references=_references(facts, suffix),
        title=facts.title,
        tracking={
            "current_release_date": facts.current,
            "generator": {"engine": {"name": "Seawall", "version": __version__}},
            "id": release.tracking_id + suffix,
            "initial_release_date": facts.initial,
            "revision_history": [
                {"date": stamp(r.at), "number": str(r.number), "summary": r.summary or "Revision."}
                for r in release.revisions
            ],
            "status": release.status.value,
            "version": str(release.version),
        },
    )


def _aggregate(facts: ReleaseFacts) -> dict[str, str]:
    """The most severe of the scores, in words."""
    if not facts.scores:
        return {}
    worst = max(facts.scores, key=lambda score: score.base)
    return {"text": worst.base_severity}


def _acknowledgments(facts: ReleaseFacts) -> list[dict[str, Any]]:
    return [
        {
            "names": [credit.name],
            "summary": f"{credit.name} {_ROLES.get(credit.role, 'contributed')}",
        }
        for credit in facts.release.advisory.credits
        if credit.name.strip()
    ]


def _references(facts: ReleaseFacts, suffix: str) -> list[dict[str, str]]:
    found = []
    if url := _canonical_url(facts.release, suffix):
        found.append({"category": "self", "summary": "The canonical URL", "url": url})
    for reference in facts.release.advisory.references:
        summary = reference.kind.capitalize()
        found.append({"category": "external", "summary": summary, "url": reference.url})
    return found


def _canonical_url(release: AdvisoryRelease, suffix: str) -> str:
    """Where the document will be: the VEX document stands beside the advisory."""
    folder, slash, name = release.canonical_url.rpartition("/")
    if not suffix or not slash:
        return release.canonical_url
    own = name == csaf_filename(release.tracking_id)
    return f"{folder}/{csaf_filename(release.tracking_id + suffix)}" if own else ""


def _vulnerability(facts: ReleaseFacts, tree: ProductTree) -> dict[str, Any]:
    return _filled(
        cve=facts.cve,
        cwe=_cwe(facts),
        flags=tree.flags,
        ids=[
            {"system_name": _system(facts, name), "text": name}
            for name in facts.identifiers
            if name != facts.cve
        ],
        notes=_notes(facts),
        product_status=tree.status,
        release_date=facts.initial,
        remediations=tree.remediations,
        scores=[
            {f"cvss_v{score.version[0]}": _cvss(score), "products": tree.affected}
            for score in _one_per_version(facts.scores)
            if tree.affected
        ],
        threats=tree.threats,
        title=facts.title,
    )


def _cwe(facts: ReleaseFacts) -> dict[str, str]:
    """The first weakness that CWE knows; CSAF 2.0 has room for one."""
    for cwe in facts.release.advisory.cwes:
        if names := cwe_names().get(cwe):
            return {"id": cwe, "name": names[-1]}
    return {}


def _notes(facts: ReleaseFacts) -> list[dict[str, str]]:
    release = facts.release
    notes = [("description", "Description", facts.description)]
    first = _cwe(facts).get("id")
    if others := [cwe for cwe in release.advisory.cwes if cwe != first]:
        notes.append(("other", "Further weaknesses", ", ".join(others)))
    if left_out := [s for s in facts.scores if s not in _one_per_version(facts.scores)]:
        notes.append(("other", "Further CVSS vectors", " ".join(s.vector for s in left_out)))
    if evidence := release.evidence:
        lines = [f"{evidence.verdict.capitalize()}, evidence level {evidence.level}."]
        notes.append(("details", "Evidence", "\n".join([*lines, *evidence.reasons])))
    if release.timeline:
        lines = [f"{stamp(event.at)} {event.what}" for event in release.timeline]
        notes.append(("details", "Timeline", "\n".join(lines)))
    return [{"category": c, "text": text, "title": title} for c, title, text in notes]


def _one_per_version(scores: tuple[CvssScore, ...]) -> list[CvssScore]:
    """The scores that CSAF 2.0 can hold: CVSS 2 and 3, one of each version (§6.1.7)."""
    first: dict[str, CvssScore] = {}
    for score in scores:
        if score.version != "4.0":
            first.setdefault(score.version, score)
    return list(first.values())


def _cvss(score: CvssScore) -> dict[str, Any]:
    made: dict[str, Any] = {"baseScore": score.base}
    if score.version != "2.0":
        made["baseSeverity"] = score.base_severity
    return made | {"vectorString": score.vector, "version": score.version}


def _system(facts: ReleaseFacts, name: str) -> str:
    if name == facts.release.tracking_id:
        return facts.release.publisher.name
    prefix = name.split("-", 1)[0]
    return {"GHSA": "GitHub Security Advisories", "OSV": "OSV"}.get(prefix, prefix)


def _filled(**fields: Any) -> dict[str, Any]:
    """The fields that are not empty, in the order given."""
    return {key: value for key, value in fields.items() if value not in ("", [], {}, None)}
