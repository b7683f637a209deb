"""What a receiver gets of a case: gathered at the moment of sending, within what may be said."""

from collections.abc import Sequence
from datetime import datetime

from seawall.cases.credits import credits_of
from seawall.cases.fixes import verified_fixes
from seawall.cases.groups import findings_of
from seawall.cases.models import Case, CaseMoment
from seawall.cases.reading import embargo_holds
from seawall.core.cvd import CvdEvent
from seawall.core.ways_out import Say, in_force
from seawall.findings.exporting import demand_export
from seawall.findings.files import content
from seawall.findings.models import Finding
from seawall.formats.report_archive import media_type
from seawall.parties.access import NotPermitted
from seawall.vocab.access import Part
from seawall.vocab.actors import Actor
from seawall.vocab.evidence import EvidenceLevel
from seawall.vocab.findings import Attachment
from seawall.vocab.findings import Finding as FindingValue
from seawall.vocab.handover import HandoverPayload
from seawall.vocab.tlp import Tlp

_EVIDENCE = {
    EvidenceLevel.E1: "Reproduced by us in clean runs (E1).",
    EvidenceLevel.E2: "Reproduced by us, and silent on a fixed version or a control (E2).",
    EvidenceLevel.E3: "Reproduced by us; the effect happened in the target's own code (E3).",
    EvidenceLevel.E4: "Reproduced by two independent workers of ours (E4).",
}


def payload_of(case: Case, *, to: Actor, say: Say, now: datetime) -> HandoverPayload:
    """The case as `to` may have it; `say` is what `may_say_of` answered and at least DETAIL.

    Reproducers are in it at PROOF only, and of these only what `to` sent itself or whose export
    to it was approved.
    """
    if say < Say.DETAIL:
        raise ValueError("nothing is passed on below DETAIL")
    group = findings_of(case)
    said = max((each.value() for each in group), key=lambda each: len(each.description))
    holds = embargo_holds(case, now=now)
    moments = {each.event: each.at for each in CaseMoment.objects.filter(case=case)}
    vendor = case.participants.filter(part=Part.VENDOR.value, left_at=None).first()
    fixes = verified_fixes(case)
    return HandoverPayload(
        case=case.public_id,
        marking=in_force(Tlp(case.tlp), embargo_holds=holds).value,
        title=case.title,
        description=said.description,
        target=said.target,
        affected_versions=said.affected_versions,
        fixed_version=said.fixed_version or next((f.version for f in fixes if f.version), ""),
        cwes=said.cwes,
        identifiers=tuple(sorted({case.cve, *said.identifiers} - {""})),
        severity=said.severity,
        functions=_functions(said),
        crash=said.crash,
        evidence=_evidence(group),
        suggested_fix=said.suggested_fix,
        references=said.references,
        credits=tuple(each.name for each in credits_of(case) if each.is_named),
        vendor=vendor.party.name if vendor else "",
        vendor_told_at=moments.get(CvdEvent.VENDOR_AWARE.value),
        is_public=case.public_aware,
        is_exploited=case.attacks_observed,
        embargo_ends_at=case.embargo_ends_at if holds else None,
        attachments=_proofs(group, to, now) if say >= Say.PROOF else (),
    )


def _functions(said: FindingValue) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.function for each in said.locations if each.function))


def _evidence(group: Sequence[Finding]) -> str:
    level = EvidenceLevel(max((each.level for each in group), default=0))
    return _EVIDENCE.get(level, "")


def _proofs(group: Sequence[Finding], to: Actor, now: datetime) -> tuple[Attachment, ...]:
    """The reproducers that may go to `to`, each once."""
    found: dict[str, Attachment] = {}
    for row in group:
        artefact = row.reproducer
        if artefact is None or artefact.digest in found:
            continue
        try:
            demand_export(artefact, [row], by=to, now=now)
        except NotPermitted:
            continue
        name = f"{row.public_id}-{artefact.name.rpartition('/')[2]}"
        found[artefact.digest] = Attachment(
            name=name, media_type=media_type(artefact.name), data=content(artefact)
        )
    return tuple(found.values())
