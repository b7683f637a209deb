"""SARIF 2.1.0 as a report: each result that says something is a finding."""

from collections.abc import Mapping
from typing import Any

from seawall.formats import bounded
from seawall.formats.identifiers import cwes_in, identifiers_in, purls_in, unique
from seawall.formats.sarif_places import fixes_text, read_locations, stacks_text
from seawall.formats.sarif_rules import (
    Rule,
    Rules,
    message_text,
    soft_object,
    soft_text,
    strings_in,
)
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import Finding, Provenance, RejectedPart, Report, ReportFormat, Tool

_VERSION = "2.1.0"
MAX_RESULTS = 25_000
_NO_FINDING = ("pass", "notApplicable")
_HANDLED = frozenset(
    ["message", "locations", "codeFlows", "graphs", "graphTraversals", "stacks", "fixes"]
)


def is_sarif(obj: Any) -> bool:
    """Say whether a JSON value looks like a SARIF log."""
    return isinstance(obj, dict) and "runs" in obj and ("version" in obj or "$schema" in obj)


def read_sarif(obj: Any, *, digest: str, name: str = "") -> Report:
    """Read a SARIF log. A run, rule or result that cannot be used is listed in
    `Report.rejected` with its JSON pointer, and the rest is kept; results that say "pass", "not
    applicable" or "absent" are no findings and are counted in `Report.extra`.
    """
    try:
        top = bounded.as_object(obj, "")
        version = bounded.text(top, "version", "", required=True)
        if version != _VERSION:
            raise BadInput(
                f"SARIF {version} is not read here", where="/version", mend=f"send {_VERSION}"
            )
        bounded.as_list(top.get("runs"), "/runs")
    except BadInput as bad:
        raise BadInput(bad.what, where=f"{name} {bad.where}".strip(), mend=bad.mend) from None
    reading = _Reading()
    for run, where in bounded.items(top, "runs", ""):
        reading.guard(where, lambda run=run, where=where: reading.run(run, where))
    return Report(
        format=ReportFormat.SARIF,
        digest=digest,
        provenance=Provenance(tools=tuple(dict.fromkeys(reading.tools))),
        findings=tuple(reading.findings),
        rejected=tuple(reading.rejected),
        extra={"results_that_are_no_findings": reading.passed} if reading.passed else {},
    )


class _Reading:
    """Collects what one log gives."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.rejected: list[RejectedPart] = []
        self.tools: list[Tool] = []
        self.passed = 0
        self.results = 0

    def guard(self, where: str, read: Any) -> None:
        """Run `read`; what it cannot use is rejected alone."""
        try:
            read()
        except BadInput as bad:
            self.rejected.append(RejectedPart(where=bad.where or where, reason=bad.what))

    def run(self, raw: Any, where: str) -> None:
        run = bounded.as_object(raw, where)
        tool = bounded.inner(run, "tool", where)
        driver = bounded.inner(tool, "driver", f"{where}/tool")
        self.tools.append(
            Tool(
                name=bounded.text(driver, "name", f"{where}/tool/driver", required=True),
                version=soft_text(driver, "version") or soft_text(driver, "semanticVersion"),
            )
        )
        rules = Rules(tool, f"{where}/tool")
        self.rejected.extend(rules.rejected)
        if soft_object(run, "externalPropertyFileReferences").get("results"):
            self.rejected.append(
                RejectedPart(
                    where=f"{where}/externalPropertyFileReferences/results",
                    reason="results in a file that did not come with the report",
                )
            )
        number = where.rpartition("/")[2]
        for index, (result, place) in enumerate(bounded.items(run, "results", where)):
            key = f"{number}.{index}"
            self.results += 1
            if self.results > MAX_RESULTS:
                raise BadInput(
                    f"more than {MAX_RESULTS} results; the rest is left out", where=place
                )
            self.guard(
                place,
                lambda result=result, place=place, key=key: self._result(
                    bounded.as_object(result, place), place, key, run, rules
                ),
            )

    def _result(
        self, result: Mapping[str, Any], where: str, key: str, run: Mapping[str, Any], rules: Rules
    ) -> None:
        if (
            bounded.text(result, "kind", where) in _NO_FINDING
            or bounded.text(result, "baselineState", where) == "absent"
        ):
            self.passed += 1
            return
        self.findings.append(_finding(result, where, key=key, run=run, rules=rules))


def _finding(
    result: Mapping[str, Any], where: str, *, key: str, run: Mapping[str, Any], rules: Rules
) -> Finding:
    rule = rules.of(result, where)
    message = message_text(
        bounded.inner(result, "message", where), rule=rule, strings=rules.global_strings
    )
    title = _first_line(message) or rule.title
    if not title:
        raise BadInput("a result without message and rule", where=where)
    locations = read_locations(result, where, run=run)
    repository, revision = _repository(run)
    extra = {k: v for k, v in result.items() if k not in _HANDLED}
    if flows := result.get("codeFlows"):
        extra["codeFlows"] = {"count": len(flows) if isinstance(flows, list) else 1}
    if rule.security_severity:
        extra["security-severity"] = rule.security_severity
    named = [rule.id, rule.name, *strings_in(rule.tags), *strings_in(result.get("properties"))]
    return Finding(
        key=key,
        title=one_line(title, limit=200),
        description="\n\n".join(unique((message, rule.description, rule.help))),
        target=_package(result, message) or repository,
        affected_versions=revision,
        cwes=_cwes(result, rule, message),
        identifiers=identifiers_in("\n".join(named)) or identifiers_in(message),
        locations=locations,
        severity=_severity(result, where, rule),
        crash=stacks_text(result, where, run=run),
        suggested_fix=fixes_text(result, where, run=run),
        references=unique((rule.help_uri, soft_text(result, "hostedViewerUri"))),
        extra=extra,
    )


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _cwes(result: Mapping[str, Any], rule: Rule, message: str) -> tuple[str, ...]:
    properties = soft_object(result, "properties")
    said = [*rule.cwes, *cwes_in("\n".join(strings_in(properties)))]
    for word in strings_in(properties.get("cwe")):
        if word.strip().isdecimal():
            said.append(f"CWE-{int(word.strip()[:6])}")
    said.extend(rule.taxa(result.get("taxa")))
    return unique(said) or cwes_in(message)


def _severity(result: Mapping[str, Any], where: str, rule: Rule) -> str:
    """The CVSS vector, else the rule's score, else the level (SARIF 2.1.0 §3.27.10)."""
    for word in (*strings_in(result.get("properties")), *strings_in(rule.properties)):
        if word.startswith("CVSS:") and len(word) < 300:
            return word
    level = bounded.text(result, "level", where) or rule.level or "warning"
    return rule.security_severity or level


def _package(result: Mapping[str, Any], message: str) -> str:
    """The one package URL that a result names, "" when none or several."""
    places = [result.get(key) for key in ("properties", "locations", "logicalLocations")]
    found = purls_in("\n".join([message, *(word for part in places for word in strings_in(part))]))
    return found[0] if len(found) == 1 else ""


def _repository(run: Mapping[str, Any]) -> tuple[str, str]:
    """URL and revision that were scanned (SARIF 2.1.0 §3.23), when exactly one is named."""
    listed = run.get("versionControlProvenance")
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        return "", ""
    return soft_text(listed[0], "repositoryUri"), soft_text(listed[0], "revisionId")
