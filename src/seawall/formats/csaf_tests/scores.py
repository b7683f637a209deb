"""CSAF 2.0 §6.1.7 to §6.1.10: scores."""

from collections.abc import Iterator
from typing import Any

from seawall.formats.csaf_tests.document import CsafDocument, Found, problem
from seawall.formats.cvss_vectors import CvssScore, score_cvss
from seawall.vocab.errors import BadInput


def multiple_scores(doc: CsafDocument) -> Found:
    """§6.1.7 Multiple Scores with same Version per Product."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        seen: set[tuple[str, str]] = set()
        for j, score in enumerate(vulnerability.get("scores", ())):
            for key in ("cvss_v2", "cvss_v3"):
                if key not in score:
                    continue
                version = str(score[key].get("version", key))
                for k, product_id in enumerate(score["products"]):
                    if (product_id, version) in seen:
                        yield problem(
                            "6.1.7",
                            f"/vulnerabilities/{i}/scores/{j}/products/{k}",
                            f"product {product_id!r} has more than one CVSS {version} score",
                            "keep one score per product and version",
                        )
                    seen.add((product_id, version))


def invalid_cvss(doc: CsafDocument) -> Found:
    """§6.1.8 Invalid CVSS: a vector that repeats or lacks metrics, which no schema can see."""
    for at, cvss in _all_cvss(doc):
        vector = cvss.get("vectorString")
        if not isinstance(vector, str):
            continue  # the schema says so
        try:
            score_cvss(vector)
        except BadInput as bad:
            yield problem("6.1.8", f"{at}/vectorString", bad.what, bad.mend)


def cvss_computation(doc: CsafDocument) -> Found:
    """§6.1.9 Invalid CVSS Computation: scores and severities follow from the vector."""
    for at, cvss in _all_cvss(doc):
        score = _score(cvss)
        if score is None:
            continue
        for part in ("base", "temporal", "environmental"):
            stated = cvss.get(f"{part}Score")
            right = getattr(score, part)
            if isinstance(stated, int | float) and stated != right:
                yield problem(
                    "6.1.9",
                    f"{at}/{part}Score",
                    f"the vector gives {right}, not {stated}",
                    f"write {right} or correct the vector",
                )
            word = cvss.get(f"{part}Severity")
            right_word = getattr(score, f"{part}_severity")
            if isinstance(word, str) and word.upper() != right_word:
                yield problem(
                    "6.1.9",
                    f"{at}/{part}Severity",
                    f"the vector gives {right_word}, not {word}",
                    f"write {right_word} or correct the vector",
                )


def inconsistent_cvss(doc: CsafDocument) -> Found:
    """§6.1.10 Inconsistent CVSS: properties do not contradict the vector.

    A property of a metric that the vector leaves out contradicts nothing (the examples of
    §6.2.19 refine a base vector that way)."""
    for at, cvss in _all_cvss(doc):
        score = _score(cvss)
        if score is None:
            continue
        for name, stated in cvss.items():
            right = score.properties.get(name)
            if right is not None and stated != right:
                yield problem(
                    "6.1.10",
                    f"{at}/{name}",
                    f"the vector says {right}, not {stated}",
                    f"write {right} or correct the vector",
                )


def _all_cvss(doc: CsafDocument) -> Iterator[tuple[str, dict[str, Any]]]:
    for i, vulnerability in enumerate(doc.vulnerabilities):
        for j, score in enumerate(vulnerability.get("scores", ())):
            for key in ("cvss_v2", "cvss_v3"):
                if key in score:
                    yield f"/vulnerabilities/{i}/scores/{j}/{key}", score[key]


def _score(cvss: dict[str, Any]) -> CvssScore | None:
    vector = cvss.get("vectorString")
    if not isinstance(vector, str):
        return None
    try:
        return score_cvss(vector)
    except BadInput:
        return None  # §6.1.8 says so
