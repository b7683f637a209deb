"""What `seawall dedupe` reads: JSON lines of crashes or findings, or any report of intake."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.dedup import Facts, Signature, of_crash, of_finding
from seawall.formats.bounded import compression, decode, decompress, parse_json
from seawall.formats.detect import read_report
from seawall.formats.sanitizer import parse_sanitizer
from seawall.formats.traces import parse_trace
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Finding, Location

MAX_BYTES = 512 << 20
MAX_LINE = 16 << 20
_MEND = 'a line is {"id": …, "report": "sanitizer text"} or a finding with "id" and "title"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to compare; `label` is its true bug where the input says so, else ""."""

    signature: Signature
    title: str
    label: str = ""


def read_items(path: Path) -> list[Item]:
    """Read one file, compressed or not. BadInput names the line or part that cannot be used."""
    data = path.read_bytes()
    if compression(data) and not path.name.endswith((".tar.gz", ".tgz", ".tar.zst", ".tar.xz")):
        data = decompress(data, max_bytes=MAX_BYTES, name="")
    if _is_lines(data):
        return list(_lines(data))
    report = read_report(data, name="")
    source = report.digest[:16]
    finders = report.provenance.finders or (report.provenance.reporter or path.name,)
    return [
        Item(
            signature=of_finding(
                finding, key=f"{path.name}#{finding.key}", source=source, finders=finders
            ),
            title=finding.title,
        )
        for finding in report.findings
    ]


def _is_lines(data: bytes) -> bool:
    """Say whether the first line alone is a JSON object with one of our keys."""
    first = data.lstrip()[:MAX_LINE].split(b"\n", 1)[0].strip()
    if not (first.startswith(b"{") and first.endswith(b"}")):
        return False
    try:
        value = parse_json(first)
    except BadInput:
        return False
    return "report" in value or "finding" in value or ("title" in value and "id" in value)


def _lines(data: bytes) -> Iterator[Item]:
    text = decode(data, max_bytes=MAX_BYTES)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            value = parse_json(line, max_bytes=MAX_LINE, replace_unstorable=True)
            if not isinstance(value, dict):
                raise BadInput("not a JSON object", mend=_MEND)
            yield _item(value, number)
        except BadInput as bad:
            inner = bad.where.removeprefix("line 1").strip()
            raise BadInput(
                bad.what, where=f"{where} {inner}".strip(), mend=bad.mend or _MEND
            ) from None


def _item(value: dict[str, Any], number: int) -> Item:
    key = str(value.get("id", f"line {number}"))
    label = value.get("label", value.get("bug", ""))
    if not isinstance(label, str | int):
        raise BadInput("label is neither text nor a number", where="label")
    facts = _facts(value)
    if "report" in value:
        text = _text(value, "report")
        report = parse_sanitizer(text) or parse_trace(text)
        if report is None:
            raise BadInput("no sanitizer report and no stack trace in it", where="report")
        signature = of_crash(report, key=key, component=_text(value, "target"), facts=facts)
        return Item(signature=signature, title=report.summary or report.kind, label=str(label))
    inner = value.get("finding", value)
    if not isinstance(inner, dict):
        raise BadInput("finding is not an object", where="finding")
    finding = _finding(inner, key)
    signature = of_finding(
        finding,
        key=key,
        source=_text(value, "source"),
        finders=_texts(value, "finders"),
        facts=facts,
    )
    return Item(signature=signature, title=finding.title, label=str(label))


def _finding(value: dict[str, Any], key: str) -> Finding:
    title = _text(value, "title")
    if not title:
        raise BadInput("neither report nor title", mend=_MEND)
    return Finding(
        key=key,
        title=title,
        description=_text(value, "description"),
        target=_text(value, "target"),
        cwes=_texts(value, "cwes"),
        identifiers=_texts(value, "identifiers"),
        locations=tuple(_location(v) for v in _list(value, "locations")),
        crash=_text(value, "crash"),
    )


def _location(value: Any) -> Location:
    if not isinstance(value, dict):
        raise BadInput("not an object", where="locations")
    line = value.get("line", 0)
    if not isinstance(line, int) or line < 0:
        raise BadInput("not a line number", where="locations/line")
    return Location(file=_text(value, "file"), line=line, function=_text(value, "function"))


def _facts(value: dict[str, Any]) -> Facts:
    return Facts(
        reproducer=_text(value, "reproducer"),
        silenced_by=frozenset(_texts(value, "silenced_by")),
        not_silenced_by=frozenset(_texts(value, "not_silenced_by")),
        introduced_by=frozenset(_texts(value, "introduced_by")),
    )


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name, "")
    if not isinstance(found, str):
        raise BadInput("not text", where=name)
    return found


def _texts(value: dict[str, Any], name: str) -> tuple[str, ...]:
    found = _list(value, name)
    if not all(isinstance(part, str) for part in found):
        raise BadInput("not a list of texts", where=name)
    return tuple(found)


def _list(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name) or []
    if not isinstance(found, list):
        raise BadInput("not a list", where=name)
    return found
