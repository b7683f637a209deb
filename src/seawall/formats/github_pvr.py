"""A case as a private vulnerability report to a repository on GitHub.

`POST /repos/{owner}/{repo}/security-advisories/reports`, answered by 201 with the advisory, 403,
404 or 422 (GitHub REST API 2022-11-28, "Privately report a security vulnerability").
"""

import re
from typing import Any

from seawall.formats.bounded import parse_json
from seawall.formats.handover_text import handover_text
from seawall.formats.purl import parse_purl
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.handover import HandoverPayload

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
MAX_SUMMARY, MAX_DESCRIPTION = 1024, 65_535
_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_ECOSYSTEMS = {
    "gem": "rubygems",
    "npm": "npm",
    "pypi": "pip",
    "maven": "maven",
    "nuget": "nuget",
    "composer": "composer",
    "golang": "go",
    "cargo": "rust",
    "hex": "erlang",
    "githubactions": "actions",
    "pub": "pub",
    "swift": "swift",
}
_WORDS = frozenset({"critical", "high", "medium", "low"})


def report_path(repository: str) -> str:
    """The path for "owner/repo"; raises BadInput for anything else."""
    if not _REPOSITORY.fullmatch(repository) or repository.partition("/")[2] in (".", ".."):
        raise BadInput("not a repository", where="target", mend="write owner/repo")
    return f"/repos/{repository}/security-advisories/reports"


def advisory_path(repository: str, ghsa: str) -> str:
    """Where the state of a report can be read."""
    return report_path(repository).removesuffix("/reports") + f"/{ghsa}"


def list_path(repository: str) -> str:
    """Where the newest reports that we may see can be read."""
    return report_path(repository).removesuffix("/reports") + "?state=triage&per_page=100"


def github_report(payload: HandoverPayload) -> dict[str, Any]:
    """The JSON body. Severity is given once: as a vector if there is one, else as a word."""
    body: dict[str, Any] = {
        "summary": one_line(payload.title, limit=MAX_SUMMARY),
        "description": _cut(handover_text(payload)),
        "cwe_ids": list(payload.cwes),
        "start_private_fork": False,
    }
    if package := _package(payload):
        body["vulnerabilities"] = [package]
    if payload.severity.startswith("CVSS:"):
        body["cvss_vector_string"] = payload.severity
    elif payload.severity.lower() in _WORDS:
        body["severity"] = payload.severity.lower()
    return body


def read_github_answer(data: bytes) -> tuple[str, str]:
    """(GHSA id, address) of the report; raises BadInput for another answer."""
    answer = parse_json(data, name="GitHub's answer")
    id = answer.get("ghsa_id") if isinstance(answer, dict) else None
    if not isinstance(id, str) or not re.fullmatch(r"GHSA(-[23456789cfghjmpqrvwx]{4}){3}", id):
        raise BadInput("the answer names no ghsa_id")
    url = answer.get("html_url")
    return id, url if isinstance(url, str) and url.startswith("https://") else ""


def read_github_state(data: bytes) -> str:
    """The state of a report: triage, draft, published, closed; raises BadInput."""
    answer = parse_json(data, name="GitHub's answer")
    state = answer.get("state") if isinstance(answer, dict) else None
    if state not in ("triage", "draft", "published", "closed", "withdrawn"):
        raise BadInput("the answer names no state")
    return str(state)


def find_report(data: bytes, case: str) -> tuple[str, str] | None:
    """(GHSA id, address) of an earlier report of our case among those listed; None for none."""
    answer = parse_json(data, name="GitHub's answer")
    marker = f"- Our case: {case}\n"
    for each in answer if isinstance(answer, list) else []:
        if isinstance(each, dict) and marker in str(each.get("description", "")) + "\n":
            ghsa, url = each.get("ghsa_id"), each.get("html_url")
            if isinstance(ghsa, str):
                return ghsa, url if isinstance(url, str) else ""
    return None


def read_github_message(data: bytes) -> str:
    """What GitHub says is wrong, in one line."""
    try:
        answer = parse_json(data, name="GitHub's answer")
    except BadInput:
        return "refused without a reason"
    message = answer.get("message") if isinstance(answer, dict) else None
    return one_line(str(message or "refused without a reason"))


def _package(payload: HandoverPayload) -> dict[str, Any]:
    try:
        purl = parse_purl(payload.target)
    except BadInput:
        return {}
    namespace = f"{purl.namespace}{':' if purl.type == 'maven' else '/'}" if purl.namespace else ""
    made: dict[str, Any] = {
        "package": {
            "ecosystem": _ECOSYSTEMS.get(purl.type, "other"),
            "name": f"{namespace}{purl.name}",
        }
    }
    affected = payload.affected_versions or (f"= {purl.version}" if purl.version else "")
    if affected:
        made["vulnerable_version_range"] = affected
    if payload.fixed_version:
        made["patched_versions"] = payload.fixed_version
    if payload.functions:
        made["vulnerable_functions"] = list(payload.functions)
    return made


def _cut(text: str) -> str:
    """The text within the limit; the facts about our case stay, the end of the rest goes."""
    if len(text) <= MAX_DESCRIPTION:
        return text
    head, _, facts = text.partition("\n\n- Target: ")
    facts = f"\n\n- Target: {facts}"[: MAX_DESCRIPTION // 2]
    return head[: MAX_DESCRIPTION - len(facts) - 1] + "…" + facts
