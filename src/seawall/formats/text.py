"""Plain text as a report: one finding with whatever simple, certain rules find in the prose.

The text is kept whole in the description. It is data: nothing in it is run or obeyed.
"""

import re
from collections.abc import Iterator

from seawall.formats.crashes import crash_text
from seawall.formats.identifiers import cwes_in, identifiers_in, purls_in, unique
from seawall.formats.purl import build_purl
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import Finding, Location, Provenance, Report, ReportFormat

MAX_CHARACTERS = 4 << 20
_MAX_PLACES = 200
_SEARCHED = 1 << 20
"""Characters in which names, versions and places are looked for."""

_LABEL = re.compile(r"[\s>*#-]{0,8}\**([A-Za-z][A-Za-z ]{1,24}?)\**\s{0,4}:\**\s{1,8}(\S.{0,300})")
_LABELS = {
    "subject": "title",
    "title": "title",
    "package": "target",
    "component": "target",
    "target": "target",
    "library": "target",
    "product": "target",
    "project": "target",
    "version": "affected",
    "versions": "affected",
    "affected": "affected",
    "affected version": "affected",
    "affected versions": "affected",
    "vulnerable versions": "affected",
    "tested version": "affected",
    "fixed": "fixed",
    "fixed in": "fixed",
    "fixed version": "fixed",
    "patched version": "fixed",
    "severity": "severity",
    "from": "reporter",
    "reporter": "reporter",
    "reported by": "reporter",
    "found by": "finder",
    "credit": "finder",
    "credits": "finder",
    "discovered by": "finder",
}
_V = r"v?\d{1,9}(?:[.][\w+~]{1,30}){0,8}(?:-[\w.+~]{1,30})?"
_NAME = r"@?[A-Za-z0-9](?:[\w.-]{0,80}\w)?(?:/[\w.-]{1,80}){0,6}"
_REGISTRY = re.compile(
    rf"(?P<where>PyPI|pip|npm|Node(?:\.js)?|crates\.io|Rust|Go|RubyGems|NuGet|Python)\s+"
    rf"(?:package|module|library|crate|gem)\s+(?P<quote>[`'\"]?)(?P<name>{_NAME})(?P=quote)"
    rf"(?:[\s,(]{{1,3}}(?:version\s+)?(?P<version>{_V}))?",
    re.IGNORECASE,
)
_TYPES = {
    "pypi": "pypi",
    "pip": "pypi",
    "python": "pypi",
    "npm": "npm",
    "node": "npm",
    "node.js": "npm",
    "crates.io": "cargo",
    "rust": "cargo",
    "go": "golang",
    "rubygems": "gem",
    "nuget": "nuget",
}
_PINNED = re.compile(rf"(?<![\w.@/=-])(?P<name>[A-Za-z][\w.-]{{0,80}})==(?P<version>{_V})")
_AT = re.compile(
    rf"(?<![\w.@/:-])(?P<name>(?:@[\w.-]{{1,80}}/)?[a-z][\w.-]{{0,80}})@(?P<version>{_V})"
)
_FIXED = re.compile(
    rf"(?:fixed|patched|resolved)\s+(?:in|by|with|since)\s+(?:version\s+)?(?P<version>{_V})",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?P<sign>before|prior\s+to|earlier\s+than|below|up\s+to|through|until)\s+"
    rf"(?:and\s+including\s+)?(?:version\s+)?(?P<version>{_V})",
    re.IGNORECASE,
)
_CVSS = re.compile(r"CVSS:[0-9]\.[0-9](?:/[A-Za-z]{1,5}:[A-Za-z]{1,6}){4,40}")
_REPOSITORY = re.compile(
    r"https?://(?:github\.com|gitlab\.com|codeberg\.org|bitbucket\.org)/[\w.-]{1,80}/[\w.-]{1,100}"
)
_URL = re.compile(r"https?://[^\s<>\"'`\])}]{1,1000}")
_SOURCE = (
    r"c|cc|cpp|cxx|h|hh|hpp|py|pyx|js|mjs|cjs|ts|tsx|jsx|go|rs|java|kt|scala|rb|php|cs|swift|m|mm|"
    r"pl|sh|lua|ex|erl|hs|ml|zig|S|asm|vue|sql"
)
_PLACE = re.compile(
    rf"(?<![\w/.+@-])(?P<file>[\w./+@-]{{1,300}}\.(?:{_SOURCE})):(?P<line>\d{{1,7}})"
    rf"(?:-(?P<end>\d{{1,7}}))?(?!\d)"
)
_LINE_OF = re.compile(
    rf"(?<![\w/.+@\"-])(?P<file>[\w./+@-]{{1,300}}\.(?:{_SOURCE}))[`'\"]?,?\s+(?:at\s+|on\s+)?"
    rf"lines?\s+(?P<line>\d{{1,7}})(?:\s?[-–]\s?(?P<end>\d{{1,7}}))?"
)
_PYTHON = re.compile(
    r'File "(?P<file>[^"\n]{1,300})", line (?P<line>\d{1,7})(?:, in (?P<function>[\w.<>]{1,100}))?'
)
_DIFF = re.compile(
    r"^(?:diff --git [^\n]{1,500}\n(?:[^\n]{0,500}\n){0,6}?)?"
    r"--- [^\n]{1,500}\n\+\+\+ [^\n]{1,500}\n@@ [^\n]{1,500}\n"
    r"(?:[ +\-@\\][^\n]*\n?|\n(?=[ +\-@]))+",
    re.MULTILINE,
)


def read_text(text: str, *, digest: str, name: str = "") -> Report:
    """Read prose as a report of one finding; BadInput when there is no text."""
    if not text.strip():
        raise BadInput("the report is empty", where=name, mend="describe the weakness")
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"more than {MAX_CHARACTERS} characters", where=name, mend="shorten it")
    text = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    searched = text[:_SEARCHED]
    labels = _labelled(searched)
    target = _target(searched, labels)
    finding = Finding(
        key="1",
        title=one_line(labels.get("title") or _title(text), limit=200),
        description=text,
        target=target[0],
        affected_versions=labels.get("affected") or target[1] or _affected(searched),
        fixed_version=_fixed(searched, labels),
        cwes=cwes_in(searched),
        identifiers=identifiers_in(searched),
        locations=_locations(searched),
        severity=_severity(searched, labels),
        crash=crash_text(text),
        suggested_fix="\n".join(found.group().rstrip() for found in _DIFF.finditer(searched)),
        references=unique(found.group().rstrip(".,:;!?") for found in _URL.finditer(searched)),
    )
    return Report(
        format=ReportFormat.TEXT,
        digest=digest,
        provenance=Provenance(
            reporter=labels.get("reporter", ""), finders=unique([labels.get("finder", "")])
        ),
        findings=(finding,),
    )


def _title(text: str) -> str:
    """The first line that says something, without markup."""
    for line in text.splitlines():
        if words := line.strip().lstrip("#*=->_ ").strip("*_ "):
            return words
    return one_line(text)


def _labelled(text: str) -> dict[str, str]:
    """ "Package: jinja2" and the like: the first value of each meaning."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LABEL.match(line[:400])
        if match and (meaning := _LABELS.get(match.group(1).strip().lower())):
            found.setdefault(meaning, match.group(2).strip().strip("*` "))
    return found


def _target(text: str, labels: dict[str, str]) -> tuple[str, str]:
    """(target, version): a purl, a labelled name, a package of a registry, a pinned name, or a
    repository; ("", "") when the text names none."""
    if purls := purls_in(text):
        return purls[0], ""
    if found := next(filter(_certain, _REGISTRY.finditer(text)), None):
        return _purl(_TYPES[found["where"].lower()], found["name"]), found["version"] or ""
    if label := labels.get("target"):
        match = _PINNED.search(label) or _AT.search(label)
        return (match["name"], match["version"]) if match else (label, "")
    if found := _PINNED.search(text):
        return _purl("pypi", found["name"]), found["version"]
    if found := _AT.search(text):
        return found["name"], found["version"]
    if found := _REPOSITORY.search(text):
        return found.group().rstrip(".").removesuffix(".git"), ""
    return "", ""


def _certain(found: re.Match[str]) -> bool:
    """Whether "package NAME" names a package and is not just a phrase ("package manager")."""
    return bool(found["version"] or found["quote"] or re.search(r"[\d@/._-]", found["name"]))


def _purl(kind: str, name: str) -> str:
    namespace, _, last = name.rpartition("/")
    try:
        return str(build_purl(type=kind, namespace=namespace, name=last))
    except BadInput:
        return name


def _affected(text: str) -> str:
    found = _BEFORE.search(text)
    if not found:
        return ""
    exclusive = found["sign"].lower().split()[0] in ("before", "prior", "earlier", "below")
    return f"{'<' if exclusive else '<='}{found['version']}"


def _fixed(text: str, labels: dict[str, str]) -> str:
    if label := labels.get("fixed"):
        found = re.search(_V, label)
        return found.group() if found else ""
    found = _FIXED.search(text)
    return found["version"] if found else ""


def _severity(text: str, labels: dict[str, str]) -> str:
    found = _CVSS.search(text)
    return found.group() if found else labels.get("severity", "")


def _locations(text: str) -> tuple[Location, ...]:
    """Places in source code, in the order of the text, once each."""
    found = sorted(_places(text), key=lambda place: place[0])
    return tuple(dict.fromkeys(location for _, location in found))[:_MAX_PLACES]


def _places(text: str) -> Iterator[tuple[int, Location]]:
    for pattern in (_PLACE, _LINE_OF, _PYTHON):
        for count, match in enumerate(pattern.finditer(text)):
            if count >= _MAX_PLACES:
                break
            groups = match.groupdict()
            yield (
                match.start(),
                Location(
                    file=groups["file"].removeprefix("./"),
                    line=int(groups["line"]),
                    end_line=int(groups.get("end") or 0),
                    function=groups.get("function") or "",
                ),
            )
