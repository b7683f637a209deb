"""CSAF 2.0 §6.1.14 to §6.1.22 and §6.1.30: versions, status and revision history.

Versions are whole numbers ("3") or semantic versions ("1.2.0-rc.1+build"), never both in one
document (§3.1.11).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from seawall.formats.csaf_tests.document import CsafDocument, Found, moment, problem

_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")
_HISTORY = "/document/tracking/revision_history"
_VERSION = "/document/tracking/version"


@dataclass(frozen=True, slots=True)
class Version:
    """A document version taken apart; `key` orders versions as SemVer 2.0.0 §11 does."""

    whole: bool
    major: int
    pre: str
    build: str
    core: str
    key: tuple[Any, ...]

    @property
    def plain(self) -> str:
        """The version without build metadata."""
        return f"{self.core}-{self.pre}" if self.pre else self.core


@lru_cache(maxsize=16384)
def version_of(text: str) -> Version:
    """Take a version apart that the schema has checked."""
    match = _SEMVER.fullmatch(text)
    if match is None:
        return Version(True, int(text), "", "", text, (int(text), 0, 0, (1,)))
    major, minor, patch = (int(match[i]) for i in (1, 2, 3))
    pre = match[4] or ""
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".") if pre
    )
    rank: tuple[Any, ...] = (0, parts) if pre else (1,)
    return Version(
        False, major, pre, match[5] or "", f"{major}.{minor}.{patch}", (major, minor, patch, rank)
    )


def by_date(doc: CsafDocument) -> list[tuple[int, dict[str, Any]]]:
    """Revision history with positions, sorted by date; equal dates by version number."""
    history = list(enumerate(doc.tracking["revision_history"]))
    history.sort(key=lambda item: (moment(item[1]["date"]), version_of(item[1]["number"]).key))
    return history


def sorted_history(doc: CsafDocument) -> Found:
    """§6.1.14 Sorted Revision History: by date, the numbers ascend."""
    previous: Version | None = None
    for i, revision in by_date(doc):
        version = version_of(revision["number"])
        if previous is not None and version.key < previous.key:
            yield problem(
                "6.1.14",
                f"{_HISTORY}/{i}",
                f"revision {revision['number']} is dated after a higher revision",
                "correct its date or its number",
            )
        previous = version


def translator(doc: CsafDocument) -> Found:
    """§6.1.15 Translator: a translator names the source language."""
    if doc.document["publisher"]["category"] == "translator" and "source_lang" not in doc.document:
        yield problem(
            "6.1.15",
            "/document",
            "the publisher is a translator and the source language is not given",
            "add /document/source_lang",
        )


def latest_version(doc: CsafDocument) -> Found:
    """§6.1.16 Latest Document Version: the newest revision bears the document's version.

    Build metadata does not count; in a draft the pre-release part does not count either.
    """
    newest = version_of(by_date(doc)[-1][1]["number"])
    current = version_of(doc.tracking["version"])
    same = (
        newest.core == current.core
        if doc.tracking["status"] == "draft"
        else newest.plain == current.plain
    )
    if not same:
        yield problem(
            "6.1.16",
            _VERSION,
            f"the document is at version {doc.tracking['version']}, its newest revision is "
            f"{newest.plain}",
            "add the missing revision or correct the version",
        )


def draft_status(doc: CsafDocument) -> Found:
    """§6.1.17 Document Status Draft: a zero or pre-release version is a draft."""
    version = version_of(doc.tracking["version"])
    if (version.major == 0 or version.pre) and doc.tracking["status"] != "draft":
        yield problem(
            "6.1.17",
            "/document/tracking/status",
            f"version {doc.tracking['version']} can only be a draft",
            "use status draft or release version 1",
        )


def released_history(doc: CsafDocument) -> Found:
    """§6.1.18 Released Revision History: no version 0 in a released document."""
    if doc.tracking["status"] == "draft":
        return
    for i, revision in enumerate(doc.tracking["revision_history"]):
        if version_of(revision["number"]).major == 0:
            yield problem(
                "6.1.18",
                f"{_HISTORY}/{i}/number",
                f"a released document lists the draft revision {revision['number']}",
                "remove draft revisions on release",
            )


def prerelease_history(doc: CsafDocument) -> Found:
    """§6.1.19 Revision History Entries for Pre-release Versions."""
    for i, revision in enumerate(doc.tracking["revision_history"]):
        if version_of(revision["number"]).pre:
            yield problem(
                "6.1.19",
                f"{_HISTORY}/{i}/number",
                f"revision {revision['number']} is a pre-release",
                "list released versions only",
            )


def released_version(doc: CsafDocument) -> Found:
    """§6.1.20 Non-draft Document Version: no pre-release part."""
    if doc.tracking["status"] != "draft" and version_of(doc.tracking["version"]).pre:
        yield problem(
            "6.1.20",
            _VERSION,
            f"a released document has the pre-release version {doc.tracking['version']}",
            "remove the pre-release part or use status draft",
        )


def missing_revision(doc: CsafDocument) -> Found:
    """§6.1.21 Missing Item in Revision History: starts at 0 or 1, no (major) number left out."""
    previous = -1
    for i, revision in by_date(doc):
        major = version_of(revision["number"]).major
        if previous < 0 and major > 1:
            yield problem(
                "6.1.21",
                f"{_HISTORY}/{i}/number",
                f"the history starts with {revision['number']}",
                "start with version 0 or 1",
            )
        elif previous >= 0 and major > previous + 1:
            yield problem(
                "6.1.21",
                f"{_HISTORY}/{i}/number",
                f"version {previous + 1} is left out before {revision['number']}",
                "add the missing revision",
            )
        previous = max(previous, major)


def multiple_revision(doc: CsafDocument) -> Found:
    """§6.1.22 Multiple Definition in Revision History."""
    seen: set[str] = set()
    for i, revision in enumerate(doc.tracking["revision_history"]):
        if revision["number"] in seen:
            yield problem(
                "6.1.22",
                f"{_HISTORY}/{i}/number",
                f"revision {revision['number']} is listed twice",
                "give each revision its own number",
            )
        seen.add(revision["number"])


def mixed_versioning(doc: CsafDocument) -> Found:
    """§6.1.30 Mixed Integer and Semantic Versioning."""
    whole = version_of(doc.tracking["version"]).whole
    for i, revision in enumerate(doc.tracking["revision_history"]):
        if version_of(revision["number"]).whole != whole:
            yield problem(
                "6.1.30",
                f"{_HISTORY}/{i}/number",
                f"{revision['number']} and {doc.tracking['version']} mix whole numbers and "
                "semantic versions",
                "use one kind of version in the whole document",
            )
