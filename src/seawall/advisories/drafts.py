"""From a case to the one input of all document writers."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from seawall.advisories.models import Advisory, Revision
from seawall.cases.actions import findings_of
from seawall.cases.credits import credits_of
from seawall.cases.fixes import verified_fixes
from seawall.cases.models import CandidateFix, Case
from seawall.findings.models import Finding
from seawall.formats.ecosystems import osv_name
from seawall.formats.purl import parse_purl
from seawall.validation.models import Validation
from seawall.vocab import advisories as words
from seawall.vocab import release as releases
from seawall.vocab.evidence import EvidenceLevel, Side, ValidationRecord

_CVSS = {"CVSS:3": "CVSS_V3", "CVSS:4": "CVSS_V4"}


class NothingProven(ValueError):
    """The case has no proven finding, so there is nothing to state. Prove one first."""


def publisher() -> releases.Publisher:
    """Who publishes here, from the settings; a draft may be unnamed, a publication may not."""
    return releases.Publisher(
        name=settings.SEAWALL_PUBLISHER_NAME or "Unnamed publisher",
        namespace=settings.SEAWALL_PUBLISHER_NAMESPACE or "https://unnamed.invalid",
        org_id=settings.SEAWALL_PUBLISHER_ORG_ID,
        short_name=settings.SEAWALL_PUBLISHER_SHORT_NAME,
        contact=settings.SEAWALL_PUBLISHER_CONTACT,
    )


def release_of(
    case: Case, *, advisory: Advisory, earlier: Iterable[Revision], summary: str, now: datetime
) -> releases.AdvisoryRelease:
    """Everything the documents say, with a new revision. Raises NothingProven."""
    group = findings_of(case)
    best = _best(group)
    record = best.value()
    fixes = verified_fixes(case)
    history = tuple(
        releases.Revision(number=each.number, at=each.made_at, summary=each.summary)
        for each in earlier
    )
    new = releases.Revision(number=len(history) + 1, at=now, summary=summary)
    return releases.AdvisoryRelease(
        advisory=_statement(case, advisory, group, best, record, fixes, now=now),
        tracking_id=advisory.public_id,
        publisher=publisher(),
        revisions=(*history, new),
        status=releases.ReleaseStatus.FINAL,
        product=parse_purl(record.target).name,
        cve=case.cve,
        evidence=releases.ReleaseEvidence(
            verdict=record.verdict, level=record.level, reasons=record.reasons
        ),
        fixes=tuple(_fixes(record, fixes)),
        timeline=tuple(_timeline(case, group, best, fixes)),
    )


def _best(group: list[Finding]) -> Validation:
    best = (
        Validation.objects.filter(finding__in=group, is_best=True, level__gte=int(EvidenceLevel.E1))
        .select_related("finding__report")
        .order_by("-level", "finding")
        .first()
    )
    if best is None:
        raise NothingProven("Nothing is proven in this case yet.")
    return best


def _statement(
    case: Case,
    advisory: Advisory,
    group: list[Finding],
    best: Validation,
    record: ValidationRecord,
    fixes: list[CandidateFix],
    *,
    now: datetime,
) -> words.Advisory:
    finding = best.finding.value()
    others = [member.value() for member in group]
    return words.Advisory(
        id=advisory.public_id,
        aliases=tuple(dict.fromkeys(i for each in others for i in each.identifiers)),
        summary=case.title[:200],
        details=_details(finding.description or case.title, record),
        affected=(_affected(record, fixes),),
        severities=_severities([finding.severity, *(each.severity for each in others)]),
        cwes=tuple(dict.fromkeys(cwe for each in (finding, *others) for cwe in each.cwes)),
        references=tuple(
            words.Reference(url=url)
            for url in dict.fromkeys(url for each in others for url in each.references)
        ),
        credits=tuple(_credits(case)),
        published_at=advisory.published_at or now,
        modified_at=now,
    )


def _details(description: str, record: ValidationRecord) -> str:
    proof = " ".join(record.reasons)
    return f"{description.strip()}\n\nProven by execution ({record.level}): {proof}"


def _affected(record: ValidationRecord, fixes: list[CandidateFix]) -> words.AffectedPackage:
    """All versions before the fix; what was run is the affected version, and the details say so."""
    purl = parse_purl(record.target)
    ecosystem, name = osv_name(purl)
    events = [words.RangeEvent(kind=words.EventKind.INTRODUCED, version="0")]
    fixed = _fixed_version(record, fixes)
    if fixed:
        events.append(words.RangeEvent(kind=words.EventKind.FIXED, version=fixed))
    else:
        last = words.RangeEvent(kind=words.EventKind.LAST_AFFECTED, version=record.affected_version)
        events.append(last)
    return words.AffectedPackage(
        ecosystem=ecosystem,
        name=name,
        purl=record.target,
        ranges=(words.VersionRange(kind=words.RangeKind.ECOSYSTEM, events=tuple(events)),),
        versions=(record.affected_version,),
    )


def _fixed_version(record: ValidationRecord, fixes: list[CandidateFix]) -> str:
    """A version that passed verification, else the one on which the proof was seen silent."""
    verified = next((fix.version for fix in fixes if fix.version), "")
    silent = record.level >= EvidenceLevel.E2 and any(
        run.side is Side.FIXED and not run.fired and not run.problem for run in record.runs
    )
    return verified or (record.fixed_version if silent else "")


def _fixes(record: ValidationRecord, fixes: list[CandidateFix]) -> Iterable[releases.VerifiedFix]:
    patches = [fix for fix in fixes if fix.diff_digest]
    version = _fixed_version(record, fixes)
    if version or patches:
        yield releases.VerifiedFix(
            version=version, patch_sha256=patches[0].diff_digest if patches else ""
        )


def _severities(given: Iterable[str]) -> tuple[words.Severity, ...]:
    """The first CVSS vector of each version; words such as "high" have no place here."""
    found: dict[str, str] = {}
    for text in given:
        for prefix, scheme in _CVSS.items():
            if text.startswith(prefix):
                found.setdefault(scheme, text)
    return tuple(words.Severity(scheme=scheme, score=score) for scheme, score in found.items())


def _credits(case: Case) -> Iterable[words.Credit]:
    """Everybody in the case who wishes to be named, each once."""
    seen: set[str] = set()
    for each in credits_of(case):
        if each.is_named and each.name.lower() not in seen:
            seen.add(each.name.lower())
            yield words.Credit(name=each.name, role=each.role.upper().replace(" ", "_"))


def _timeline(
    case: Case, group: list[Finding], best: Validation, fixes: list[CandidateFix]
) -> Iterable[releases.TimelineEvent]:
    yield releases.TimelineEvent(at=group[0].received_at, what="First report received.")
    yield releases.TimelineEvent(
        at=best.recorded_at, what=f"Proven by execution: {EvidenceLevel(best.level)}."
    )
    for fix in fixes:
        at = fix.verifications.all()[0].recorded_at
        yield releases.TimelineEvent(at=at, what=f"Fix verified: {fix.label}.")
