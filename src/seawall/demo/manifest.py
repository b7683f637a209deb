"""What the demo plays: reports, fixes, operators, and what must come of each proof."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from seawall.vocab.access import MemberRole
from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.vocab.fixes import FixOutcome
from seawall.vocab.ssvc import SystemClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A proof and what must come of it."""

    name: str
    verdict: Verdict
    level: EvidenceLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A report whose first finding is the same bug as the one that a bundle proves."""

    bundle: str
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A candidate fix for the case about `target` (purl without version)."""

    target: str
    version: str = ""
    diff: str = ""
    label: str = ""
    expect: FixOutcome = FixOutcome.VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A party with a system; `upgrades` is how many components it upgrades in the story."""

    owner: str
    asset: str
    system_class: SystemClass
    exposed: bool
    sbom: str
    upgrades: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A party that takes part beside finders and operators; `products` begin the purls it makes."""

    name: str
    roles: tuple[str, ...]
    house: bool = False
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person who can sign in to the demo."""

    name: str
    email: str
    party: str
    role: MemberRole
    admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedScan:
    """A scan that a party says it will make: from `ahead` days on, for `days`."""

    party: str
    target: str
    model: str
    days: int
    ahead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    bundles: tuple[Bundle, ...]
    reports: tuple[str, ...]
    duplicates: tuple[Duplicate, ...]
    fixes: tuple[Fix, ...]
    operators: tuple[Operator, ...]
    parties: tuple[Player, ...]
    people: tuple[Somebody, ...]
    scans: tuple[ClaimedScan, ...]
    advisories: tuple[str, ...] = ()
    kev: str = ""
    ssvc: str = ""
    embargoed: str = ""

    def fixes_of(self, targets: Iterable[str]) -> list[Fix]:
        """The fixes for a case with findings about these targets."""
        bare = {target.partition("@")[0] for target in targets}
        return [fix for fix in self.fixes if fix.target in bare]


def read_manifest() -> Manifest:
    """The manifest that ships with the demo's data."""
    text = (files("seawall.demo") / "manifest.toml").read_text(encoding="utf-8")
    return _manifest(tomllib.loads(text))


def _manifest(raw: dict[str, Any]) -> Manifest:
    story = raw["story"]
    return Manifest(
        bundles=tuple(
            Bundle(
                name=each["name"],
                verdict=Verdict(each["verdict"]),
                level=EvidenceLevel[each["level"]],
            )
            for each in raw["bundle"]
        ),
        reports=tuple(story["reports"]),
        duplicates=tuple(Duplicate(**each) for each in raw["duplicate"]),
        fixes=tuple(
            Fix(**{**each, "expect": FixOutcome(each.get("expect", "verified"))})
            for each in raw["fix"]
        ),
        operators=tuple(
            Operator(**{**each, "system_class": SystemClass(each["system_class"])})
            for each in raw["operator"]
        ),
        parties=tuple(
            Player(
                **{
                    **each,
                    "roles": tuple(each["roles"]),
                    "products": tuple(each.get("products", ())),
                }
            )
            for each in raw["party"]
        ),
        people=tuple(
            Somebody(**{**each, "role": MemberRole(each["role"])}) for each in raw["person"]
        ),
        scans=tuple(ClaimedScan(**each) for each in raw["scan"]),
        advisories=tuple(story.get("advisories", ())),
        kev=story.get("kev", ""),
        ssvc=story.get("ssvc", ""),
        embargoed=story.get("embargoed", ""),
    )
