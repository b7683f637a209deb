"""The Seawall report (docs/report.md) as one JSON document, read and written."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from seawall.formats import bounded
from seawall.formats.archives import check_path
from seawall.formats.bounded import pointer
from seawall.formats.identifiers import read_cwe, spell_identifier, unique
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import (
    Attachment,
    CreditWish,
    Finding,
    Location,
    Provenance,
    RejectedPart,
    Report,
    ReportFormat,
    Tool,
)

VERSION = 1
MAX_FINDINGS = 10_000
MAX_ATTACHMENTS = 1_000
_TEXTS = (
    "description",
    "target",
    "affected_versions",
    "fixed_version",
    "severity",
    "crash",
    "reproducer",
    "suggested_fix",
)
_FINDING_KEYS = frozenset(
    [*_TEXTS, "key", "title", "cwes", "identifiers", "locations", "references"]
)
_PROVENANCE_KEYS = frozenset(
    ["reporter", "finders", "relay", "tools", "human_reviewed", "credit", "credit_name"]
)
_REPORT_KEYS = frozenset(["seawall_report", "provenance", "findings", "attachments"])


def is_seawall_report(obj: Any) -> bool:
    """Say whether a JSON value claims to be a Seawall report."""
    return isinstance(obj, dict) and "seawall_report" in obj


def read_seawall_report(
    obj: Any, *, digest: str, attached: Iterable[Attachment] = (), name: str = ""
) -> Report:
    """Read the parsed JSON of a report whose received bytes have the sha256 `digest`.

    `attached` are files that came beside it. A finding or attachment that cannot be used is
    listed in `Report.rejected` with its JSON pointer and the rest is kept; BadInput when the
    report as a whole says nothing usable.
    """
    try:
        return _read(obj, digest=digest, attached=tuple(attached))
    except BadInput as bad:
        raise BadInput(bad.what, where=f"{name} {bad.where}".strip(), mend=bad.mend) from None


def write_seawall_report(report: Report) -> dict[str, Any]:
    """The JSON form of `report`, attachments included; reading it gives the same findings."""
    known = _provenance_json(report.provenance) | dict(report.extra.get("provenance", {}))
    rest = {key: value for key, value in report.extra.items() if key != "provenance"}
    return {
        "seawall_report": VERSION,
        "provenance": known,
        "findings": [_finding_json(finding) for finding in report.findings],
        "attachments": [
            {
                "name": item.name,
                "media_type": item.media_type,
                "base64": base64.b64encode(item.data).decode("ascii"),
            }
            for item in report.attachments
        ],
        **rest,
    }


def _read(obj: Any, *, digest: str, attached: tuple[Attachment, ...]) -> Report:
    top = bounded.as_object(obj, "")
    if top.get("seawall_report") != VERSION or isinstance(top["seawall_report"], bool):
        raise BadInput(
            "not a version of the report format that is known here",
            where="/seawall_report",
            mend=f"write {VERSION}",
        )
    rejected: list[RejectedPart] = []
    provenance_obj = bounded.inner(top, "provenance", "")
    provenance = _provenance(provenance_obj, "/provenance")
    attachments = _Attachments(attached)
    _each(top, "attachments", MAX_ATTACHMENTS, rejected, attachments.add)
    findings = _Findings(attachments.names)
    count = _each(top, "findings", MAX_FINDINGS, rejected, findings.add)
    if not count:
        raise BadInput("the report has no findings", where="/findings", mend="add at least one")
    extra: dict[str, Any] = _beyond(top, _REPORT_KEYS)
    if more := _beyond(provenance_obj, _PROVENANCE_KEYS):
        extra["provenance"] = more
    return Report(
        format=ReportFormat.SEAWALL,
        digest=digest,
        provenance=provenance,
        findings=tuple(findings.read),
        attachments=tuple(attachments.read),
        rejected=tuple(rejected),
        extra=extra,
    )


def _each(
    top: Mapping[str, Any],
    key: str,
    limit: int,
    rejected: list[RejectedPart],
    add: Callable[[Mapping[str, Any], str, int], None],
) -> int:
    """Call `add(item, pointer, position)` for each item, keep what fails as rejected, and give
    the count."""
    count = 0
    for count, (item, where) in enumerate(bounded.items(top, key, ""), start=1):
        if count > limit:
            raise BadInput(f"more than {limit} {key}", where=f"/{key}", mend="send several reports")
        try:
            add(bounded.as_object(item, where), where, count)
        except BadInput as bad:
            rejected.append(RejectedPart(where=bad.where or where, reason=_reason(bad)))
    return count


def _reason(bad: BadInput) -> str:
    return f"{bad.what} ({bad.mend})" if bad.mend else bad.what


class _Attachments:
    """Collects attachments; names are unique, case aside."""

    def __init__(self, attached: tuple[Attachment, ...]) -> None:
        self.read = list(attached)
        self.names = {item.name for item in attached}
        self._folded = {item.name.casefold() for item in attached}

    def add(self, obj: Mapping[str, Any], where: str, position: int) -> None:
        raw = bounded.text(obj, "name", where, required=True)
        try:
            name = check_path(raw)
        except BadInput as bad:
            raise BadInput(bad.what, where=f"{where}/name", mend=bad.mend) from None
        if name.casefold() in self._folded:
            raise BadInput("a second attachment of this name", where=f"{where}/name")
        if "base64" not in obj:
            raise BadInput("the field 'base64' is missing", where=where)
        packed = "".join(bounded.text(obj, "base64", where).split())
        try:
            data = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            raise BadInput("not base64", where=f"{where}/base64") from None
        media = bounded.text(obj, "media_type", where) or "application/octet-stream"
        self.read.append(Attachment(name=name, media_type=one_line(media), data=data))
        self.names.add(name)
        self._folded.add(name.casefold())


class _Findings:
    """Collects findings; keys are unique, a reproducer names an attachment."""

    def __init__(self, attachments: set[str]) -> None:
        self.read: list[Finding] = []
        self._attachments = attachments
        self._keys: set[str] = set()

    def add(self, obj: Mapping[str, Any], where: str, position: int) -> None:
        finding = read_finding(obj, where, position=position)
        if finding.key in self._keys:
            raise BadInput("a second finding with this key", where=f"{where}/key")
        if finding.reproducer and finding.reproducer not in self._attachments:
            raise BadInput(
                f"no attachment is named {finding.reproducer!r}",
                where=f"{where}/reproducer",
                mend="attach it, or correct the name",
            )
        self._keys.add(finding.key)
        self.read.append(finding)


def read_finding(obj: Mapping[str, Any], where: str, *, position: int) -> Finding:
    """One finding; BadInput points at the field that cannot be used."""
    words = {key: bounded.text(obj, key, where) for key in _TEXTS}
    key = bounded.text(obj, "key", where).strip() or str(position)
    if len(key) > 200:
        raise BadInput("longer than 200 characters", where=f"{where}/key")
    return Finding(
        key=key,
        title=one_line(bounded.text(obj, "title", where, required=True), limit=500),
        cwes=unique(read_cwe(cwe, place) for cwe, place in bounded.items(obj, "cwes", where)),
        identifiers=unique(map(spell_identifier, bounded.texts(obj, "identifiers", where))),
        locations=tuple(_location(*item) for item in bounded.objects(obj, "locations", where)),
        references=unique(bounded.texts(obj, "references", where)),
        extra=_beyond(obj, _FINDING_KEYS),
        **words,
    )


def _location(obj: Mapping[str, Any], where: str) -> Location:
    line, end_line = (bounded.whole(obj, key, where) for key in ("line", "end_line"))
    for key, number in (("line", line), ("end_line", end_line)):
        if number < 0:
            raise BadInput("a line number below 0", where=pointer(where, key))
    return Location(
        file=bounded.text(obj, "file", where, required=True),
        line=line,
        end_line=end_line,
        function=bounded.text(obj, "function", where),
    )


def _provenance(obj: Mapping[str, Any], where: str) -> Provenance:
    credit = bounded.text(obj, "credit", where)
    if credit and credit not in list(CreditWish):
        raise BadInput(
            f"{credit!r} is no credit wish", where=f"{where}/credit", mend="named, anonymous, none"
        )
    return Provenance(
        reporter=bounded.text(obj, "reporter", where),
        finders=bounded.texts(obj, "finders", where),
        relay=bounded.texts(obj, "relay", where),
        tools=tuple(_tool(*item) for item in bounded.objects(obj, "tools", where)),
        human_reviewed=bounded.flag(obj, "human_reviewed", where),
        credit=CreditWish(credit) if credit else None,
        credit_name=bounded.text(obj, "credit_name", where),
    )


def _tool(obj: Mapping[str, Any], where: str) -> Tool:
    kind = bounded.text(obj, "kind", where) or "tool"
    if kind not in ("tool", "model"):
        raise BadInput(f"{kind!r} is no kind of tool", where=f"{where}/kind", mend="tool or model")
    return Tool(
        name=bounded.text(obj, "name", where, required=True),
        version=bounded.text(obj, "version", where),
        kind=kind,
    )


def _beyond(obj: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key not in known}


def _finding_json(finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {"key": finding.key, "title": finding.title}
    made |= {key: getattr(finding, key) for key in _TEXTS if getattr(finding, key)}
    for key in ("cwes", "identifiers", "references"):
        if words := getattr(finding, key):
            made[key] = list(words)
    if finding.locations:
        made["locations"] = [_location_json(place) for place in finding.locations]
    return made | dict(finding.extra)


def _location_json(place: Location) -> dict[str, Any]:
    made: dict[str, Any] = {"file": place.file}
    for key in ("line", "end_line", "function"):
        if value := getattr(place, key):
            made[key] = value
    return made


def _provenance_json(provenance: Provenance) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key in ("reporter", "credit_name"):
        if value := getattr(provenance, key):
            made[key] = value
    for key in ("finders", "relay"):
        if words := getattr(provenance, key):
            made[key] = list(words)
    if provenance.tools:
        made["tools"] = [
            {"name": tool.name, "version": tool.version, "kind": tool.kind}
            for tool in provenance.tools
        ]
    if provenance.human_reviewed is not None:
        made["human_reviewed"] = provenance.human_reviewed
    if provenance.credit is not None:
        made["credit"] = provenance.credit.value
    return made
