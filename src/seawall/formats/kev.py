"""CISA's catalogue of known exploited vulnerabilities, and its SSVC decisions (Vulnrichment)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from seawall.formats import bounded
from seawall.formats.bounded import pointer
from seawall.formats.identifiers import read_cwe, unique
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import RejectedPart
from seawall.vocab.ssvc import Automatable, Exploitation, TechnicalImpact

_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
_MAX_LINE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KevEntry:
    """One catalogue entry. `ransomware` is True for "Known", False for "Unknown"."""

    cve: str
    vendor: str
    product: str
    name: str
    date_added: date
    due_date: date
    required_action: str = ""
    description: str = ""
    ransomware: bool = False
    notes: str = ""
    cwes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KevCatalogue:
    """The catalogue; entries that could not be read are in `rejected`."""

    version: str
    released: str
    entries: tuple[KevEntry, ...]
    rejected: tuple[RejectedPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SsvcRecord:
    """CISA's SSVC decision points for a CVE; None where it has not decided."""

    cve: str
    exploitation: Exploitation | None = None
    automatable: Automatable | None = None
    technical_impact: TechnicalImpact | None = None
    in_kev: bool = False
    cwes: tuple[str, ...] = ()
    cvss: str = ""


def is_kev(obj: Any) -> bool:
    """Say whether a JSON value looks like the KEV catalogue."""
    return isinstance(obj, dict) and "catalogVersion" in obj and "vulnerabilities" in obj


def read_kev(obj: Any) -> KevCatalogue:
    """The typed catalogue; an entry that cannot be used is rejected alone."""
    top = bounded.as_object(obj, "")
    if not is_kev(top):
        raise BadInput("not the KEV catalogue", mend="send CISA's JSON file of it")
    entries: dict[str, KevEntry] = {}
    rejected: list[RejectedPart] = []
    for item, where in bounded.items(top, "vulnerabilities", ""):
        try:
            entry = _entry(bounded.as_object(item, where), where)
            if entry.cve in entries:
                raise BadInput(f"{entry.cve} stands twice in the catalogue", where=where)
            entries[entry.cve] = entry
        except BadInput as bad:
            rejected.append(RejectedPart(where=bad.where or where, reason=bad.what))
    return KevCatalogue(
        version=bounded.text(top, "catalogVersion", ""),
        released=bounded.text(top, "dateReleased", ""),
        entries=tuple(entries.values()),
        rejected=tuple(rejected),
    )


def _entry(obj: dict[str, Any], where: str) -> KevEntry:
    cve = bounded.text(obj, "cveID", where, required=True).strip()
    if not _CVE.fullmatch(cve):
        raise BadInput("not a CVE id", where=pointer(where, "cveID"))
    ransomware = bounded.text(obj, "knownRansomwareCampaignUse", where)
    if ransomware not in ("Known", "Unknown", ""):
        raise BadInput(
            "neither Known nor Unknown", where=pointer(where, "knownRansomwareCampaignUse")
        )
    return KevEntry(
        cve=cve,
        vendor=bounded.text(obj, "vendorProject", where).strip(),
        product=bounded.text(obj, "product", where).strip(),
        name=bounded.text(obj, "vulnerabilityName", where).strip(),
        date_added=_date(obj, "dateAdded", where),
        due_date=_date(obj, "dueDate", where),
        required_action=bounded.text(obj, "requiredAction", where),
        description=bounded.text(obj, "shortDescription", where),
        ransomware=ransomware == "Known",
        notes=bounded.text(obj, "notes", where),
        cwes=unique(read_cwe(cwe, place) for cwe, place in bounded.items(obj, "cwes", where)),
    )


def _date(obj: dict[str, Any], key: str, where: str) -> date:
    try:
        return date.fromisoformat(bounded.text(obj, key, where, required=True))
    except BadInput:
        raise
    except ValueError:
        raise BadInput("not a date", where=pointer(where, key), mend="YYYY-MM-DD") from None


def read_vulnrichment(lines: Iterable[bytes | str]) -> Iterator[SsvcRecord | RejectedPart]:
    """One record per JSON line ({"id": CVE, "adp": […]}, as CISA's CVE records have them); a
    line that cannot be used gives a RejectedPart that names it. Empty lines are skipped."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            obj = bounded.parse_json(line, max_bytes=_MAX_LINE, replace_unstorable=True)
            yield read_ssvc(obj)
        except BadInput as bad:
            yield RejectedPart(where=f"line {number} {bad.where}".strip(), reason=bad.what)


def read_ssvc(obj: Any) -> SsvcRecord:
    """The decision points in the ADP containers of one CVE record, the last one winning."""
    top = bounded.as_object(obj, "")
    cve = bounded.text(top, "id", "", required=True)
    if not _CVE.fullmatch(cve):
        raise BadInput("not a CVE id", where="/id")
    decided: dict[str, str] = {}
    in_kev, cvss, cwes = False, "", list[str]()
    for adp, where in bounded.objects(top, "adp", ""):
        cwes.extend(_adp_cwes(adp, where))
        for metric, place in bounded.objects(adp, "metrics", where):
            for key in ("cvssV4_0", "cvssV3_1", "cvssV3_0"):
                score = bounded.inner(metric, key, place)
                cvss = cvss or bounded.text(score, "vectorString", f"{place}/{key}")
            other = bounded.inner(metric, "other", place)
            match bounded.text(other, "type", f"{place}/other"):
                case "kev":
                    in_kev = True
                case "ssvc":
                    content = bounded.inner(other, "content", f"{place}/other")
                    decided |= _options(content, f"{place}/other/content")
    return SsvcRecord(
        cve=cve,
        exploitation=_decision(Exploitation, decided, "exploitation"),
        automatable=_decision(Automatable, decided, "automatable"),
        technical_impact=_decision(TechnicalImpact, decided, "technical impact"),
        in_kev=in_kev,
        cwes=unique(cwes),
        cvss=cvss,
    )


def _options(content: dict[str, Any], where: str) -> dict[str, str]:
    return {
        key.strip().lower(): bounded.text(option, key, place).strip().lower()
        for option, place in bounded.objects(content, "options", where)
        for key in option
    }


_Point = TypeVar("_Point", Exploitation, Automatable, TechnicalImpact)


def _decision(point: type[_Point], decided: dict[str, str], name: str) -> _Point | None:
    if name not in decided:
        return None
    try:
        return point(decided[name])
    except ValueError:
        raise BadInput(f"{decided[name]!r} is no value of {name}", where="/adp") from None


def _adp_cwes(adp: dict[str, Any], where: str) -> Iterator[str]:
    for problem, place in bounded.objects(adp, "problemTypes", where):
        for description, below in bounded.objects(problem, "descriptions", place):
            if word := bounded.text(description, "cweId", below):
                yield read_cwe(word, pointer(below, "cweId"))
