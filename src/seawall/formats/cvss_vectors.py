"""CVSS vectors: scores, severities and the JSON properties that belong to a vector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from cvss import CVSS2, CVSS3, CVSS4, constants2, constants3
from cvss.exceptions import CVSSError

from seawall.vocab.errors import BadInput

_SPELLED = {"ADJACENT": "ADJACENT_NETWORK"}
_V3_BASE_OF = {key: key[1:] for key in constants3.METRICS_ABBREVIATIONS_JSON if key.startswith("M")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CvssScore:
    """What a vector says. Severities are "NONE", "LOW", "MEDIUM", "HIGH" or "CRITICAL".

    `properties` are the FIRST JSON properties of the metrics in the vector ("attackVector":
    "NETWORK"), empty for 4.0. Temporal and environmental scores are the base score's where
    nothing refines it.
    """

    version: str
    vector: str
    base: float
    base_severity: str
    temporal: float
    temporal_severity: str
    environmental: float
    environmental_severity: str
    properties: Mapping[str, str] = field(compare=False)


@lru_cache(maxsize=16384)
def score_cvss(vector: str) -> CvssScore:
    """Score a vector of CVSS 2.0, 3.0, 3.1 or 4.0; BadInput when it is none."""
    try:
        if vector.startswith("CVSS:4.0/"):
            return _v4(vector)
        if vector.startswith("CVSS:3."):
            return _v3(vector)
        return _v2(vector)
    except CVSSError as error:
        raise BadInput(
            f"{vector!r} is not a CVSS vector: {error}", mend="correct the vector"
        ) from error


def severity_of(score: float) -> str:
    """Give the qualitative severity of a score (CVSS 3.1 §5)."""
    if score <= 0:
        return "NONE"
    if score < 4:
        return "LOW"
    if score < 7:
        return "MEDIUM"
    return "HIGH" if score < 9 else "CRITICAL"


def _v4(vector: str) -> CvssScore:
    score = CVSS4(vector)
    base = float(score.base_score)
    severity = severity_of(base)
    return CvssScore(
        version="4.0",
        vector=vector,
        base=base,
        base_severity=severity,
        temporal=base,
        temporal_severity=severity,
        environmental=base,
        environmental_severity=severity,
        properties=MappingProxyType({}),
    )


def _v3(vector: str) -> CvssScore:
    score = CVSS3(vector)
    base, temporal, environmental = (float(x) for x in score.scores())
    given = {key: value for key, value in score.original_metrics.items() if value != "X"}
    names = constants3.METRICS_ABBREVIATIONS_JSON
    return CvssScore(
        version=vector[5:8],
        vector=vector,
        base=base,
        base_severity=severity_of(base),
        temporal=temporal,
        temporal_severity=severity_of(temporal),
        environmental=environmental,
        environmental_severity=severity_of(environmental),
        properties=MappingProxyType(
            {names[key]: _word3(key, value) for key, value in given.items()}
        ),
    )


def _v2(vector: str) -> CvssScore:
    score = CVSS2(vector)
    base = float(score.base_score)
    temporal = float(score.temporal_score) if score.temporal_score is not None else base
    environmental = (
        float(score.environmental_score) if score.environmental_score is not None else temporal
    )
    given = {key: value for key, value in score.metrics.items() if value != "ND"}
    names = constants2.METRICS_ABBREVIATIONS_JSON
    return CvssScore(
        version="2.0",
        vector=vector,
        base=base,
        base_severity=severity_of(base),
        temporal=temporal,
        temporal_severity=severity_of(temporal),
        environmental=environmental,
        environmental_severity=severity_of(environmental),
        properties=MappingProxyType(
            {names[k]: _spell(constants2.METRICS_VALUE_NAMES[k][v]) for k, v in given.items()}
        ),
    )


def _word3(key: str, value: str) -> str:
    word = _spell(constants3.METRICS_VALUE_NAMES[key][value])
    return _SPELLED.get(word, word) if key in ("AV", "MAV") else word


def _spell(name: str) -> str:
    return str(name).upper().replace(" ", "_").replace("-", "_")
