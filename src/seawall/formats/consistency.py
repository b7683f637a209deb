"""Whether the documents of one release agree, judged from the documents alone."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from seawall.formats.csaf_tests.document import moment
from seawall.formats.said import Said, read_said
from seawall.vocab.errors import BadInput
from seawall.vocab.problems import Problem
from seawall.vocab.tlp import Tlp

_CLAUSE = "One release, one statement (docs/advisories.md)"

_COMPARED: tuple[tuple[str, str, Callable[[Said], Any]], ...] = (
    ("identifiers", "the identifiers", lambda said: said.identifiers),
    ("ranges", "the affected ranges", lambda said: said.ranges),
    ("severity", "the CVSS vectors", lambda said: said.vectors),
    ("weaknesses", "the weaknesses", lambda said: said.weaknesses),
    ("initial", "the date of the first release", lambda said: _when(said.initial)),
    ("current", "the date of the newest revision", lambda said: _when(said.current)),
    ("version", "the revision", lambda said: said.version),
    ("tlp", "the TLP label", lambda said: said.tlp),
    ("credits", "the credits", lambda said: said.credits),
    ("not-affected", "the products not affected", lambda said: said.not_affected),
    ("investigated", "the products under investigation", lambda said: said.under_investigation),
)


def check_consistency(documents: Iterable[Any]) -> tuple[Problem, ...]:
    """Compare schema-valid documents of one release with the first of them.

    What a kind of document cannot say is not compared. An unreadable document is a problem too.
    """
    said: list[tuple[int, Said]] = []
    found: list[Problem] = []
    for i, document in enumerate(documents):
        try:
            said.append((i, read_said(document)))
        except (BadInput, LookupError, TypeError, ValueError) as error:
            found.append(
                Problem(
                    test="consistency-unreadable",
                    pointer=f"/{i}",
                    message=f"the document cannot be read back: {error}",
                    mend="write it with Seawall or leave it out of the release",
                    clause=_CLAUSE,
                )
            )
    for test, what, get in _COMPARED:
        found.extend(_compare(said, test, what, get))
    found.extend(_listed(said, "affected", lambda one: one.affected))
    found.extend(_listed(said, "fixed", lambda one: one.fixed))
    found.extend(_public(said))
    return tuple(found)


def _compare(
    said: Sequence[tuple[int, Said]], test: str, what: str, get: Callable[[Said], Any]
) -> Iterable[Problem]:
    able = [(i, one, get(one)) for i, one in said if get(one) is not None]
    for i, one, value in able[1:]:
        _, first, right = able[0]
        if value != right:
            yield Problem(
                test=f"consistency-{test}",
                pointer=f"/{i}",
                message=f"{what} of {one.name} ({one.kind}) and {first.name} ({first.kind}) "
                f"differ: {_shown(value, right)}",
                mend="write all documents from one release again",
                clause=_CLAUSE,
            )


def _listed(
    said: Sequence[tuple[int, Said]], test: str, get: Callable[[Said], frozenset[str]]
) -> Iterable[Problem]:
    """Listed versions agree; documents that hold statements may list further products."""
    plain = [(i, one) for i, one in said if one.not_affected is None]
    stating = [(i, one) for i, one in said if one.not_affected is not None]
    yield from _compare(plain, test, f"the {test} versions", get)
    yield from _compare(stating, test, f"the {test} products", get)
    for i, one in stating:
        for _, other in plain[:1]:
            if missing := get(other) - get(one):
                yield Problem(
                    test=f"consistency-{test}",
                    pointer=f"/{i}",
                    message=f"{one.name} ({one.kind}) does not list {min(missing)} as {test}, "
                    f"which {other.name} ({other.kind}) does",
                    mend="write all documents from one release again",
                    clause=_CLAUSE,
                )


def _public(said: Sequence[tuple[int, Said]]) -> Iterable[Problem]:
    """A CVE record or OpenVEX document exists only when everything is TLP:CLEAR."""
    labels = {one.tlp for _, one in said if one.tlp is not None}
    if labels - {Tlp.CLEAR}:
        for i, one in said:
            if one.kind in ("cve", "openvex"):
                yield Problem(
                    test="consistency-tlp",
                    pointer=f"/{i}",
                    message=f"{one.name} ({one.kind}) is public, the release is not",
                    mend="leave it out until the release is TLP:CLEAR",
                    clause=_CLAUSE,
                )


def _when(text: str) -> datetime | None:
    return moment(text) if text else None


def _shown(value: Any, right: Any) -> str:
    if isinstance(value, frozenset) and isinstance(right, frozenset):
        parts = []
        if extra := value - right:
            parts.append(f"only there {sorted(map(str, extra))[0]}")
        if missing := right - value:
            parts.append(f"missing there {sorted(map(str, missing))[0]}")
        return ", ".join(parts)
    return f"{value} and {right}"
