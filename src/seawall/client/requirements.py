"""One Python requirement (PEP 508) as text: found, and changed in its version alone."""

import re
from dataclasses import dataclass

from seawall.client.plans import Change, Refusal
from seawall.client.remedies import NoRemedy, Remedies
from seawall.client.specifiers import ECOSYSTEM, Specifier, raise_specifier, read_specifier
from seawall.vocab.errors import BadInput

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    rf"\s*(?P<name>{_NAME})\s*(?:\[[^\]]*\])?\s*"
    r"(?P<rest>@|(?P<open>\()?(?P<spec>[^;#()@\s][^;#()@]*?)?(?P<close>\s*\))?\s*(?=;|\s--|$))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A requirement: what is asked for and where its specifier stands in the text. `is_address`:
    it is taken from a URL, which says nothing of versions."""

    name: str
    specifier: Specifier
    start: int
    end: int
    is_address: bool = False


def read_requirement(text: str) -> Requirement | None:
    """Read a requirement; None for what is none, or is written in a way that is not read."""
    found = _REQUIREMENT.match(text)
    if found is None:
        return None
    name = found["name"]
    if found["rest"].startswith("@"):
        return Requirement(
            name=name, specifier=Specifier(clauses=()), start=0, end=0, is_address=True
        )
    spec = found["spec"] or ""
    try:
        specifier = read_specifier(spec)
    except BadInput:
        return None
    start = found.start("spec") if found["spec"] else found.start("rest")
    return Requirement(name=name, specifier=specifier, start=start, end=start + len(spec.rstrip()))


def mend_requirement(
    text: str, remedies: Remedies, *, where: str, hashes: bool = False
) -> tuple[str, Change] | Refusal | None:
    """The text with the least change that leaves out affected versions; a Refusal when it allows
    some and cannot be changed; None when nothing is wrong. `hashes`: it is pinned by hashes."""
    requirement = read_requirement(text)
    if requirement is None:
        return None
    name = normalized(requirement.name)
    if requirement.is_address:
        return _refuse_address(name, remedies, where)
    try:
        raised = raise_specifier(requirement.specifier, name, remedies)
    except BadInput as bad:
        return Refusal(where=where, package=name, why=f"{bad}; look at it yourself")
    if raised is None:
        return None
    if isinstance(raised, NoRemedy):
        return Refusal(where=where, package=name, why=raised.why)
    if hashes:
        return Refusal(where=where, package=name, why=_about_hashes(name, raised.version))
    new = text[: requirement.start] + _spaced(text, requirement, raised.specifier)
    change = Change(
        where=where,
        package=name,
        ecosystem=ECOSYSTEM,
        before=str(requirement.specifier),
        after=str(raised.specifier),
        version=raised.version,
        releases=raised.ids,
    )
    return new + text[requirement.end :], change


def normalized(name: str) -> str:
    """A name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _spaced(text: str, requirement: Requirement, specifier: Specifier) -> str:
    """The new specifier, written as the old one is: with its spaces after commas."""
    old = text[requirement.start : requirement.end]
    if not old:
        return str(specifier)
    made = (", " if ", " in old else ",").join(map(str, specifier.clauses))
    spaced = re.search(r"[=<>~!] ", old)
    return re.sub(r"(~=|===|==|!=|<=|>=|<|>)", r"\1 ", made) if spaced else made


def _refuse_address(name: str, remedies: Remedies, where: str) -> Refusal | None:
    if not remedies.affected_versions(ECOSYSTEM, name):
        return None
    why = "it is taken from an address, so that its version is not known; look at it yourself"
    return Refusal(where=where, package=name, why=why)


def _about_hashes(name: str, version: str) -> str:
    return (
        f"{version} mends it, but it is pinned with hashes, which must come from the files"
        f" themselves: in the file that this one is made from ask for {name}>={version}, then make"
        f" it again (pip-compile --generate-hashes --upgrade-package {name}=={version}, or uv pip"
        f" compile --generate-hashes --upgrade-package {name}=={version})"
    )
