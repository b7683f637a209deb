"""What the catalogues say about a vulnerability: KEV and SSVC, as answers with their source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from seawall.inventory.models import CatalogueState, KevEntry, SsvcDecision
from seawall.vocab.directives import Answer

KEV, SSVC = "kev", "ssvc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Answers known for one vulnerability; `kev_added_at` is None when it is not listed."""

    answers: Mapping[str, Answer]
    kev_added_at: datetime | None


class FactBook:
    """KEV and SSVC, looked up for many vulnerabilities at a fixed number of queries."""

    def __init__(self, identifiers: Iterable[str]) -> None:
        cves = {i.upper() for i in identifiers if i.upper().startswith("CVE-")}
        self._kev = {e.cve: e for e in KevEntry.objects.filter(cve__in=cves)}
        self._ssvc = {d.cve: d for d in SsvcDecision.objects.filter(cve__in=cves)}
        self._kev_state = CatalogueState.objects.filter(name=KEV).first()

    def facts(self, identifiers: Iterable[str]) -> Facts:
        """What is known about a vulnerability with these identifiers.

        Says "not in KEV" only when a KEV catalogue was imported: an empty shelf knows nothing.
        """
        cves = sorted({i.upper() for i in identifiers if i.upper().startswith("CVE-")})
        answers: dict[str, Answer] = {}
        listed = next((self._kev[c] for c in cves if c in self._kev), None)
        if listed is not None:
            answers["in_kev"] = Answer(
                value="yes", source=f"KEV lists {listed.cve} since {listed.added_date}"
            )
        elif self._kev_state is not None:
            answers["in_kev"] = Answer(value="no", source=f"KEV {self._kev_state.version}")
        for cve in cves:
            if decision := self._ssvc.get(cve):
                _add_ssvc(answers, decision)
        if cves:
            before = int(cves[0].split("-")[1]) < 2021
            answers["cve_assigned"] = Answer(
                value="before-2021" if before else "since-2021", source=cves[0]
            )
        return Facts(
            answers=answers,
            kev_added_at=datetime.combine(listed.added_date, time(), tzinfo=UTC)
            if listed
            else None,
        )


def _add_ssvc(answers: dict[str, Answer], decision: SsvcDecision) -> None:
    source = f"{decision.source}, {decision.cve}"
    if decision.automatable:
        answers.setdefault("automatable", Answer(value=decision.automatable, source=source))
    if decision.technical_impact:
        answers.setdefault(
            "technical_impact", Answer(value=decision.technical_impact, source=source)
        )
